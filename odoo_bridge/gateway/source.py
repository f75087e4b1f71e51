"""``Source``: one sender of webhooks, ready to judge what comes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.gateway.bucket import Bucket
from odoo_bridge.gateway.call import Call
from odoo_bridge.gateway.schemes import Scheme, scheme_of
from odoo_bridge.gateway.schemes.base import checked_event_id
from odoo_bridge.sources import Finder, Limits, SourceFile

LONGEST_ORDERING_KEY = 200


@dataclass(frozen=True, slots=True)
class Source:
    """``POST /hooks/<name>``: its file, its scheme, its live keys and how much it may send."""

    file: SourceFile
    scheme: Scheme
    keys: tuple[bytes, ...] = field(repr=False)
    """Of every live secret; while one is rotated both the new and the old."""
    kept_headers: tuple[str, ...]
    bucket: Bucket | None

    @classmethod
    def of(cls, file: SourceFile, secrets: Sequence[str]) -> Self:
        """Raises ``ConfigurationError`` that names the source and what to mend."""
        try:
            scheme = _scheme(file)
            keys = tuple(scheme.key(secret) for secret in secrets)
        except (ConfigurationError, ValueError) as error:
            raise ConfigurationError(f"webhook source {file.name!r}: {error}") from error
        if not keys or not all(keys):
            raise ConfigurationError(f"webhook source {file.name!r} needs a secret, and none empty")
        kept = {"content-type", *scheme.kept_headers, *map(str.lower, file.source.headers)}
        return cls(file, scheme, keys, tuple(sorted(kept)), Bucket.of(file.limits))

    @property
    def name(self) -> str:
        """As in the address."""
        return self.file.name

    @property
    def limits(self) -> Limits:
        """What it may send."""
        return self.file.limits

    def verify(self, call: Call) -> None:
        """Raises ``InvalidSignature``."""
        self.scheme.verify(call, self.keys, self.limits.replay_window_seconds)

    def event_id(self, call: Call, payload: Any) -> str:
        """What is the same when an event is delivered again. Raises ``InvalidDelivery``."""
        finder = self.file.source.event_id
        if finder is None:
            return self.scheme.event_id(call, payload)
        return checked_event_id(finder.of(call.headers, payload), f"event_id ({finder.text})")

    def ordering_key(self, call: Call, payload: Any) -> str:
        """Empty when the delivery may be handled in any order. Raises ``InvalidDelivery``."""
        value = _found(self.file.source.ordering_key, call, payload)
        if value is None or isinstance(value, dict | list):
            return ""
        return str(value).replace("\0", "")[:LONGEST_ORDERING_KEY]

    def wants(self, call: Call, payload: Any) -> bool:
        """Whether the filter lets it through. Raises ``InvalidDelivery``."""
        finder = self.file.source.filter
        # As JMESPath's own truth: 0 is true, an empty value is not.
        return finder is None or finder.of(call.headers, payload) not in (None, False, "", [], {})

    def keep(self, call: Call) -> dict[str, str]:
        """The headers that the ledger keeps."""
        # PostgreSQL's jsonb cannot hold a NUL, and one bad row would fail its whole group.
        values = {name: call.headers.get(name, "") for name in self.kept_headers}
        return {name: value for name, value in values.items() if value and value.isprintable()}


def _scheme(file: SourceFile) -> Scheme:
    scheme = scheme_of(file.source.scheme, dict(file.source.options))
    if not scheme.numbers_events and file.source.event_id is None:
        raise ConfigurationError("set event_id: this scheme does not know what an event is")
    return scheme


def _found(finder: Finder | None, call: Call, payload: Any) -> Any:
    return None if finder is None else finder.of(call.headers, payload)
