"""How Odoo is, as all workers know it together: a part of ``odoo-fabric status``."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from odoo_bridge.errors import LeasesUnavailable
from odoo_bridge.job import Json
from odoo_bridge.rpc.budget import Share
from workers.budget import shared_budget
from workers.settings import Settings


def odoo_state(config: Settings) -> Json | None:
    """Budget and circuit; None when each process keeps its own, or the Redis is away."""
    store = shared_budget(config)
    if store is None:
        return None
    try:
        shared, now = store.look()
    except LeasesUnavailable:
        return None
    slots = dict.fromkeys((share.value for share in Share), 0)
    waiting = dict(slots)
    for holder in shared.holders.values():
        slots[holder.share] += holder.slots
        waiting[holder.share] += max(0, holder.wants - holder.slots)
    return {
        "circuit": shared.breaker.circuit(now).value,
        "retry_in": round(max(0.0, shared.breaker.until - now), 1),
        "error": shared.breaker.error,
        "limit": round(shared.limit, 2),
        "slots": slots,
        "waiting": waiting,
        "fastest_ms": round(1000 * shared.fastest, 1),
    }


def odoo_table(state: Json) -> Table:
    """The same for people."""
    table = Table("Odoo", "Calls at once", "Slots held", "Waiting", "Fastest call")
    circuit = state["circuit"]
    if circuit != "closed":
        circuit += f" ({state['error']})"
    table.add_row(
        circuit,
        f"{state['limit']:g}",
        ", ".join(f"{count} {share}" for share, count in state["slots"].items()),
        str(sum(state["waiting"].values())),
        f"{state['fastest_ms']:g} ms",
    )
    return table


def metrics(state: Json) -> Iterator[str]:
    """The same in Prometheus' text format."""
    yield "# TYPE fabric_odoo_circuit_closed gauge"
    yield f"fabric_odoo_circuit_closed {int(state['circuit'] == 'closed')}"
    yield "# TYPE fabric_odoo_calls_limit gauge"
    yield f"fabric_odoo_calls_limit {state['limit']}"
    for name in ("slots", "waiting"):
        yield f"# TYPE fabric_odoo_{name} gauge"
        for share, count in state[name].items():
            yield f'fabric_odoo_{name}{{share="{share}"}} {count}'
