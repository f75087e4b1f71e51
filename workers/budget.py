"""The budget of the configured Odoo, which all of this process's calls to it go through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial

import structlog

from odoo_bridge.job import Envelope, InFlight
from odoo_bridge.ports import Outbox
from odoo_bridge.rpc import Client, Http, Timeout, XmlRpc
from odoo_bridge.rpc.budget import (
    Budget,
    BudgetStore,
    Circuit,
    FallbackBudget,
    MemoryBudget,
    RedisBudget,
    Share,
    budgeted,
)
from workers.settings import Settings, settings

log = structlog.get_logger(__name__)

_LOOK = Timeout(connect=2.0, read=5.0, total=5.0)
_ALONE = 4
"""A process alone takes this part of the calls."""


@cache
def budget() -> Budget | None:
    """The budget of this process; None when it was turned off, or when there is no Odoo."""
    config = settings()
    if not (config.odoo_calls and config.odoo_url):
        return None
    http = Http(config.odoo_url, replace(config.odoo_options(), timeout=_LOOK))
    transport = XmlRpc(http, config.odoo_database)
    login = [config.odoo_database, config.odoo_login, config.odoo_api_key.get_secret_value(), {}]
    return Budget(
        _store(config),
        measure=partial(transport.call, "common", "version", []),
        knock=partial(transport.call, "common", "authenticate", login),
    )


def join(group: str) -> None:
    """Say which pool this process belongs to: the budget is fair between them."""
    if ours := budget():
        ours.group = group


def measure_for_all() -> None:
    """This process tells how quick Odoo is: workers are too busy to time a call of 3 ms."""
    if ours := budget():
        ours.measures = True
        ours.circuit()


def in_budget(client: Client, queue: str = "", *, waited_for: bool = True) -> Client:
    """The same session, whose calls go through the budget."""
    ours = budget()
    bulk = not waited_for and queue in settings().bulk_queues
    share = Share.BULK if bulk else Share.INTERACTIVE
    return budgeted(client, ours, queue, share) if ours else client


def shared_budget(config: Settings) -> RedisBudget | None:
    """Where the budget is kept for all processes; None without a Redis, or when turned off."""
    url = config.lease_url()
    return (
        RedisBudget(url, config.odoo_url, config.odoo_calls) if url and config.odoo_calls else None
    )


def _store(config: Settings) -> BudgetStore:
    shared = shared_budget(config)
    if shared is None:
        log.warning("budget.alone", error="FABRIC_REDIS_URL is not set")
        return MemoryBudget(config.odoo_calls)
    return FallbackBudget(shared, MemoryBudget(max(1, config.odoo_calls // _ALONE)))


class Valve:
    """An ``Outbox`` that gives no jobs while Odoo does not answer: none of them could end."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self.name = outbox.name

    @contextmanager
    def claim(self, limit: int) -> Iterator[Sequence[Envelope]]:
        """See ``Outbox.claim``."""
        ours = budget()
        if ours and ours.circuit() is not Circuit.CLOSED:
            yield []
            return
        with self.outbox.claim(limit) as envelopes:
            yield envelopes

    def in_flight(self) -> list[InFlight]:
        """See ``Outbox.in_flight``."""
        return self.outbox.in_flight()

    def rescue(self, attempts: Sequence[InFlight], *, begun: bool) -> list[str]:
        """See ``Outbox.rescue``."""
        return self.outbox.rescue(attempts, begun=begun)

    def wait(self, seconds: float) -> None:
        """See ``Outbox.wait``."""
        self.outbox.wait(seconds)

    def close(self) -> None:
        """See ``Outbox.close``."""
        self.outbox.close()
