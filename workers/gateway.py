"""The gateway's application, built from the settings: what uvicorn loads.

Nobody else imports it, or every process of the fabric would load a web framework at its start.
"""

from __future__ import annotations

from starlette.types import ASGIApp

from odoo_bridge.gateway import GatewayOptions, build_app
from odoo_bridge.storage import Storage
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
    )
