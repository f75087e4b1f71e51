"""How webhook senders sign and number what they deliver: one module a sender."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.gateway.schemes import hmac, mtls, standard
from odoo_bridge.gateway.schemes.base import Scheme
from odoo_bridge.gateway.schemes.github import GitHub
from odoo_bridge.gateway.schemes.odoo import Odoo
from odoo_bridge.gateway.schemes.shopify import Shopify
from odoo_bridge.gateway.schemes.stripe import Stripe
from odoo_bridge.gateway.schemes.woocommerce import WooCommerce

__all__ = ["SCHEMES", "Scheme", "scheme_of"]

SCHEMES: Mapping[str, Callable[[], Scheme]] = {
    "github": GitHub,
    "odoo": Odoo,
    "shopify": Shopify,
    "stripe": Stripe,
    "woocommerce": WooCommerce,
}
"""Those that there is nothing to say about."""

WITH_OPTIONS: Mapping[str, Callable[[dict[str, Any]], Scheme]] = {
    "hmac": lambda given: hmac.Hmac(hmac.Options(**given)),
    "mtls": lambda given: mtls.MutualTls(mtls.Options(**given)),
    "standard": lambda given: standard.StandardWebhooks(standard.Options(**given)),
}


def scheme_of(name: str, options: dict[str, Any]) -> Scheme:
    """The scheme of this name. Raises ``ConfigurationError`` that says what there is."""
    if name in WITH_OPTIONS:
        try:
            return WITH_OPTIONS[name](options)
        except ValidationError as error:
            wrong = "; ".join(
                f"{'.'.join(map(str, each['loc']))}: {each['msg']}".lstrip(": ")
                for each in error.errors(include_url=False, include_input=False)
            )
            raise ConfigurationError(f"the options of scheme {name!r}: {wrong}") from error
    if name not in SCHEMES:
        known = ", ".join(sorted([*SCHEMES, *WITH_OPTIONS]))
        raise ConfigurationError(f"there is no signature scheme {name!r}, but: {known}")
    if options:
        raise ConfigurationError(f"the scheme {name!r} has no options")
    return SCHEMES[name]()
