"""The gateway's application, built from the settings: what uvicorn loads.

Nobody else imports it, or every process of the fabric would load a web framework at its start.
"""

from __future__ import annotations

from starlette.types import ASGIApp

from odoo_bridge.gateway import GatewayOptions, build_app
from workers.settings import Settings, settings


def app() -> ASGIApp:
    """The application. Raises ``ConfigurationError``."""
    return build_app(options(settings()))


def options(config: Settings) -> GatewayOptions:
    """What the gateway needs. Raises ``ConfigurationError``."""
    secrets = {
        source: [secret.get_secret_value() for secret in live]
        for source, live in config.hook_secrets.items()
    }
    return GatewayOptions.of(config.ledger_dsn.get_secret_value(), secrets, config.gateway_max_body)
