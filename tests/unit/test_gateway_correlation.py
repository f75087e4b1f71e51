"""Where the correlation id comes from."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from odoo_bridge.gateway.correlation import correlation_id
from tests.unit.gateway_intake import MemoryIntake, gateway

# The example of W3C Trace Context.
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def test_a_sane_one_is_kept() -> None:
    assert correlation_id(Headers({"x-correlation-id": "order-1:a.b_c"})) == "order-1:a.b_c"


def test_a_trace_gives_its_id() -> None:
    assert correlation_id(Headers({"traceparent": TRACEPARENT})) == TRACE


def test_the_senders_own_comes_before_its_trace() -> None:
    headers = Headers({"x-correlation-id": "mine", "traceparent": TRACEPARENT})
    assert correlation_id(headers) == "mine"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "a\nb", "é", "<script>", "a\x00"])
def test_one_that_is_unfit_for_a_log_line_is_replaced(given: str) -> None:
    made = correlation_id(Headers({"x-correlation-id": given}))
    assert made != given
    assert len(made) == 32


@pytest.mark.parametrize(
    "given",
    [
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        f"00-{TRACE}-" + "0" * 16 + "-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
        TRACE,
    ],
)
def test_an_invalid_trace_is_not_used(given: str) -> None:
    assert correlation_id(Headers({"traceparent": given})) != TRACE


def test_every_answer_carries_it_also_a_refusal() -> None:
    with gateway(MemoryIntake()) as client:
        answer = client.get("/nowhere", headers={"X-Correlation-Id": "abc"})
    assert answer.status_code == 404
    assert answer.headers["x-correlation-id"] == "abc"
