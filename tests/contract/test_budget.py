"""A budget in this process and in a real Redis, alone and under many threads."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest
import redis

from odoo_bridge.errors import LeasesUnavailable, OdooRejected, OdooUnavailable
from odoo_bridge.rpc.budget import (
    Budget,
    BudgetStore,
    Circuit,
    FallbackBudget,
    MemoryBudget,
    RedisBudget,
    Share,
)
from odoo_bridge.rpc.budget.breaker import ENOUGH
from odoo_bridge.rpc.budget.shared import FIRST_LIMIT, Ask, Grant, Need, Shared
from tests.redis_server import RedisServer

MOST = 4
ODOO = "http://odoo.example.com"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest, server: RedisServer) -> BudgetStore:
    if request.param == "memory":
        return MemoryBudget(MOST)
    server.wipe()
    return RedisBudget(server.url, ODOO, MOST)


def nothing() -> None:
    """A call of Odoo that goes well."""


def refused() -> None:
    raise OdooUnavailable("refused")


def budget(store: BudgetStore, **more: object) -> Budget:
    return Budget(store, **{"measure": nothing, "knock": nothing} | more)  # type: ignore[arg-type]


def wants(process: str, slots: int, **more: object) -> Ask:
    need = {Share.INTERACTIVE: Need(0, slots)}
    return Ask(process, process, need, **more)  # type: ignore[arg-type]


def test_it_is_remembered_and_seen(store: BudgetStore) -> None:
    assert store.exchange(wants("a", 3)).probe
    assert sum(store.exchange(wants("a", 3, probe=0.001)).slots.values()) == 2
    shared, now = store.look()
    assert [each.slots for each in shared.holders.values()] == [2]
    assert now >= max(each.seen for each in shared.holders.values())


def test_an_odoo_of_its_own_has_a_budget_of_its_own(server: RedisServer) -> None:
    server.wipe()
    RedisBudget(server.url, ODOO, MOST).exchange(wants("a", 1, unanswered=ENOUGH))
    other, _now = RedisBudget(server.url, ODOO + ":8070", MOST).look()
    assert other == Shared()


def test_many_at_once_lose_nothing(store: BudgetStore) -> None:
    """What one tells is not overwritten by another."""
    threads = [
        threading.Thread(target=lambda n=n: [store.exchange(wants(f"p{n}", 1)) for _ in range(20)])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared, _now = store.look()
    assert len(shared.holders) == 8


class Gauge:
    """How many calls run at once."""

    def __init__(self) -> None:
        self.now = self.most = self.made = 0
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self.now += 1
            self.made += 1
            self.most = max(self.most, self.now)

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self.now -= 1


def test_threads_of_several_processes_never_exceed_the_limit(store: BudgetStore) -> None:
    """Each ``Budget`` stands for a process; all of their calls come to their end."""
    gauge = Gauge()

    def work(ours: Budget, queue: str) -> None:
        for _ in range(10):
            with ours.calling(queue, Share.INTERACTIVE), gauge:
                time.sleep(0.002)  # the call itself

    threads = [
        threading.Thread(target=work, args=[ours, queue])
        for ours in [budget(store) for _ in range(4)]
        for queue in ("a", "b", "c")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gauge.made == 4 * 3 * 10
    assert gauge.most <= MOST


def test_an_idle_process_gives_its_slots_back(store: BudgetStore) -> None:
    ours = budget(store)
    with ours.calling("q", Share.INTERACTIVE):
        assert store.look()[0].holders
    until(lambda: not store.look()[0].holders)


def test_when_odoo_does_not_answer_nobody_asks_until_it_does(store: BudgetStore) -> None:
    away = threading.Event()
    away.set()
    first, other = (
        budget(store, knock=lambda: refused() if away.is_set() else None) for _ in range(2)
    )
    for _ in range(ENOUGH):
        with pytest.raises(OdooUnavailable), first.calling("q", Share.INTERACTIVE):
            refused()
    until(lambda: first.circuit() is not Circuit.CLOSED)
    assert other.circuit() is not Circuit.CLOSED
    with (
        pytest.raises(OdooUnavailable, match="nothing is asked"),
        other.calling("q", Share.INTERACTIVE),
    ):
        pytest.fail("went through")
    away.clear()
    until(lambda: first.circuit() is Circuit.CLOSED and other.circuit() is Circuit.CLOSED)
    with first.calling("q", Share.INTERACTIVE):
        pass


def test_odoos_own_errors_open_nothing(store: BudgetStore) -> None:
    ours = budget(store)
    for _ in range(2 * ENOUGH):
        with pytest.raises(OdooRejected), ours.calling("q", Share.INTERACTIVE):
            raise OdooRejected("no")
    assert ours.circuit() is Circuit.CLOSED


def test_a_full_pool_lowers_the_limit_and_opens_nothing(store: BudgetStore) -> None:
    ours = budget(store)
    for _ in range(2 * ENOUGH):
        with pytest.raises(OdooUnavailable), ours.calling("q", Share.INTERACTIVE):
            raise OdooUnavailable("psycopg2.pool.PoolError: The Connection Pool Is Full")
    until(lambda: store.look()[0].limit < FIRST_LIMIT)
    assert ours.circuit() is Circuit.CLOSED


class Interrupted(Exception):
    """As a time limit of Celery, raised in a thread that waits."""


def test_who_is_interrupted_while_it_waits_leaves_no_slot_taken() -> None:
    ours = budget(Never())
    line = ours._ours().lines[Share.INTERACTIVE]

    def interrupt(*_args: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, interrupt)
    threading.Thread(
        target=lambda: (until(lambda: line.waiting), os.kill(os.getpid(), signal.SIGUSR1))
    ).start()
    with pytest.raises(Interrupted), ours.calling("q", Share.INTERACTIVE):
        pytest.fail("went through")
    signal.signal(signal.SIGUSR1, before)
    assert (line.running, line.waiting) == (0, 0)


class Never:
    """A store that gives no slots."""

    def exchange(self, _ask: Ask) -> Grant:
        return Grant(dict.fromkeys(Share, 0), 1.0, Circuit.CLOSED)

    def look(self) -> tuple[Shared, float]:
        return Shared(), 0.0


def test_without_redis_each_process_goes_on_alone(server: RedisServer) -> None:
    server.wipe()
    ours = budget(FallbackBudget(RedisBudget(server.url, ODOO, MOST), MemoryBudget(1)))
    with ours.calling("q", Share.INTERACTIVE):
        pass
    server.kill()
    gauge = Gauge()

    def work() -> None:
        for _ in range(5):
            with ours.calling("q", Share.INTERACTIVE), gauge:
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.start()
    assert gauge.made == 20
    with redis.Redis.from_url(server.url) as client:

        def shared_again() -> bool:
            with ours.calling("q", Share.INTERACTIVE):
                return bool(client.keys("fabric:budget:*"))

        until(shared_again)


def test_a_redis_that_is_away_says_so() -> None:
    store = RedisBudget("redis://127.0.0.1:1/0", ODOO, MOST)
    with pytest.raises(LeasesUnavailable):
        store.exchange(wants("a", 1))
    with pytest.raises(LeasesUnavailable):
        store.look()


def until(condition: object, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.01)
