"""An order as operations on Odoo: pure, from what was delivered and what is known."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from odoo_bridge.job import Json
from tasks.webhooks.lookups import Known, Place, customer_ref, recipient, shipping_skus
from tasks.webhooks.pricing import priced
from tasks.webhooks.shopify import Address, LineItem, Order, ShippingLine

Creation = tuple[str, Json]
"""A model, and the values of one record of it."""


def reference(operation: int) -> Json:
    """The id that this operation of the same outcome creates (docs/reference/protocol.md)."""
    return {"$ref": operation}


def creations(order: Order, known: Known, origin: str) -> list[Creation]:
    """What to create, in order: the customer and the address if they are new, then the order."""
    made: list[Creation] = []
    partner: Any = known.partner_id
    if not partner:
        partner = reference(len(made))
        made.append(("res.partner", customer(order, known)))
    delivery: Any = known.delivery_id or partner
    if order.shipping_address and not known.delivery_id:
        delivery = reference(len(made))
        made.append(("res.partner", delivery_address(order, known, partner)))
    made.append(("sale.order", sale_order(order, known, origin, partner, delivery)))
    return made


def sale_order(order: Order, known: Known, origin: str, partner: Any, delivery: Any) -> Json:
    """Values of the quotation. What the shop has agreed with its customer is not computed again."""
    return {
        "partner_id": partner,
        "partner_invoice_id": partner,
        "partner_shipping_id": delivery,
        "client_order_ref": order.name,
        "origin": origin,
        "date_order": order.placed_at.strftime("%Y-%m-%d %H:%M:%S"),
        "pricelist_id": known.pricelist_id or False,
        "order_line": [[0, 0, line] for line in order_lines(order, known)],
    }


def order_lines(order: Order, known: Known) -> list[Json]:
    """Products first, then shipping, then what the customer noted."""
    lines: list[Json] = []
    for item in order.line_items:
        name = item.name or item.title
        lines += _lines(known, known.products[str(item.sku)], name, item.quantity, item)
    for shipping in order.shipping_lines:
        if shipping.price:
            product = next(
                known.products[sku] for sku in shipping_skus(shipping) if sku in known.products
            )
            lines += _lines(known, product, shipping.title, 1, shipping)
    if order.note:  # the order's own ``note`` is the seller's terms, in HTML
        lines.append({"display_type": "line_note", "name": order.note})
    return lines


def customer(order: Order, known: Known) -> Json:
    """Values of a new customer, at the billing address."""
    billing = order.billing_address or order.shipping_address or Address()
    place = known.billing if order.billing_address else known.shipping
    phone = (order.customer.phone if order.customer else None) or billing.phone
    return {
        **_contact(billing, place),
        "name": order.buyer_name,
        "email": order.buyer_email or False,
        "phone": phone or False,
        "company_name": billing.company or False,
        "ref": False if order.buyer_email else customer_ref(order),
    }


def delivery_address(order: Order, known: Known, partner: Any) -> Json:
    """Values of a delivery address under the customer."""
    address = order.shipping_address or Address()
    return {
        **_contact(address, known.shipping),
        "name": recipient(order) or False,
        "phone": address.phone or False,
        "type": "delivery",
        "parent_id": partner,
    }


def _contact(address: Address, place: Place) -> Json:
    return {
        "street": address.address1 or False,
        "street2": address.address2 or False,
        "city": address.city or False,
        "zip": address.zip or False,
        "country_id": place.country_id or False,
        "state_id": place.state_id or False,
    }


def _lines(
    known: Known, product_id: int, name: str, quantity: int, line: LineItem | ShippingLine
) -> Sequence[Json]:
    taxes = [known.taxes[100 * tax.rate] for tax in line.tax_lines]
    discounts = [allocation.amount for allocation in line.discount_allocations]
    return [
        {
            "product_id": product_id,
            "name": name,
            "product_uom_qty": part.quantity,
            "price_unit": _number(part.price_unit),
            "discount": _number(part.discount),
            "tax_ids": [[6, 0, taxes]],
        }
        for part in priced(quantity, line.price, discounts)
    ]


def _number(value: Decimal) -> float:
    """JSON has no decimals; Odoo rounds to its own precision."""
    return float(value)
