from __future__ import annotations

from typing import Any

import pytest

from odoo_bridge.errors import InvalidParams
from odoo_bridge.job import Envelope, Operation
from tasks.job import Job
from tasks.records import CallParams, call
from tasks.registry import find


def run(**params: Any) -> tuple[Any, list[Operation]]:
    job = Job(Envelope("u-1", 1, "records.call", "default", user_id=6), {})
    return call(job, CallParams(**params)), job.operations


def test_collects_the_call() -> None:
    result, operations = run(
        model="sale.order", ids=[3, 4], method="message_post", kwargs={"body": "late"}
    )
    assert result == {"model": "sale.order", "method": "message_post", "records": 2}
    assert operations == [
        Operation(
            "call",
            {
                "model": "sale.order",
                "ids": [3, 4],
                "method": "message_post",
                "args": [],
                "kwargs": {"body": "late"},
            },
        )
    ]


def test_a_method_may_itself_take_a_model() -> None:
    _result, [operation] = run(model="x.y", method="find", kwargs={"model": "a", "ids": [1]})
    assert operation.args["model"] == "x.y"
    assert operation.args["kwargs"] == {"model": "a", "ids": [1]}


@pytest.mark.parametrize("method", ["_write", "__init__", "", "a.b", "action confirm"])
def test_only_public_methods(method: str) -> None:
    with pytest.raises(InvalidParams, match=r"records\.call: method"):
        find("records.call").check({"model": "sale.order", "method": method})


@pytest.mark.parametrize("model", ["", "Sale Order", "sale..order", "sale.order;"])
def test_only_model_names(model: str) -> None:
    with pytest.raises(InvalidParams, match=r"records\.call: model"):
        find("records.call").check({"model": model, "method": "action_confirm"})
