"""What Odoo already knows of an order: its products, taxes, currency and customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.job import Json
from tasks.job import Environment
from tasks.webhooks.shopify import SHIPPING_SKU, Address, LineItem, Order, ShippingLine


@dataclass(frozen=True, slots=True)
class Place:
    """Ids of ``res.country`` and ``res.country.state``, 0 for none."""

    country_id: int = 0
    state_id: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """Ids in Odoo. ``partner_id`` is 0 for a new customer; so is ``delivery_id``."""

    products: Mapping[str, int]
    taxes: Mapping[Decimal, int]
    """By percentage: 15 for fifteen percent."""
    pricelist_id: int = 0
    """0: the order is in the company's own currency."""
    partner_id: int = 0
    delivery_id: int = 0
    billing: Place = Place()
    shipping: Place = Place()


def existing_order(odoo: Environment, origin: str) -> int:
    """Id of the ``sale.order`` that was made of this order before, 0 for none."""
    return _first(odoo, "sale.order", [("origin", "=", origin)])


def look_up(odoo: Environment, order: Order) -> Known:
    """Raises ``InvalidDelivery`` that names what Odoo lacks for this order."""
    company_id = int(odoo["sale.order"].default_get(["company_id"])["company_id"])
    partner_id = find_partner(odoo, order)
    return Known(
        products=find_products(odoo, order),
        taxes=find_taxes(odoo, order, company_id),
        pricelist_id=find_pricelist(odoo, order, company_id),
        partner_id=partner_id,
        delivery_id=find_delivery_address(odoo, order, partner_id),
        billing=find_place(odoo, order.billing_address),
        shipping=find_place(odoo, order.shipping_address),
    )


def find_products(odoo: Environment, order: Order) -> dict[str, int]:
    """Every line's product by SKU, which is Odoo's internal reference."""
    wanted = _wanted_skus(order)
    shipping = {sku for line in order.shipping_lines for sku in shipping_skus(line)}
    rows = odoo["product.product"].search_read(
        [("default_code", "in", sorted(wanted | shipping))], ["default_code"]
    )
    products: dict[str, int] = {}
    for row in rows:
        if products.setdefault(row["default_code"], row["id"]) != row["id"]:
            raise InvalidDelivery(f"SKU {row['default_code']} is on several products in Odoo")
    if missing := sorted(wanted - products.keys()):
        raise InvalidDelivery(
            f"order {order.name}: no product in Odoo has the SKU {', '.join(missing)}"
        )
    _require_shipping(order, products)
    return products


def _wanted_skus(order: Order) -> set[str]:
    for line in order.line_items:
        if not line.sku:
            raise InvalidDelivery(f"order {order.name}: {line.title!r} has no SKU in Shopify")
    return {str(line.sku) for line in order.line_items}


def _require_shipping(order: Order, products: Mapping[str, int]) -> None:
    for line in order.shipping_lines:
        if line.price and not products.keys() & set(shipping_skus(line)):
            raise InvalidDelivery(
                f"order {order.name}: make a service product with the SKU {SHIPPING_SKU} in Odoo, "
                f"for the shipping {line.title!r}"
            )


def shipping_skus(line: ShippingLine) -> list[str]:
    """A method whose code is a SKU has its own product; all others share one."""
    return [line.code, SHIPPING_SKU] if line.code else [SHIPPING_SKU]


def find_taxes(odoo: Environment, order: Order, company_id: int) -> dict[Decimal, int]:
    """The company's sales tax for each rate of the order, included in prices or not as there."""
    lines: list[LineItem | ShippingLine] = [*order.line_items, *order.shipping_lines]
    rates = {100 * tax.rate for line in lines for tax in line.tax_lines}
    if not rates:
        return {}
    rows = odoo["account.tax"].search_read(
        [
            ("company_id", "parent_of", company_id),
            ("type_tax_use", "=", "sale"),
            ("amount_type", "=", "percent"),
            ("amount", "in", [float(rate) for rate in sorted(rates)]),
            ("price_include", "=", order.taxes_included),
        ],
        ["amount"],
    )
    by_amount = {Decimal(str(row["amount"])): row["id"] for row in reversed(rows)}
    if missing := [f"{rate.normalize():f} %" for rate in sorted(rates) if rate not in by_amount]:
        how = "included in" if order.taxes_included else "on top of"
        raise InvalidDelivery(
            f"order {order.name}: Odoo has no sales tax of {', '.join(missing)} {how} the price"
        )
    return {rate: by_amount[rate] for rate in rates}


def find_pricelist(odoo: Environment, order: Order, company_id: int) -> int:
    """A pricelist in the order's currency, which an order of Odoo takes its currency from."""
    rows = odoo["res.company"].search_read([("id", "=", company_id)], ["currency_id"])
    if rows[0]["currency_id"][1] == order.currency:
        return 0
    found = _first(
        odoo,
        "product.pricelist",
        [("currency_id.name", "=", order.currency), ("company_id", "in", [False, company_id])],
    )
    if not found:
        raise InvalidDelivery(
            f"order {order.name}: Odoo has no pricelist in {order.currency}, which is not the "
            "company's currency"
        )
    return found


def find_partner(odoo: Environment, order: Order) -> int:
    """By e-mail address, else by the reference that an earlier order left; 0 for none."""
    if order.buyer_email:
        return _first(odoo, "res.partner", [("email_normalized", "=", order.buyer_email)])
    if order.customer is None:
        raise InvalidDelivery(f"order {order.name} has neither an e-mail address nor a customer")
    return _first(odoo, "res.partner", [("ref", "=", customer_ref(order))])


def customer_ref(order: Order) -> str:
    """What a customer without an e-mail address is found by the next time."""
    return f"shopify:{order.customer.id}" if order.customer else ""


def find_delivery_address(odoo: Environment, order: Order, partner_id: int) -> int:
    """An address of this customer's with the same name, street and code; 0 for none."""
    address = order.shipping_address
    if not partner_id or address is None:
        return 0
    return _first(
        odoo,
        "res.partner",
        [
            ("parent_id", "=", partner_id),
            ("type", "=", "delivery"),
            ("name", "=", recipient(order) or False),
            ("street", "=", address.address1 or False),
            ("zip", "=", address.zip or False),
        ],
    )


def recipient(order: Order) -> str:
    """Who takes the parcel; empty for the customer, since Odoo shows an address under its name."""
    address = order.shipping_address
    name = (address.name or "") if address else ""
    return "" if name == order.buyer_name else name


def find_place(odoo: Environment, address: Address | None) -> Place:
    """A country that Odoo does not know is an error; a state is not, many countries have none."""
    if address is None or not address.country_code:
        return Place()
    country = _first(odoo, "res.country", [("code", "=", address.country_code)])
    if not country:
        raise InvalidDelivery(f"Odoo has no country with the code {address.country_code}")
    if not address.province_code:
        return Place(country)
    state = [("country_id", "=", country), ("code", "=", address.province_code)]
    return Place(country, _first(odoo, "res.country.state", state))


def _first(odoo: Environment, model: str, domain: Sequence[Any]) -> int:
    rows: list[Json] = odoo[model].search_read(list(domain), ["id"], limit=1, order="id")
    return int(rows[0]["id"]) if rows else 0
