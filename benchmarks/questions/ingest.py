"""How fast stored webhooks become orders in Odoo, beside bare calls and beside a controller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.orders import CLIENTS, orders
from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage
from benchmarks.waiting import quiet

ORDERS = 2_000
SHORT = 300
POSTED = 200
"""Orders that are posted one by one: enough to know a rate that low."""
SIZES = (50, 100)
AS_THE_FABRIC = {"tracking_disable": True}
"""The context in which the fabric writes orders, too."""


class Ingest:
    """Shopify's orders, from the ledger's commit to the last one's end."""

    name = "ingest"
    asks = "stored Shopify orders a second that become quotations, beside create and a controller"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """The limit is a bare loop at its best batch size; the peer is a controller in Odoo."""
        number = SHORT if short else ORDERS
        with orders(stage) as ways:

            def ours() -> Figures:
                quiet(stage.odoo.pid)
                rate = ways.drain(number)
                return {"orders": rate, "plain": rate, "clients": rate, "one": rate}

            def limit() -> Figures:
                return {
                    "orders": max(ways.bare(number, size, AS_THE_FABRIC) for size in SIZES),
                    "plain": max(ways.bare(number, size, {}) for size in SIZES),
                }

            def peer() -> Figures:
                return {
                    "clients": ways.posted(POSTED, CLIENTS),
                    "one": ways.posted(POSTED // 2, 1),
                }

            yield Contest(
                {"ours": ours, "peer": peer, "limit": limit},
                [
                    Goal("ingest, beside bare batches", "orders", "orders/s", "limit", 0.8),
                    Goal("ingest, beside bare, tracking on", "plain", "orders/s", "limit", 0.8),
                    Goal("ingest, beside 16 clients", "clients", "orders/s", "peer", 10),
                    Goal("ingest, beside one client", "one", "orders/s", "peer", 10),
                ],
                rounds=1 if short else 3,
            )
