"""What the addon answers when it is of another version: an error, and never a stuck job."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from odoo_bridge.errors import AnswerMalformed
from odoo_bridge.job import Envelope, Outcome, State
from odoo_bridge.rpc.addon import Addon
from odoo_bridge.rpc.client import Client
from odoo_bridge.writeback import OdooWriteBack


class Answering:
    """A client whose every call is answered so."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def execute_kw(self, _model: str, _method: str, _args: list[Any]) -> object:
        return self.answer


DONE = {"accepted": True, "state": "done"}


@pytest.mark.parametrize(
    "answer",
    [
        "no JSON",
        "",
        None,
        7,
        "[]",
        '"done"',
        "{}",
        json.dumps({"verdicts": None}),
        json.dumps({"verdicts": []}),
        json.dumps({"verdicts": [DONE, DONE]}),
        json.dumps({"verdicts": ["done"]}),
        json.dumps({"verdicts": [{"accepted": True}]}),
        json.dumps({"verdicts": [{"accepted": True, "state": "finished"}]}),
    ],
)
def test_an_answer_in_another_form_says_to_upgrade(answer: object) -> None:
    keeper = OdooWriteBack(Addon(cast(Client, Answering(answer))))
    outcome = Outcome(Envelope("u1", 1, "test", "default"), State.DONE)
    with pytest.raises(AnswerMalformed, match="protocol 1"):
        keeper.commit([outcome])


def test_an_answer_in_the_protocols_form_is_a_verdict() -> None:
    keeper = OdooWriteBack(Addon(cast(Client, Answering(json.dumps({"verdicts": [DONE]})))))
    (verdict,) = keeper.commit([Outcome(Envelope("u1", 1, "test", "default"), State.DONE)])
    assert (verdict.accepted, verdict.state) == (True, State.DONE)
