"""What the gateway needs to know; ``workers/settings.py`` reads it from the environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import ValidationError

from odoo_bridge.addresses import Networks
from odoo_bridge.errors import ConfigurationError
from odoo_bridge.gateway.source import Source
from odoo_bridge.gateway.together import Ask
from odoo_bridge.ledger.cipher import Cipher
from odoo_bridge.sources import SourceFile, undeclared
from odoo_bridge.storage import Storage

SHORTEST_KEY = 24


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """``max_body`` is in bytes, ``store_timeout`` in seconds."""

    ledger_dsn: str = field(repr=False)
    sources: Mapping[str, Source] = field(default_factory=dict)
    max_body: int = 1_048_576
    proxies: Networks = ()
    """Whose X-Forwarded-For and certificate headers are believed."""
    cipher: Cipher = field(default_factory=Cipher)
    max_waiting: int = 2000
    """Deliveries that may wait to be stored; more are answered 503."""
    max_batch: int = 500
    """Deliveries stored in one transaction."""
    store_timeout: float = 5.0
    """Shopify gives up on an answer after five seconds, others after ten."""
    admin_keys: Sequence[str] = field(default=(), repr=False)
    """Who has one of them may look at deliveries, replay and discard them, and have links to
    stored files signed. None: nobody may."""
    storage: Storage | None = None
    """Where large files are."""
    catalog_keys: Sequence[str] = field(default=(), repr=False)
    """Who has one of them may read the catalog's prices. None: nobody may."""
    ask_prices: Ask | None = field(default=None, repr=False)
    """Asks Odoo for the prices of several requests, in one call."""

    def __post_init__(self) -> None:
        for name, keys in (("ADMIN", self.admin_keys), ("CATALOG", self.catalog_keys)):
            if any(len(key) < SHORTEST_KEY or not key.isascii() for key in keys):
                raise ConfigurationError(
                    f"FABRIC_GATEWAY_{name}_KEYS: a key has {SHORTEST_KEY} ASCII characters "
                    "at least"
                )

    @classmethod
    def of(
        cls,
        ledger_dsn: str,
        secrets: Mapping[str, Sequence[str]],
        files: Mapping[str, SourceFile] | None = None,
        **others: Any,
    ) -> Self:
        """From ``{"shopify": ["new secret", "old secret"]}`` and the source files.

        A source without a file has the scheme that its name begins with; every source needs a
        secret. Raises ``ConfigurationError``.
        """
        declared = {**{name: _undeclared(name) for name in secrets}, **(files or {})}
        sources = {
            name: Source.of(file, tuple(secrets.get(name, ()))) for name, file in declared.items()
        }
        return cls(ledger_dsn, sources, **others)


def _undeclared(name: str) -> SourceFile:
    try:
        return undeclared(name)
    except ValidationError as error:
        raise ConfigurationError(
            f"webhook source {name!r} must be lower-case letters, digits, - and _"
        ) from error
