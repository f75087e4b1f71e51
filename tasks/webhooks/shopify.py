"""Shopify's order, as the topics ``orders/create`` and ``orders/updated`` deliver it.

``prepare_order`` is the hook of ``ready/shopify-orders.toml``: what a map cannot say, above all
which lines cost to the cent what the shop and its customer have agreed on. The names are those of
Shopify's REST Order resource (https://shopify.dev/docs/api/admin-rest/latest/resources/order);
what we do not use is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.job import Json
from odoo_bridge.ledger.deliveries import Delivery
from tasks.webhooks.pricing import priced

SHIPPING_SKU = "SHIPPING"
TOPICS = ("orders/create", "orders/updated")


@dataclass(frozen=True, slots=True)
class TaxLine:
    """``rate`` is a fraction: 0.06 is six percent."""

    rate: Decimal
    title: str = ""


@dataclass(frozen=True, slots=True)
class DiscountAllocation:
    """The part of a discount that falls on one line, for its whole quantity."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class LineItem:
    """``price`` is of one piece, before discounts."""

    title: str
    quantity: int
    price: Decimal
    id: int | None = None
    sku: str | None = None
    name: str | None = None
    discount_allocations: list[DiscountAllocation] = field(default_factory=list)
    tax_lines: list[TaxLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ShippingLine:
    """``code`` names the shipping method at its carrier."""

    title: str
    price: Decimal
    id: int | None = None
    code: str | None = None
    discount_allocations: list[DiscountAllocation] = field(default_factory=list)
    tax_lines: list[TaxLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Address:
    """``country_code`` is ISO 3166-1, ``province_code`` the part of ISO 3166-2 after it."""

    name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    zip: str | None = None
    country_code: str | None = None
    province_code: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    id: int
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """``name`` is what the shop's people call it, ``#1001``; money is in ``currency``."""

    id: int
    name: str
    currency: str
    created_at: datetime
    line_items: list[LineItem]
    shipping_lines: list[ShippingLine] = field(default_factory=list)
    taxes_included: bool = False
    email: str | None = None
    note: str | None = None
    customer: Customer | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None

    @property
    def buyer_email(self) -> str:
        """In lower case; empty for a sale at the counter, for example."""
        given = self.email or (self.customer.email if self.customer else None)
        return (given or "").strip().lower()

    @property
    def buyer_name(self) -> str:
        """As the customer is called, else the addresses, else the e-mail address."""
        who = self.customer
        full = " ".join(part for part in (who.first_name, who.last_name) if part) if who else ""
        addresses = (self.billing_address, self.shipping_address)
        names = [full, *(address.name or "" for address in addresses if address)]
        return next((name for name in names if name.strip()), self.buyer_email)


_ORDER = TypeAdapter(Order)


def prepare_order(payload: Any, delivery: Delivery) -> Json:
    """The order with what the map needs beside it: ``buyer``, ``delivery`` and ``lines``.

    Raises ``InvalidDelivery`` for another topic, and for what is no order.
    """
    topic = delivery.headers.get("x-shopify-topic", "")
    if topic not in TOPICS:
        raise InvalidDelivery(
            f"nothing handles the topic {topic!r} of {delivery.source!r}: "
            f"subscribe this address to {' and '.join(TOPICS)} alone"
        )
    order = parse_order(delivery.body)
    return {
        **payload,
        "buyer": _buyer(order),
        "delivery": _delivery(order),
        "lines": list(_lines(order)),
    }


def _buyer(order: Order) -> Json:
    """At the billing address; known by the e-mail address, else by the shop's own number."""
    address = order.billing_address or order.shipping_address or Address()
    who = order.customer
    if who is None and not order.buyer_email:
        raise InvalidDelivery(f"order {order.name} has neither an e-mail address nor a customer")
    return {
        **asdict(address),
        "name": order.buyer_name,
        "email": order.buyer_email or None,
        "phone": (who.phone if who else None) or address.phone,
        "ref": f"shopify:{who.id}" if who and not order.buyer_email else None,
    }


def _delivery(order: Order) -> Json | None:
    """The name is empty for the customer's own: Odoo shows an address under its customer."""
    address = order.shipping_address
    if address is None:
        return None
    name = address.name or ""
    return {**asdict(address), "name": None if name == order.buyer_name else name or None}


def _lines(order: Order) -> Iterator[Json]:
    """Products first, then shipping, then what the customer noted."""
    for number, item in enumerate(order.line_items):
        if not item.sku:
            raise InvalidDelivery(f"order {order.name}: {item.title!r} has no SKU in Shopify")
        key = f"{order.id}_{item.id or number}"
        yield from _priced(key, [item.sku], item.name or item.title, item.quantity, item)
    for number, line in enumerate(order.shipping_lines):
        if line.price:
            # A method whose code is a SKU has its own product; all others share one.
            skus = [sku for sku in (line.code, SHIPPING_SKU) if sku]
            key = f"{order.id}_shipping_{line.id or number}"
            yield from _priced(key, skus, line.title, 1, line)
    if order.note:  # the order's own ``note`` is the seller's terms, in HTML
        yield {"key": f"{order.id}_note", "display_type": "line_note", "name": order.note}


def _priced(
    key: str, skus: list[str], name: str, quantity: int, line: LineItem | ShippingLine
) -> Iterator[Json]:
    discounts = [allocation.amount for allocation in line.discount_allocations]
    for number, part in enumerate(priced(quantity, line.price, discounts)):
        yield {
            "key": f"{key}_{number}",
            "skus": skus,
            "name": name,
            "quantity": part.quantity,
            "price": float(part.price_unit),
            "discount": float(part.discount),
            "rates": [str(tax.rate) for tax in line.tax_lines],
        }


def parse_order(body: bytes) -> Order:
    """Raises ``InvalidDelivery`` that names every field at fault."""
    try:
        order = _ORDER.validate_json(body)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise InvalidDelivery(f"not a Shopify order: {faults}") from error
    if not order.line_items:
        raise InvalidDelivery(f"Shopify order {order.name} has no lines")
    return order
