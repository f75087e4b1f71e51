"""Tasks that subscribe to events, and that the addon and the worker mean the same by one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import odoo_bridge
from odoo_bridge.errors import ConfigurationError
from tasks import Event, Job, registry
from tasks.registry import find, task

ADDON = Path(odoo_bridge.__file__).parent / "addons/celery_bridge/fabric/events.py"


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "_registry", dict(registry._registry))
    return


def announce(job: Job, event: Event) -> None:
    """Announce."""


def test_a_task_says_which_events_it_wants() -> None:
    task("test.announce", events=("order.confirmed", "shipment.*", "*"))(announce)
    assert find("test.announce").events == ("order.confirmed", "shipment.*", "*")


@pytest.mark.parametrize("events", ["order.confirmed", ("Order",), ("a..b",), ("order.",), ("**",)])
def test_what_is_no_pattern_is_a_mistake_of_the_code(events: Any) -> None:
    with pytest.raises(ConfigurationError, match="events are a tuple of names"):
        task("test.announce", events=events)(announce)


def test_the_addon_knows_the_same_patterns() -> None:
    assert f're.compile(r"{registry._EVENT.pattern}")' in ADDON.read_text()


def test_what_the_addon_stores_is_an_event() -> None:
    records = SimpleNamespace(_name="sale.order", ids=[7])
    stored = _params_of()("order.confirmed", {"total": 5}, records, "u-1", "2026-11-22T07:00:00Z")
    event = Event.model_validate(stored)
    assert (event.model, event.ids, event.payload) == ("sale.order", [7], {"total": 5})
    assert set(stored) == set(Event.model_fields)
    nothing = _params_of()("order.confirmed", {}, None, "u-1", "2026-11-22T07:00:00Z")
    assert Event.model_validate(nothing).model is None


def _params_of() -> Callable[..., dict[str, Any]]:
    """The addon's function, out of a module that only Odoo can import."""
    (function,) = (
        each
        for each in ast.parse(ADDON.read_text()).body
        if isinstance(each, ast.FunctionDef) and each.name == "params_of"
    )
    namespace: dict[str, Any] = {}
    exec(compile(ast.Module([function], []), str(ADDON), "exec"), namespace)  # noqa: S102 - our own source
    found: Callable[..., dict[str, Any]] = namespace["params_of"]
    return found
