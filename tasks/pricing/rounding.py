"""Odoo's rounding of floats (``odoo/tools/float_utils.py``, the same in Odoo 17, 18 and 19).

One number at a time, and whole arrays; both give the same float, to the last bit.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Method = Literal["HALF-UP", "UP"]

NEAR = 8
"""Steps between floats: so close to a tie, an array's logarithm may not be exact enough."""


def float_round(value: float, step: float, method: Method = "HALF-UP") -> float:
    """``value`` as a multiple of ``step`` (> 0): the nearest, ties away from zero; or ``UP``.

    Mirrors ``float_round(value, precision_rounding=step)``: a value that stands a hair below a
    tie only because of its binary form counts as a tie (2.675 becomes 2.68).
    """
    if step == 0 or value == 0:
        return 0.0
    inverse = invert(step) if step < 1 else 0.0  # a small step is inexact, its inverse less so
    normal = value * inverse if inverse else value / step
    if normal == 0:
        return 0.0  # too small for a float
    hair = 2 ** (math.log2(abs(normal)) - 50)
    if method == "UP":
        whole = float(math.trunc(normal + math.copysign(1 - hair, normal)))
    else:
        whole = _nearest(normal + math.copysign(hair, normal))
    return whole / inverse if inverse else whole * step


def float_round_all(values: Floats, steps: Floats | float, method: Method = "HALF-UP") -> Floats:
    """``float_round`` of every value by its step (> 0); what is not finite stays so."""
    steps = np.broadcast_to(np.asarray(steps, dtype=np.float64), values.shape)
    inverses = _inverses(steps)
    small = steps < 1
    with np.errstate(all="ignore"):
        normal = np.where(small, values * inverses, values / steps)
        hair = np.exp2(np.log2(np.abs(normal)) - 50)
        if method == "UP":
            shifted = normal + np.copysign(1 - hair, normal)
            whole, ties = np.trunc(shifted), np.rint(shifted)
        else:
            shifted = normal + np.copysign(hair, normal)
            whole, ties = _nearest_all(shifted), np.floor(shifted) + 0.5
        rounded: Floats = np.where(small, whole / inverses, whole * steps)
        rounded[normal == 0] = 0.0
        doubtful = np.abs(shifted - ties) <= NEAR * np.spacing(np.abs(shifted))
    for place in np.flatnonzero(doubtful & np.isfinite(shifted)):
        rounded[place] = float_round(float(values[place]), float(steps[place]), method)
    return rounded


def same_amount(one: float, other: float, step: float) -> bool:
    """Whether two amounts are equal at a currency's rounding step (``float_compare``)."""
    return float_round(float_round(one, step) - float_round(other, step), step) == 0.0


def invert(step: float) -> float:
    """Mirrors ``float_invert``: 1 / ``step`` without the error of its binary form."""
    coefficient, exponent = f"{step:.15e}".split("e")
    inverse: float = float(f"{coefficient}e{-int(exponent)}") / float(coefficient) ** 2
    return inverse


def _inverses(steps: Floats) -> Floats:
    if steps.size and steps.strides == (0,):
        return np.broadcast_to(np.float64(invert(float(steps[0]))), steps.shape)
    distinct, places = np.unique(steps, return_inverse=True)
    return np.array([invert(float(step)) for step in distinct], dtype=np.float64)[places]


def _nearest(value: float) -> float:
    """Mirrors ``float_utils.round``: the nearest integer, ties away from zero."""
    whole = round(value)
    if round(value + 1) - whole != 1:
        return value + math.copysign(0.5, value)
    return math.copysign(whole, value)


def _nearest_all(values: Floats) -> Floats:
    whole = np.rint(values)
    tie = np.rint(values + 1) - whole != 1
    return np.where(tie, values + np.copysign(0.5, values), np.copysign(whole, values))
