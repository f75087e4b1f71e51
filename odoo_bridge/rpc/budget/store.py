"""Where a budget is kept: in Redis, for all processes and machines, or in this process alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from threading import Lock
from typing import Protocol

import redis
import structlog
from pydantic import TypeAdapter

from odoo_bridge.errors import LeasesUnavailable
from odoo_bridge.rpc.budget.shared import Ask, Grant, Shared
from odoo_bridge.rpc.budget.slots import settle

log = structlog.get_logger(__name__)

KEPT = 3600.0
"""Seconds that a budget is remembered after the last call."""
TRIES = 100
AWAY = 1.0
"""Seconds before a store that was away is asked again."""

# What was read is replaced only if nobody has changed it meanwhile.
_SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
_JSON = TypeAdapter(Shared)


class BudgetStore(Protocol):
    """What keeps a ``Shared``. Its methods raise ``LeasesUnavailable``."""

    def exchange(self, ask: Ask) -> Grant:
        """Tell and hear; atomic."""

    def look(self) -> tuple[Shared, float]:
        """The budget as it stands, and the store's time."""


class MemoryBudget:
    """The port in this process. ``most`` is what the limit never exceeds."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._shared = Shared()
        self._lock = Lock()

    def exchange(self, ask: Ask) -> Grant:
        """See ``BudgetStore``."""
        with self._lock:
            return settle(self._shared, ask, self._most, self._clock())

    def look(self) -> tuple[Shared, float]:
        """See ``BudgetStore``."""
        with self._lock:
            return _JSON.validate_json(_JSON.dump_json(self._shared)), self._clock()


class RedisBudget:
    """The port over one key of a Redis, named by the address of the Odoo."""

    def __init__(self, url: str, odoo: str, most: int) -> None:
        self.key = f"fabric:budget:{sha256(odoo.encode()).hexdigest()[:16]}"
        self._most = most
        self._redis = redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
        self._swap = self._redis.register_script(_SWAP)

    def exchange(self, ask: Ask) -> Grant:
        """See ``BudgetStore``."""
        with _store_errors():
            for _ in range(TRIES):
                text, shared, now = self._read()
                grant = settle(shared, ask, self._most, now)
                changed = _JSON.dump_json(shared)
                if self._swap(keys=[self.key], args=[text, changed, int(KEPT * 1000)]):
                    return grant
        raise LeasesUnavailable("the budget's Redis is too busy")

    def look(self) -> tuple[Shared, float]:
        """See ``BudgetStore``."""
        with _store_errors():
            _text, shared, now = self._read()
        return shared, now

    def _read(self) -> tuple[bytes, Shared, float]:
        """The clock is Redis's: those of hosts differ."""
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.get(self.key)
            pipeline.time()
            text, (seconds, micros) = pipeline.execute()
        return text or b"", _JSON.validate_json(text) if text else Shared(), seconds + micros / 1e6


class FallbackBudget:
    """The port over another one, or over one of this process alone while that is away."""

    def __init__(self, store: BudgetStore, alone: BudgetStore) -> None:
        self._store = store
        self._alone = alone
        self._away_since: float | None = None

    def exchange(self, ask: Ask) -> Grant:
        """See ``BudgetStore``; never raises."""
        if self._away_since is not None and time.monotonic() - self._away_since < AWAY:
            return self._alone.exchange(ask)
        try:
            grant = self._store.exchange(ask)
        except LeasesUnavailable as error:
            if self._away_since is None:
                log.warning("budget.alone", error=str(error))
            self._away_since = time.monotonic()
            return self._alone.exchange(ask)
        if self._away_since is not None:
            log.info("budget.shared")
            self._away_since = None
        return grant

    def look(self) -> tuple[Shared, float]:
        """See ``BudgetStore``."""
        return self._store.look()


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise LeasesUnavailable(f"the Redis of the budget is away: {error}") from error
