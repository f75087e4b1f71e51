"""Odoo's rounding of floats (``odoo/tools/float_utils.py``, Odoo 19)."""

from __future__ import annotations

import math


def float_round(value: float, step: float) -> float:
    """``value`` as the nearest multiple of ``step`` (> 0), ties away from zero.

    Mirrors ``float_round(value, precision_rounding=step)``: a value that stands a hair below a
    tie only because of its binary form counts as a tie (2.675 becomes 2.68).
    """
    if step == 0 or value == 0:
        return 0.0
    inverse = _invert(step) if step < 1 else 0.0  # a small step is inexact, its inverse less so
    normal = value * inverse if inverse else value / step
    if normal == 0:
        return 0.0  # too small for a float
    hair = 2 ** (math.log2(abs(normal)) - 50)
    whole = _nearest(normal + math.copysign(hair, normal))
    return whole / inverse if inverse else whole * step


def same_amount(one: float, other: float, step: float) -> bool:
    """Whether two amounts are equal at a currency's rounding step (``float_compare``)."""
    return float_round(float_round(one, step) - float_round(other, step), step) == 0.0


def _nearest(value: float) -> float:
    """Mirrors ``float_utils.round``: the nearest integer, ties away from zero."""
    whole = round(value)
    if round(value + 1) - whole != 1:
        return value + math.copysign(0.5, value)
    return math.copysign(whole, value)


def _invert(step: float) -> float:
    """Mirrors ``float_invert``: 1 / ``step`` without the error of its binary form."""
    coefficient, exponent = f"{step:.15e}".split("e")
    inverse: float = float(f"{coefficient}e{-int(exponent)}") / float(coefficient) ** 2
    return inverse
