"""How webhook senders sign and number what they deliver: one module a sender."""

from __future__ import annotations

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.gateway.schemes.base import Scheme
from odoo_bridge.gateway.schemes.shopify import Shopify

__all__ = ["Scheme", "Shopify", "scheme_of"]

SCHEMES: dict[str, Scheme] = {"shopify": Shopify()}


def scheme_of(source: str) -> Scheme:
    """The scheme that a source's name begins with: ``shopify``, ``shopify-eu``.

    Raises ``ConfigurationError`` with the names that there are.
    """
    name = source.partition("-")[0]
    try:
        return SCHEMES[name]
    except KeyError:
        known = ", ".join(sorted(SCHEMES))
        raise ConfigurationError(
            f"webhook source {source!r} has no signature scheme: begin its name with one of {known}"
        ) from None
