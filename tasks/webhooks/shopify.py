"""Shopify's order, as the topic ``orders/create`` delivers it.

The names are those of Shopify's REST Order resource
(https://shopify.dev/docs/api/admin-rest/latest/resources/order); what we do not use is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from pydantic import TypeAdapter, ValidationError

from odoo_bridge.errors import InvalidDelivery

SHIPPING_SKU = "SHIPPING"


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
    sku: str | None = None
    name: str | None = None
    discount_allocations: list[DiscountAllocation] = field(default_factory=list)
    tax_lines: list[TaxLine] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ShippingLine:
    """``code`` names the shipping method at its carrier."""

    title: str
    price: Decimal
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

    @property
    def placed_at(self) -> datetime:
        """In UTC."""
        return self.created_at.astimezone(UTC)


_ORDER = TypeAdapter(Order)


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
