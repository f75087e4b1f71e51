"""What the gateway counts, by source, in Prometheus' text format."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from odoo_bridge.ledger import Standing

# A source answers within a hundredth of a second while all is well, and gives up after five.
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """One gateway process's counters, and how the ledger stands."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "fabric_deliveries_answered",
            "Requests to a webhook source, by the status of the answer.",
            ["source", "status"],
            registry=self._registry,
        )
        self._groups = Histogram(
            "fabric_ledger_commit_seconds",
            "How long it took to store a group of deliveries.",
            buckets=SECONDS,
            registry=self._registry,
        )
        self._group_sizes = Counter(
            "fabric_ledger_stored",
            "Deliveries in those groups.",
            registry=self._registry,
        )
        self._standing = Gauge(
            "fabric_deliveries",
            "Deliveries in the ledger that are not done, by state.",
            ["source", "state"],
            registry=self._registry,
        )
        self._oldest = Gauge(
            "fabric_deliveries_oldest_seconds",
            "How long ago the oldest of them came.",
            ["source", "state"],
            registry=self._registry,
        )

    def answered(self, source: str, status: int) -> None:
        """A request was answered."""
        self._answers.labels(source, status).inc()

    def stored(self, deliveries: int, seconds: float) -> None:
        """A group was committed."""
        self._groups.observe(seconds)
        self._group_sizes.inc(deliveries)

    def text(self, standing: list[Standing]) -> bytes:
        """All of it."""
        self._standing.clear()
        self._oldest.clear()
        for each in standing:
            self._standing.labels(each.source, each.state).set(each.deliveries)
            self._oldest.labels(each.source, each.state).set(each.oldest_seconds)
        return generate_latest(self._registry)
