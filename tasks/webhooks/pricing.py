"""An order's own prices, to the cent, in the form that Odoo keeps prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

TWO_DECIMALS = Decimal("0.01")
"""Odoo's decimal precisions "Product Price" and "Discount", as installed."""


@dataclass(frozen=True, slots=True)
class Priced:
    """What one line of a ``sale.order`` says: quantity, price of one, discount in percent."""

    quantity: int
    price_unit: Decimal
    discount: Decimal = Decimal(0)


def priced(quantity: int, price: Decimal, discounts: Iterable[Decimal]) -> list[Priced]:
    """Lines that together cost exactly ``quantity * price`` less the ``discounts``.

    Odoo knows a discount as a percentage with two decimals, Shopify as an amount. Where the
    percentage meets the amount exactly it is used, so that a person sees it; elsewhere the price
    of one is reduced, with the odd cents on a line of one piece.
    """
    discount = sum(discounts, Decimal(0))
    gross = quantity * price
    if not discount:
        return [Priced(quantity, price)]
    percent = (100 * discount / gross).quantize(TWO_DECIMALS) if gross else Decimal(0)
    cent = _smallest(price, discount)
    exact = (gross * (100 - percent) / 100).quantize(cent, ROUND_HALF_UP)
    if gross and exact == gross - discount:
        return [Priced(quantity, price, percent)]
    return _spread(quantity, gross - discount, cent)


def _smallest(*amounts: Decimal) -> Decimal:
    """The smallest coin that the amounts are written in: 0.01 for 9.90, 1 for 990."""
    return min(Decimal(1).scaleb(int(amount.as_tuple().exponent)) for amount in amounts)


def _spread(quantity: int, net: Decimal, cent: Decimal) -> list[Priced]:
    each = (net / quantity).quantize(cent, ROUND_DOWN)
    rest = net - each * quantity
    if not rest:
        return [Priced(quantity, each)]
    return [Priced(quantity - 1, each), Priced(1, each + rest)]
