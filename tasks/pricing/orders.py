"""Quotations as Odoo has them, with what their prices are computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from odoo_bridge.job import Json
from tasks.job import Environment
from tasks.pricing.source import these_products
from tasks.reading import iter_records

QUOTATION = ("draft", "sent")
NO_PRICELIST = 0
"""In place of a pricelist: the sales price in the company's currency."""

ORDER_SEEN = (
    "state",
    "locked",
    "company_id",
    "pricelist_id",
    "currency_id",
    "fiscal_position_id",
    "date_order",
)
LINE_SEEN = (
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "price_unit",
    "technical_price_unit",
    "discount",
    "qty_invoiced",
)
"""What Odoo looks at again before it writes: if it is another, somebody has changed the order."""
LINE_FIELDS = (
    *LINE_SEEN,
    "order_id",
    "is_downpayment",
    "is_expense",
    "combo_item_id",
    "product_no_variant_attribute_value_ids",
    "extra_tax_data",
)
DELIVERY = "is_delivery"
"""Of the addon ``delivery``: a line that the carrier prices."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line that a pricelist prices."""

    id: int
    seen: Json
    keeps_price: bool
    """Its discount alone is computed, as in ``SaleOrderLine._compute_price_unit``."""

    @property
    def product_id(self) -> int | None:
        """None as well where there is no unit, in which it could be priced."""
        return self.seen["product_id"] or None if self.seen["product_uom_id"] else None

    @property
    def quantity(self) -> float:
        """Mirrors ``SaleOrderLine._get_pricelist_kwargs``."""
        return float(self.seen["product_uom_qty"] or 1.0)

    def differs(self, price: float, discount: float) -> bool:
        """Whether it would have to be written."""
        before = (self.seen["price_unit"], self.seen["technical_price_unit"], self.seen["discount"])
        return before != (price, price, discount)


@dataclass(slots=True)
class Order:
    """A ``sale.order``."""

    id: int
    name: str
    seen: Json
    lines: list[OrderLine] = field(default_factory=list)
    for_odoo: str = ""
    """Why its own method has to price it; empty: the engine can."""

    @property
    def moment(self) -> datetime:
        """Whose rules and rates count (``SaleOrderLine._get_order_date``)."""
        return datetime.fromisoformat(self.seen["date_order"])

    @property
    def settled(self) -> str:
        """Why its prices stay as they are; empty: they may change."""
        if self.seen["state"] not in QUOTATION:
            return "no longer a quotation"
        return "locked" if self.seen["locked"] else ""


def read_orders(odoo: Environment, domain: Sequence[Any]) -> list[Order]:
    """What the domain finds, without lines."""
    rows = iter_records(odoo, "sale.order", domain, ["name", *ORDER_SEEN])
    return [Order(row["id"], row["name"], {name: row[name] for name in ORDER_SEEN}) for row in rows]


def read_lines(odoo: Environment, orders: Iterable[Order], *, deliveries: bool) -> None:
    """Give orders their lines, and say which of them only Odoo can price."""
    by_id = {order.id: order for order in orders}
    more = (DELIVERY,) if deliveries else ()
    domain: list[Any] = [("order_id", "in", sorted(by_id)), ("display_type", "=", False)]
    rows = list(iter_records(odoo, "sale.order.line", domain, (*LINE_FIELDS, *more)))
    products = _Products(odoo, {row["product_id"] for row in rows if row["product_id"]})
    for row in rows:
        if row.get(DELIVERY):  # ``SaleOrder._get_update_prices_lines`` of the addon ``delivery``
            continue
        order = by_id[row["order_id"]]
        seen = {name: row[name] for name in LINE_SEEN}
        order.lines.append(OrderLine(row["id"], seen, products.keep_price(row)))
        order.for_odoo = order.for_odoo or products.special(row, order)


class _Products:
    """What of products decides how a line is priced."""

    def __init__(self, odoo: Environment, ids: Iterable[int]) -> None:
        fields = ("type", "taxes_id", "expense_policy")
        rows = iter_records(odoo, "product.product", these_products(sorted(ids)), fields)
        self._rows: Mapping[int, Json] = {row["id"]: row for row in rows}
        taxes = {tax for row in self._rows.values() for tax in row["taxes_id"] or ()}
        domain = [("id", "in", sorted(taxes)), ("active", "in", [True, False])]
        included = iter_records(odoo, "account.tax", domain, ["price_include"]) if taxes else ()
        self._included = {row["id"] for row in included if row["price_include"]}

    def keep_price(self, row: Json) -> bool:
        """Mirrors ``SaleOrderLine._compute_price_unit`` and ``_is_global_discount``."""
        taxes = row["extra_tax_data"] or {}
        product = self._rows.get(row["product_id"] or 0, {})
        return bool(
            row["is_downpayment"]
            or str(taxes.get("computation_key", "")).startswith("global_discount,")
            or row["qty_invoiced"] > 0
            or (row["is_expense"] and product.get("expense_policy") == "cost")
        )

    def special(self, row: Json, order: Order) -> str:
        """What the engine does not compute."""
        product = self._rows.get(row["product_id"] or 0)
        if row["product_id"] and not product:
            return f"product {row['product_id']} may not be read"
        if row["combo_item_id"] or (product and product["type"] == "combo"):
            return "a combo"
        if row["product_no_variant_attribute_value_ids"]:
            return "attributes that make no variant"
        taxes = set(product["taxes_id"] or ()) if product else set()
        if order.seen["fiscal_position_id"] and taxes & self._included:
            return "taxes in the price that a fiscal position may map"
        return ""
