"""How fast many small results are written, beside the same records created directly."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.in_flight import Attempt, administrator, in_flight
from benchmarks.question import Contest, Figures, Goal
from benchmarks.stage import Stage
from odoo_bridge.errors import FabricError
from odoo_bridge.job import Json, Operation, Outcome, State
from odoo_bridge.writeback import OdooWriteBack

RESULTS = 10_000
SHORT = 1_000
SINGLE = 200
"""Records that are created one a call: enough to know a rate that low."""
SIZES = (100, 250, 500)
WARM = 100
MODELS = ("res.partner", "res.partner.category")


class Write:
    """Results of jobs that create a record each: a partner, and a record of a plain model."""

    name = "write"
    asks = "small results a second that are written back, beside bare calls of create"

    @contextmanager
    def contest(self, stage: Stage, *, short: bool) -> Iterator[Contest]:
        """The limit is the best batch size of a bare loop; the peer creates one a call."""
        results = SHORT if short else RESULTS
        admin = administrator(stage)

        def bare(model: str, size: int, number: int) -> float:
            start = time.monotonic()
            for first in range(0, number, size):
                admin.execute_kw(model, "create", [_records(first, size)])
            return number / (time.monotonic() - start)

        def limit() -> Figures:
            return {model: max(bare(model, size, results) for size in SIZES) for model in MODELS}

        def peer() -> Figures:
            return {model: bare(model, 1, SINGLE) for model in MODELS}

        def ours() -> Figures:
            return {
                model: max(_written(in_flight(stage, results), model, size) for size in SIZES)
                for model in MODELS
            }

        for model in MODELS:
            bare(model, WARM, 4 * WARM)  # both of Odoo's workers, so that nobody begins cold

        yield Contest(
            {"ours": ours, "peer": peer, "limit": limit},
            [
                Goal("write partners, beside batched create", MODELS[0], "records/s", "limit", 0.9),
                Goal("write partners, beside one a call", MODELS[0], "records/s", "peer", 10),
                Goal("write tags, beside batched create", MODELS[1], "records/s", "limit", 0.9),
                Goal("write tags, beside one a call", MODELS[1], "records/s", "peer", 10),
            ],
            rounds=1 if short else 3,
        )
        stage.query("no_partners")
        stage.clear()


def _written(attempts: Sequence[Attempt], model: str, size: int) -> float:
    keeper = OdooWriteBack(attempts[0].addon)
    start = time.monotonic()
    for first in range(0, len(attempts), size):
        batch = attempts[first : first + size]
        outcomes = [_outcome(each, model, first + place) for place, each in enumerate(batch)]
        for verdict in keeper.commit(outcomes):
            if verdict.state is not State.DONE:
                raise FabricError(verdict.error)
    return len(attempts) / (time.monotonic() - start)


def _outcome(attempt: Attempt, model: str, number: int) -> Outcome:
    operation = Operation("create", {"model": model, "values": _records(number, 1)})
    return Outcome(attempt.envelope, State.DONE, {"number": number}, (operation,))


def _records(first: int, size: int) -> list[Json]:
    return [{"name": f"Benchmark {first + n}"} for n in range(size)]
