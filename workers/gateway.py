"""The gateway's application, built from the settings: what uvicorn loads.

Nobody else imports it, or every process of the fabric would load a web framework at its start.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from starlette.types import ASGIApp

from odoo_bridge.gateway import GatewayOptions, build_app
from odoo_bridge.job import Json
from odoo_bridge.rpc import Purpose
from odoo_bridge.storage import Storage
from workers.runtime import reader
from workers.settings import Settings, settings


def app() -> ASGIApp:
    """The application. Raises ``ConfigurationError``."""
    return build_app(options(settings()))


def options(config: Settings) -> GatewayOptions:
    """What the gateway needs. Raises ``ConfigurationError``."""
    files = config.source_files()
    storage = config.storage_options()
    return GatewayOptions.of(
        config.ledger_dsn.get_secret_value(),
        config.source_secrets(files),
        files,
        max_body=config.gateway_max_body,
        proxies=tuple(config.gateway_proxies),
        cipher=config.cipher(),
        storage=Storage(storage) if storage else None,
        admin_keys=[key.get_secret_value() for key in config.gateway_admin_keys],
        catalog_keys=[key.get_secret_value() for key in config.gateway_catalog_keys],
        ask_prices=partial(ask_prices, config.gateway_catalog_source) if config.odoo_url else None,
    )


def ask_prices(source: str, asked: Sequence[Json]) -> list[Json]:
    """The prices of several requests, as the user of a source in Odoo sees them.

    Within the budget, as somebody waits for it. Raises ``FabricError``s.
    """
    addon = reader("catalog", Purpose.WRITE)
    answers: list[Json] = addon.read_as(
        {"source": source}, "celery.price", "get_many_prices", [list(asked)], {}
    )
    return answers
