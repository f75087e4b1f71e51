"""What every lease store must do, on the fake and on a real Redis."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import pytest
import redis

from odoo_bridge.errors import LeasesUnavailable
from odoo_bridge.leases import KEY, Leases, RedisLeases
from odoo_bridge.ports import LeaseStore
from odoo_bridge.testing import MemoryLeases
from tests.redis_server import redis_server


@dataclass
class Clocked:
    """A store whose leases can be made to lapse."""

    store: LeaseStore
    let_pass: Callable[[float], None]


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["memory", "redis"])
def leases(request: pytest.FixtureRequest) -> Iterator[Clocked]:
    if request.param == "memory":
        clock = Clock()

        def wind(seconds: float) -> None:
            clock.now += seconds

        yield Clocked(MemoryLeases(clock), wind)
        return
    url = request.getfixturevalue("redis_url")
    with redis.Redis.from_url(url, decode_responses=True) as client:
        client.flushall()

        def shift(seconds: float) -> None:
            """Redis's clock cannot be moved, so the leases are."""
            for attempt in client.zrange(KEY, 0, -1):
                client.zincrby(KEY, -1000 * seconds, attempt)

        yield Clocked(RedisLeases(url), shift)


def test_the_first_takes_it_and_a_copy_does_not(leases: Clocked) -> None:
    assert leases.store.take("a.1", 3)
    assert not leases.store.take("a.1", 3)
    assert leases.store.take("a.2", 3)


def test_tells_what_is_left(leases: Clocked) -> None:
    leases.store.take("a.1", 3)
    leases.let_pass(1)
    left = leases.store.left(["a.1", "b.1"])
    assert left.keys() == {"a.1"}
    assert 0 < left["a.1"] <= 2


def test_a_lapsed_lease_is_remembered_and_not_taken_again(leases: Clocked) -> None:
    leases.store.take("a.1", 3)
    leases.let_pass(5)
    assert leases.store.left(["a.1"])["a.1"] <= -2
    assert not leases.store.take("a.1", 3)


def test_extending_begins_anew_also_what_was_lost(leases: Clocked) -> None:
    leases.store.take("a.1", 3)
    leases.let_pass(2)
    leases.store.extend({"a.1", "lost.1"}, 3)
    left = leases.store.left(["a.1", "lost.1"])
    assert all(2 < left[attempt] <= 3 for attempt in ("a.1", "lost.1"))


def test_a_released_lease_is_gone(leases: Clocked) -> None:
    leases.store.take("a.1", 3)
    leases.store.release(["a.1", "never.1"])
    assert leases.store.left(["a.1", "never.1"]) == {}
    assert leases.store.take("a.1", 3)


def test_nothing_is_a_fine_question(leases: Clocked) -> None:
    leases.store.extend((), 3)
    leases.store.release(())
    assert leases.store.left([]) == {}


def test_of_many_at_once_one_takes_it(leases: Clocked) -> None:
    taken: list[bool] = []
    threads = [
        threading.Thread(target=lambda: taken.append(leases.store.take("a.1", 3))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]


def test_old_lapsed_leases_are_forgotten_in_redis(redis_url: str) -> None:
    store = RedisLeases(redis_url)
    with redis.Redis.from_url(redis_url) as client:
        client.zadd(KEY, {"old.1": 1000})
        store.take("a.1", 3)
        assert client.zscore(KEY, "old.1") is None


def test_a_store_that_is_away_says_so() -> None:
    store = RedisLeases("redis://127.0.0.1:1/0")
    with pytest.raises(LeasesUnavailable):
        store.take("a.1", 3)
    with pytest.raises(LeasesUnavailable):
        store.left(["a.1"])


class Recorder(MemoryLeases):
    """Tells when leases were extended, and when they were released."""

    def __init__(self) -> None:
        super().__init__()
        self.extended = threading.Event()
        self.released = threading.Event()

    def extend(self, attempts: object, seconds: float) -> None:
        super().extend(attempts, seconds)  # type: ignore[arg-type]
        if attempts:
            self.extended.set()

    def release(self, attempts: Collection[str]) -> None:
        super().release(attempts)
        if attempts:
            self.released.set()


def test_a_process_extends_what_it_holds_and_releases_it_with_the_next_beat() -> None:
    store = Recorder()
    with Leases(store, beat=0.01, lasts=60).holding("a.1") as ours:
        assert ours
        assert store.extended.wait(10)
        assert store.left(["a.1"])
    assert store.released.wait(10)
    assert store.left(["a.1"]) == {}


def test_after_an_error_the_same_attempt_may_begin_again_at_once() -> None:
    leases = Leases(MemoryLeases(), beat=60)
    with pytest.raises(ZeroDivisionError), leases.holding("a.1"):
        raise ZeroDivisionError
    with leases.holding("a.1") as again:
        assert again


def test_a_copy_steps_aside_and_releases_nothing() -> None:
    store = MemoryLeases()
    leases = Leases(store)
    with leases.holding("a.1") as ours:
        with leases.holding("a.1") as copy:
            assert ours
            assert not copy
        assert store.left(["a.1"])


@dataclass
class Flaky(MemoryLeases):
    """A store that is away, until it is back."""

    away: bool = True
    asked: int = 0
    back: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__()

    def take(self, attempt: str, seconds: float) -> bool:
        self._answer()
        return super().take(attempt, seconds)

    def extend(self, attempts: object, seconds: float) -> None:
        self._answer()
        super().extend(attempts, seconds)  # type: ignore[arg-type]
        self.back.set()

    def _answer(self) -> None:
        self.asked += 1
        if self.away:
            raise LeasesUnavailable("gone")


def test_work_goes_on_without_the_store_and_is_leased_when_it_is_back() -> None:
    store = Flaky()
    leases = Leases(store, beat=0.01, lasts=60)
    with leases.holding("a.1") as first, leases.holding("b.1") as second:
        assert first
        assert second
        store.away = False
        assert store.back.wait(10)
        assert store.left(["a.1", "b.1"]).keys() == {"a.1", "b.1"}
