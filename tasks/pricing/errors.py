"""What is wrong with one pricelist, so that the others can still be done.

::

    Permanent
    └── PricingError             a price cannot be told; the message says which and why
        ├── CyclicPricelists     pricelists rest on each other in a circle
        ├── MissingRate          a currency has no rate
        ├── ArchivedCurrency     a currency is archived, so nobody keeps its rates
        ├── UnknownRule          a rule is of a kind that another addon brought, or is broken
        └── PriceOverflow        a price is too large to be told to the cent
    Retryable
    └── RulesChanged             rules were changed while their prices were computed
"""

from __future__ import annotations

from odoo_bridge.errors import Permanent, Retryable


class PricingError(Permanent):
    """The prices of one pricelist cannot be told."""


class CyclicPricelists(PricingError):
    """Pricelists rest on each other in a circle."""


class MissingRate(PricingError):
    """A currency that amounts must be converted from or to has no rate; Odoo would take 1."""


class ArchivedCurrency(PricingError):
    """A currency that amounts must be converted from or to is archived."""


class UnknownRule(PricingError):
    """A rule is of a kind that is not Odoo's own, or does not hold together."""


class PriceOverflow(PricingError):
    """A price is not a number, or so large that a float cannot tell its cents."""


class RulesChanged(Retryable):
    """The rules of a pricelist were changed, or it was deleted, while prices were computed."""
