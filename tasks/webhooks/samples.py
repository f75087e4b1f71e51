"""Shopify orders to try the fabric with: ``odoo-fabric demo`` delivers them, tests read them.

They have the shape of Shopify's documented example order, SKUs and a 15 % tax of Odoo's demo
data, and are the same every time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from odoo_bridge.job import Json

CATALOG = {
    "E-COM06": ("Corner Desk Right Sit", "147.00"),
    "E-COM07": ("Large Cabinet", "320.00"),
    "E-COM08": ("Storage Box", "15.80"),
    "E-COM11": ("Cabinet with Doors", "140.00"),
    "FURN_0269": ("Office Chair Black", "120.00"),
    "FURN_7777": ("Office Chair", "70.00"),
    "FURN_8888": ("Office Lamp", "40.00"),
    "FURN_8855": ("Drawer", "110.00"),
    "FURN_0001": ("Desk Organizer", "5.20"),
    "FURN_5555": ("Cable Management Box", "100.00"),
}
SHIPPING = "Delivery_010"
TAX_RATE = Decimal("0.15")
FIRST_NAMES = ("Ada", "Grace", "Edsger", "Barbara", "Alan", "Katherine", "Donald", "Radia")
LAST_NAMES = ("Murphy", "Okafor", "Lindqvist", "Rossi", "Tanaka", "Novák", "Silva", "Haddad")
CITIES = (
    ("Louisville", "KY", "40202"),
    ("Columbus", "OH", "43004"),
    ("Portland", "OR", "97201"),
    ("Austin", "TX", "73301"),
)
FIRST_ORDER = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
MINUTES = 400_000
"""Within which orders are placed: some nine months."""
BUYERS = 40
"""Fewer than fifty, so that some come back."""
CENT = Decimal("0.01")


def shopify_order(number: int) -> Json:
    """The order ``#<1000 + number>``: one to four lines, every third one with a discount."""
    chance = Random(number)  # noqa: S311 - variety, not a secret
    skus = chance.sample(sorted(CATALOG), chance.randint(1, 4))
    items = [_line_item(number, place, sku, chance) for place, sku in enumerate(skus)]
    if number % 3 == 0:
        _discount(items[0], Decimal("5.00"))
    shipping = _shipping_line(number)
    return {
        **_head(number),
        **_totals(items, shipping),
        **_buyer(number % BUYERS),
        "line_items": items,
        "shipping_lines": [shipping],
    }


def event_id(number: int) -> str:
    """The X-Shopify-Event-Id to deliver it under."""
    return f"00000000-0000-4000-8000-{number:012}"


def _head(number: int) -> Json:
    placed = (FIRST_ORDER + timedelta(minutes=number % MINUTES)).isoformat()
    return {
        "id": 820982911946000000 + number,
        "admin_graphql_api_id": f"gid://shopify/Order/{820982911946000000 + number}",
        "name": f"#{1000 + number}",
        "number": number,
        "order_number": 1000 + number,
        "created_at": placed,
        "processed_at": placed,
        "updated_at": placed,
        "currency": "USD",
        "presentment_currency": "USD",
        "financial_status": "paid",
        "fulfillment_status": None,
        "source_name": "web",
        "taxes_included": False,
        "test": False,
        "note": None,
        "tags": "",
        "discount_codes": [],
        "payment_gateway_names": ["shopify_payments"],
    }


def _line_item(number: int, place: int, sku: str, chance: Random) -> Json:
    title, price = CATALOG[sku]
    quantity = chance.randint(1, 3)
    return {
        "id": 866550311766000000 + 10 * number + place,
        "variant_id": 808950810000 + sorted(CATALOG).index(sku),
        "product_id": 632910392000 + sorted(CATALOG).index(sku),
        "sku": sku,
        "title": title,
        "name": title,
        "variant_title": None,
        "vendor": "Odoo",
        "quantity": quantity,
        "price": price,
        "price_set": _money_set(Decimal(price)),
        "total_discount": "0.00",
        "discount_allocations": [],
        "grams": 500,
        "gift_card": False,
        "requires_shipping": True,
        "taxable": True,
        "fulfillable_quantity": quantity,
        "fulfillment_status": None,
        "fulfillment_service": "manual",
        "properties": [],
        "tax_lines": [_tax_line(quantity * Decimal(price))],
    }


def _discount(item: Json, amount: Decimal) -> None:
    """Take ``amount`` off a line; Shopify leaves ``total_discount`` 0 for an order's discount."""
    item["discount_allocations"] = [
        {
            "amount": str(amount),
            "amount_set": _money_set(amount),
            "discount_application_index": 0,
        }
    ]
    item["tax_lines"] = [_tax_line(item["quantity"] * Decimal(item["price"]) - amount)]


def _shipping_line(number: int) -> Json:
    price = Decimal("10.00")
    return {
        "id": 271878346596000000 + number,
        "title": "Standard",
        "code": SHIPPING,
        "source": "shopify",
        "price": str(price),
        "price_set": _money_set(price),
        "discounted_price": str(price),
        "discounted_price_set": _money_set(price),
        "discount_allocations": [],
        "tax_lines": [],
    }


def _totals(items: list[Json], shipping: Json) -> Json:
    gross = sum((item["quantity"] * Decimal(item["price"]) for item in items), Decimal(0))
    allocations = [part for item in items for part in item["discount_allocations"]]
    discounts = sum((Decimal(part["amount"]) for part in allocations), Decimal("0.00"))
    tax = sum((Decimal(line["price"]) for item in items for line in item["tax_lines"]), Decimal(0))
    applications = [
        {
            "type": "manual",
            "title": "Welcome",
            "value": str(discounts),
            "value_type": "fixed_amount",
            "allocation_method": "one",
            "target_selection": "explicit",
            "target_type": "line_item",
        }
    ]
    return {
        "total_line_items_price": str(gross),
        "total_discounts": str(discounts),
        "discount_applications": applications if allocations else [],
        "subtotal_price": str(gross - discounts),
        "total_shipping_price_set": _money_set(Decimal(shipping["price"])),
        "total_tax": str(tax),
        "tax_lines": [{"title": "Sales tax", "rate": float(TAX_RATE), "price": str(tax)}],
        "total_price": str(gross - discounts + Decimal(shipping["price"]) + tax),
    }


def _buyer(number: int) -> Json:
    chance = Random(number)  # noqa: S311 - variety, not a secret
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    email = f"shopper{number}@example.com"
    billing, shipping = _address(first, last, chance), _address(first, last, chance)
    return {
        "email": email,
        "contact_email": email,
        "phone": None,
        "customer_locale": "en",
        "billing_address": billing,
        "shipping_address": shipping,
        "customer": {
            "id": 115310627314000000 + number,
            "email": email,
            "first_name": first,
            "last_name": last,
            "phone": None,
            "state": "disabled",
            "verified_email": True,
            "tax_exempt": False,
            "currency": "USD",
            "default_address": {**billing, "default": True},
        },
    }


def _address(first: str, last: str, chance: Random) -> Json:
    city, state, code = chance.choice(CITIES)
    return {
        "first_name": first,
        "last_name": last,
        "name": f"{first} {last}",
        "company": None,
        "address1": f"{chance.randint(1, 999)} Main Street",
        "address2": None,
        "city": city,
        "zip": code,
        "province": None,
        "province_code": state,
        "country": "United States",
        "country_code": "US",
        "phone": "+1 555 0100",
        "latitude": None,
        "longitude": None,
    }


def _tax_line(base: Decimal) -> Json:
    tax = (base * TAX_RATE).quantize(CENT, ROUND_HALF_UP)
    return {
        "title": "Sales tax",
        "rate": float(TAX_RATE),
        "price": str(tax),
        "price_set": _money_set(tax),
        "channel_liable": False,
    }


def _money_set(amount: Decimal) -> Json:
    money = {"amount": str(amount), "currency_code": "USD"}
    return {"shop_money": money, "presentment_money": money}
