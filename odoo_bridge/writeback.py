"""The way back: results and states commit together in Odoo, fenced by (uuid, attempt)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from odoo_bridge.errors import AnswerMalformed
from odoo_bridge.job import Envelope, Json, Outcome, State, Verdict
from odoo_bridge.ledger import Ledger
from odoo_bridge.ports import WriteBack
from odoo_bridge.rpc.acting import subject_of
from odoo_bridge.rpc.addon import PROTOCOL, Addon


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
        "counts": outcome.counts,
        "started_at": outcome.started_at,
        "seconds": outcome.seconds,
        "worker": outcome.worker,
    }


def _verdict(envelope: Envelope, answer: Json) -> Verdict:
    try:
        return Verdict(
            uuid=envelope.uuid,
            attempt=envelope.attempt,
            accepted=answer["accepted"],
            state=State(answer["state"]),
            error=answer.get("error", ""),
            results=tuple(answer.get("results", ())),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise AnswerMalformed(f"this is no verdict of protocol {PROTOCOL}: {error!r}") from error


class LedgerWriteBack:
    """The ``WriteBack`` port for deliveries.

    What they change commits in Odoo first, fenced there by an inbox row; then their state
    commits in the ledger. A crash in between repeats the first step, which gives the first one's
    results again.
    """

    def __init__(self, odoo: WriteBack, ledger: Ledger) -> None:
        self.odoo = odoo
        self.ledger = ledger

    def commit(self, outcomes: Sequence[Outcome]) -> list[Verdict]:
        """See ``odoo_bridge.ports.WriteBack``."""
        return self.ledger.finish(self._applied(outcomes))

    def _applied(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """The outcomes as they stand after Odoo has seen those that change something."""
        changing = [o for o in outcomes if o.state is State.DONE and o.operations]
        verdicts = {v.uuid: v for v in self.odoo.commit(changing)} if changing else {}
        return [_after(outcome, verdicts.get(outcome.envelope.uuid)) for outcome in outcomes]


def _after(outcome: Outcome, verdict: Verdict | None) -> Outcome:
    """What Odoo made of a delivery: its record ids, also the second time, or its refusal."""
    if verdict is None:
        return outcome
    if verdict.state is State.DONE:
        return replace(outcome, result={"result": outcome.result, "records": verdict.results})
    return replace(outcome, state=verdict.state, error=verdict.error)
