"""Leases: which attempts run right now, so that a dead worker is noticed within seconds.

A lease that is no longer extended lapses, and the rescue puts its job back. Nothing depends on a
lease being right: a store that is away, or has lost its data, costs a doubled run at worst, whose
outcome the fence (uuid, attempt) refuses.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import Any

import redis
import structlog

from odoo_bridge.errors import LeasesUnavailable
from odoo_bridge.ports import LeaseStore

log = structlog.get_logger(__name__)

KEY = "fabric:leases"
BEAT = 0.5
"""Seconds between two extensions."""
LASTS = 3.0
"""Seconds after which a lease that was not extended has lapsed: five beats may be missed."""
REMEMBERED = 24 * 3600
"""Seconds that a lapsed lease is kept, longer than any broker takes to deliver a copy again."""

# All times are the Redis server's, in milliseconds: the clocks of hosts differ.
_NOW = "local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) "
_TAKE = (
    _NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
return redis.call('ZADD', KEYS[1], 'NX', now + ARGV[2], ARGV[1])
"""
)
_EXTEND = (
    _NOW
    + """
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i]) end
"""
)
_LEFT = (
    _NOW
    + """
local left = {}
for i, attempt in ipairs(ARGV) do
    local expiry = redis.call('ZSCORE', KEYS[1], attempt)
    left[i] = expiry and expiry - now
end
return left
"""
)


class RedisLeases:
    """The ``LeaseStore`` port over a sorted set: attempts by the time at which they lapse."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, decode_responses=True, socket_timeout=2, socket_connect_timeout=2
        )
        self._take = self._redis.register_script(_TAKE)
        self._extend = self._redis.register_script(_EXTEND)
        self._left = self._redis.register_script(_LEFT)

    def take(self, attempt: str, seconds: float) -> bool:
        """See ``LeaseStore.take``."""
        return bool(self._run(self._take, attempt, _ms(seconds), _ms(REMEMBERED)))

    def extend(self, attempts: Collection[str], seconds: float) -> None:
        """See ``LeaseStore.extend``."""
        if attempts:
            self._run(self._extend, _ms(seconds), *attempts)

    def release(self, attempts: Collection[str]) -> None:
        """See ``LeaseStore.release``."""
        if attempts:
            with _store_errors():
                self._redis.zrem(KEY, *attempts)

    def left(self, attempts: Sequence[str]) -> dict[str, float]:
        """See ``LeaseStore.left``."""
        if not attempts:
            return {}
        answers = self._run(self._left, *attempts)
        found = zip(attempts, answers, strict=True)
        return {attempt: left / 1000 for attempt, left in found if left is not None}

    def _run(self, script: Any, *args: str | int) -> Any:
        with _store_errors():
            return script(keys=[KEY], args=args)


class Leases:
    """The leases of one process, all extended by one thread."""

    def __init__(self, store: LeaseStore, *, beat: float = BEAT, lasts: float = LASTS) -> None:
        self._store = store
        self._beat = beat
        self._lasts = lasts
        self._held: set[str] = set()
        self._ended: set[str] = set()
        self._lock = Lock()
        self._busy = Event()
        self._reachable = True
        Thread(target=self._loop, name="leases", daemon=True).start()

    @contextmanager
    def holding(self, attempt: str) -> Iterator[bool]:
        """Hold a lease while the context is open.

        Gives False, and holds none, when this attempt was begun before: by a copy that still
        runs, or by one whose worker died, which is the rescue's to count and to put back.
        After an error the same attempt may begin again at once; one that ended well is over,
        so its lease goes with the next beat, together with others.
        """
        if not self._take(attempt):
            yield False
            return
        with self._lock:
            self._held.add(attempt)
        self._busy.set()
        try:
            yield True
        except BaseException:
            with self._lock:
                self._held.discard(attempt)
            self._release([attempt])
            raise
        with self._lock:
            self._held.discard(attempt)
            self._ended.add(attempt)

    def _take(self, attempt: str) -> bool:
        if not self._reachable:  # the beat looks whether it is back, and extends what runs then
            return True
        try:
            return self._store.take(attempt, self._lasts)
        except LeasesUnavailable as error:
            self._note(error)
            return True

    def _release(self, attempts: Collection[str]) -> None:
        if not self._reachable:
            return
        try:
            self._store.release(attempts)
        except LeasesUnavailable as error:
            self._note(error)

    def _loop(self) -> None:
        while True:
            self._busy.wait()
            time.sleep(self._beat)  # the rhythm itself, not a wait for something
            self._extend()

    def _extend(self) -> None:
        with self._lock:
            held = frozenset(self._held)
            ended, self._ended = self._ended, set()
            if not held and not ended:
                self._busy.clear()
        try:
            self._store.extend(held, self._lasts)
        except LeasesUnavailable as error:
            self._note(error)
            return
        self._note(None)
        with self._lock:
            ended |= held - self._held - self._ended  # the extension may have brought them back
        self._release(ended)

    def _note(self, error: LeasesUnavailable | None) -> None:
        """Log that the store is away once, not every beat."""
        if error is not None and self._reachable:
            log.warning("leases.away", error=str(error))
        elif error is None and not self._reachable:
            log.info("leases.back")
        self._reachable = error is None


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise LeasesUnavailable(f"the Redis of the leases is away: {error}") from error


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
