"""What the gateway needs to know; ``workers/settings.py`` reads it from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.gateway.schemes import Scheme, scheme_of

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Source:
    """One sender of webhooks: ``POST /hooks/<name>``."""

    name: str
    scheme: Scheme
    secrets: tuple[str, ...] = field(repr=False)
    """Every live one; while a secret is rotated both the new and the old."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ConfigurationError(
                f"webhook source {self.name!r} must be lower-case letters, digits, - and _"
            )
        if not self.secrets or not all(self.secrets):
            raise ConfigurationError(f"webhook source {self.name!r} needs a secret, and none empty")


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """``max_body`` is in bytes, ``store_timeout`` in seconds."""

    ledger_dsn: str = field(repr=False)
    sources: Mapping[str, Source] = field(default_factory=dict)
    max_body: int = 1_048_576
    max_waiting: int = 500
    """Deliveries that may wait to be stored; more are answered 503."""
    max_batch: int = 100
    """Deliveries stored in one transaction."""
    store_timeout: float = 5.0
    """Shopify gives up on an answer after five seconds, others after ten."""

    @classmethod
    def of(
        cls, ledger_dsn: str, secrets: Mapping[str, Sequence[str]], max_body: int = 1_048_576
    ) -> Self:
        """From ``{"shopify": ["new secret", "old secret"]}``. Raises ``ConfigurationError``."""
        sources = {
            name: Source(name, scheme_of(name), tuple(live)) for name, live in secrets.items()
        }
        return cls(ledger_dsn, sources, max_body)
