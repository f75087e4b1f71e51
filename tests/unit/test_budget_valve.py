"""The relay's valve, and what ``status`` tells of the budget."""

from __future__ import annotations

import pytest

from odoo_bridge.job import Envelope
from odoo_bridge.rpc.budget import Circuit
from odoo_bridge.rpc.budget.breaker import ENOUGH
from odoo_bridge.rpc.budget.shared import Ask, Need, Share
from odoo_bridge.rpc.budget.store import MemoryBudget
from odoo_bridge.testing import MemoryOutbox
from workers import budget
from workers.cli import odoo
from workers.settings import Settings


class Heard:
    """A budget that knows where the circuit stands."""

    def __init__(self, circuit: Circuit) -> None:
        self.now = circuit

    def circuit(self) -> Circuit:
        return self.now


@pytest.fixture
def outbox() -> MemoryOutbox:
    waiting = MemoryOutbox()
    waiting.enqueue(Envelope("a", 0, "t", "q"))
    return waiting


def taken(outbox: MemoryOutbox) -> list[str]:
    with budget.Valve(outbox).claim(10) as envelopes:
        return [each.uuid for each in envelopes]


def test_jobs_stay_in_the_outbox_while_odoo_is_away(
    outbox: MemoryOutbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard(Circuit.OPEN)
    monkeypatch.setattr(budget, "budget", lambda: heard)
    assert taken(outbox) == []
    heard.now = Circuit.HALF_OPEN
    assert taken(outbox) == []
    heard.now = Circuit.CLOSED
    assert taken(outbox) == ["a"]


def test_without_a_budget_they_flow(outbox: MemoryOutbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "budget", lambda: None)
    assert taken(outbox) == ["a"]


def test_status_tells_limit_slots_and_circuit(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryBudget(4)
    wants = {Share.BULK: Need(0, 5)}
    store.exchange(Ask("a", "", wants))
    store.exchange(Ask("a", "", wants, probe=0.002))
    store.exchange(Ask("b", "", unanswered=ENOUGH, error="refused"))
    monkeypatch.setattr(odoo, "shared_budget", lambda _config: store)
    state = odoo.odoo_state(Settings())
    assert state is not None
    assert (state["circuit"], state["error"], state["limit"]) == ("open", "refused", 2.05)
    assert state["slots"] == {"interactive": 0, "bulk": 1}
    assert state["waiting"] == {"interactive": 0, "bulk": 4}
    assert 'fabric_odoo_slots{share="bulk"} 1' in odoo.metrics(state)
    assert "fabric_odoo_circuit_closed 0" in odoo.metrics(state)
    assert odoo.odoo_table(state).row_count == 1
