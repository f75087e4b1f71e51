"""How many webhooks a second one gateway stores, while Odoo does nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

from pydantic import SecretStr

from benchmarks.posting import Load, Posted
from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage
from benchmarks.storing import bare_server, ledger_beside, post, require_stored, stopped
from workers.embedded import places
from workers.local import programs
from workers.process import free_port
from workers.settings import Settings
from workers.supervisor import Supervisor

DELIVERIES = 30_000
SHORT = 6_000
CONNECTIONS = 32
STEADY = 1_000.0
"""Deliveries a second that come whether those before them were answered or not."""
SECRET = "a secret of the benchmark"  # noqa: S105


class Intake:
    """Signed Shopify orders of 2 KB, from a process of their own."""

    name = "intake"
    asks = "webhooks a second that one gateway verifies and stores durably, with Odoo stopped"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """Ours stores in PostgreSQL; the limit is its server alone, which reads and answers 202."""
        deliveries = SHORT if short else DELIVERIES
        with ExitStack() as stack:
            supervisor = stack.enter_context(Supervisor(places.state_dir() / "benchmarks"))
            ledger = ledger_beside(supervisor)
            config = Settings(
                ledger_dsn=SecretStr(ledger),
                broker_url=SecretStr("memory://"),
                gateway_port=free_port(),
                hook_secrets={"shopify": [SecretStr(SECRET)]},
            )
            served, _relay = programs(config)
            supervisor.start(next(each for each in served if each.name == "gateway"))
            bare = free_port()
            supervisor.start(bare_server(bare))
            stack.enter_context(stopped(stage))

            def ours() -> Figures:
                run = uuid4().hex[:12]
                most = post(Load(config.gateway_port, SECRET, run, deliveries, CONNECTIONS))
                require_stored(ledger, run, deliveries)
                steady = Load(
                    config.gateway_port, SECRET, f"{run}s", deliveries // 2, CONNECTIONS, STEADY
                )
                return {**_figures(most, deliveries), "steady p99": post(steady).p99}

            def limit() -> Figures:
                most = post(Load(bare, SECRET, "bare", deliveries, CONNECTIONS))
                return _figures(most, deliveries)

            yield Contest(
                {"ours": ours, "limit": limit},
                [
                    Goal("intake, 2,000 a second", "rate", "/s", 2000.0, 1),
                    Goal("intake, p99 at full rate", "p99", "ms", 100.0, 1, smaller_is_better=True),
                    Goal(
                        "intake, p99 at 1,000 a second", "steady p99", "ms", 100.0, 1,
                        smaller_is_better=True,
                    ),
                    Goal("intake, beside its server alone", "rate", "/s", "limit", 0.3),
                ],
                rounds=1 if short else 3,
            )  # fmt: skip


def _figures(posted: Posted, deliveries: int) -> Figures:
    return {
        "rate": deliveries / posted.seconds,
        "p50": posted.p50,
        "p99": posted.p99,
        "slowest": posted.slowest,
    }
