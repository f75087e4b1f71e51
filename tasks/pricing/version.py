"""What Odoo's versions do differently with prices, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from odoo_bridge.errors import NotOffered


@dataclass(frozen=True, slots=True)
class Version:
    """How one major version of Odoo computes.

    Read off ``product/models/product_pricelist_item.py`` and ``uom/models/uom_uom.py`` of each.
    """

    major: int
    markup_on_cost: bool
    """A formula on the cost takes ``price_markup`` in place of ``price_discount``."""
    factor_is_size: bool
    """A unit's ``factor`` says how many of the reference it holds (a dozen is 12). Before, it
    said how many of it the reference holds (a dozen is 1/12)."""


VERSIONS: Mapping[int, Version] = {
    17: Version(17, markup_on_cost=False, factor_is_size=False),
    18: Version(18, markup_on_cost=True, factor_is_size=False),
    19: Version(19, markup_on_cost=True, factor_is_size=True),
}
ODOO_19 = VERSIONS[19]


def version_of(major: int) -> Version:
    """Raises ``NotOffered`` for a version whose prices are not known here."""
    try:
        return VERSIONS[major]
    except KeyError:
        known = ", ".join(map(str, VERSIONS))
        raise NotOffered(f"prices of Odoo {major} are not known, only of {known}") from None
