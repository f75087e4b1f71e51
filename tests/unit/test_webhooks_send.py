"""What follows from a receiver's answers."""

from __future__ import annotations

from typing import Any, cast

import pytest

from odoo_bridge.errors import AddressRefused, ReceiverFailed, ReceiverGone
from odoo_bridge.job import Envelope, Json
from odoo_bridge.receivers import Answer, Receivers
from odoo_bridge.rpc.addon import Addon
from odoo_bridge.rpc.webhook import OutboundWebhook
from tasks.job import Job
from tasks.registry import find
from tasks.webhooks.send import Sending, send

EVENT = {"event": "order.confirmed", "id": "e-1", "at": "2026-11-22T12:00:00Z", "webhook": 7}
REQUEST = {"url": "https://x.example/", "headers": {"webhook-id": "e-1"}, "body": "{}"}


class Answers:
    """The addon's two calls."""

    def __init__(self, failing: bool, *, off: bool) -> None:
        self.request: Json = {"off": True} if off else {**REQUEST, "failing": failing}
        self.told: list[int] = []

    def ask_again(self, method: str, request: Json) -> Json:
        if method == "fabric_webhook_answered":
            self.told.append(request["status"])
            return {}
        return self.request


class Receiver(Receivers):
    def __init__(self, answer: Answer | Exception) -> None:
        object.__setattr__(self, "answer", answer)

    def post(self, url: str, headers: Any, body: bytes) -> Answer:
        assert (url, headers, body) == ("https://x.example/", {"webhook-id": "e-1"}, b"{}")
        answer: Answer | Exception = self.answer  # type: ignore[attr-defined]
        if isinstance(answer, Exception):
            raise answer
        return answer


def attempt(
    answer: Answer | Exception, failing: bool = False, *, off: bool = False
) -> tuple[list[int], Any]:
    """What Odoo was told, and how the attempt ended."""
    addon = Answers(failing, off=off)

    class Odoo(dict[str, Any]):
        webhook = OutboundWebhook(cast(Addon, addon), {})

    job = Job(Envelope("u", 1, "webhooks.send", "outbound"), Odoo(), receivers=Receiver(answer))
    try:
        return addon.told, send(job, Sending.model_validate(EVENT))
    except Exception as error:
        return addon.told, error


@pytest.mark.parametrize("status", [200, 202, 204])
def test_what_was_taken_is_told_only_where_it_had_failed(status: int) -> None:
    assert attempt(Answer(status, "")) == ([], {"status": status})
    assert attempt(Answer(status, ""), failing=True) == ([status], {"status": status})


@pytest.mark.parametrize("status", [301, 400, 401, 404, 429, 500, 503])
def test_every_other_answer_is_tried_again(status: int) -> None:
    told, error = attempt(Answer(status, ""))
    assert told == [status]
    assert isinstance(error, ReceiverFailed)
    assert str(status) in str(error)
    policy = find("webhooks.send").retry
    assert 0 <= (policy.retry_in(1, error, 16) or 0) <= 10
    assert policy.retry_in(16, error, 16) is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_retry_after_is_honoured(status: int) -> None:
    _told, error = attempt(Answer(status, "120"))
    assert find("webhooks.send").retry.retry_in(1, error, 16) == 120


def test_gone_is_for_good() -> None:
    told, error = attempt(Answer(410, ""))
    assert told == [410]
    assert isinstance(error, ReceiverGone)
    assert find("webhooks.send").retry.retry_in(1, error, 16) is None


def test_no_answer_and_no_address() -> None:
    for raised in (ReceiverFailed("time-out"), AddressRefused("loopback")):
        assert attempt(raised) == ([0], raised)
    assert find("webhooks.send").retry.retry_in(1, AddressRefused("loopback"), 16) is None


def test_what_nobody_wants_any_more_is_not_sent() -> None:
    told, error = attempt(AssertionError("posted"), off=True)
    assert told == []
    assert isinstance(error, ReceiverGone)


def test_tries_go_on_for_about_a_day() -> None:
    policy = find("webhooks.send").retry
    ceilings = [min(policy.longest, policy.first * 2 ** (n - 1)) for n in range(1, 16)]
    assert 18 <= sum(ceilings) / 2 / 3600 <= 30
