"""The way back: results and states commit together in Odoo, fenced by (uuid, attempt)."""

from __future__ import annotations

from collections.abc import Sequence

from odoo_bridge.job import Envelope, Json, Outcome, State, Verdict
from odoo_bridge.rpc.acting import subject_of
from odoo_bridge.rpc.addon import Addon


class OdooWriteBack:
    """The ``WriteBack`` port over the addon: one RPC, one transaction for a whole batch."""

    def __init__(self, addon: Addon) -> None:
        self.addon = addon

    def commit(self, outcomes: Sequence[Outcome]) -> list[Verdict]:
        """See ``odoo_bridge.ports.WriteBack``."""
        answers = self.addon.write_back([to_wire(outcome) for outcome in outcomes])
        return [
            _verdict(outcome.envelope, answer)
            for outcome, answer in zip(outcomes, answers, strict=True)
        ]


def to_wire(outcome: Outcome) -> Json:
    """An outcome as ``fabric_write_back`` takes it."""
    return {
        "subject": subject_of(outcome.envelope),
        "state": outcome.state,
        "result": outcome.result,
        "operations": [operation.to_wire() for operation in outcome.operations],
        "error": outcome.error,
        "traceback": outcome.traceback,
        "retry_in": outcome.retry_in,
        "started_at": outcome.started_at,
        "seconds": outcome.seconds,
        "worker": outcome.worker,
    }


def _verdict(envelope: Envelope, answer: Json) -> Verdict:
    return Verdict(
        uuid=envelope.uuid,
        attempt=envelope.attempt,
        accepted=answer["accepted"],
        state=State(answer["state"]),
        error=answer.get("error", ""),
        results=tuple(answer.get("results", ())),
    )
