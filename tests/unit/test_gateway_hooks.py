"""``POST /hooks/{source}``: what is accepted, and what each refusal says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.unit.gateway_intake import (
    BODY,
    OLD_SECRET,
    MemoryIntake,
    gateway,
    shopify_headers,
)


@pytest.fixture
def intake() -> MemoryIntake:
    return MemoryIntake()


@pytest.fixture
def client(intake: MemoryIntake) -> Iterator[TestClient]:
    with gateway(intake) as client:
        yield client


def test_a_signed_delivery_is_stored_and_then_answered(
    client: TestClient, intake: MemoryIntake
) -> None:
    answer = client.post("/hooks/shopify", content=BODY, headers=shopify_headers(BODY))
    (delivery,) = intake.kept.values()
    assert answer.status_code == 202
    assert answer.json() == {"id": delivery.uuid, "correlation_id": delivery.correlation_id}
    assert answer.headers["x-correlation-id"] == delivery.correlation_id
    assert (delivery.source, delivery.event_id) == ("shopify", "orders/create:e-1")
    assert delivery.body == BODY
    assert delivery.headers == {
        "content-type": "application/json",
        "x-shopify-topic": "orders/create",
        "x-shopify-event-id": "e-1",
    }


def test_the_same_event_again_gets_the_first_ones_id(client: TestClient) -> None:
    first = client.post("/hooks/shopify", content=BODY, headers=shopify_headers(BODY))
    again = client.post("/hooks/shopify", content=BODY, headers=shopify_headers(BODY))
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()


def test_one_event_of_two_topics_is_two_deliveries(client: TestClient) -> None:
    headers = shopify_headers(BODY)
    client.post("/hooks/shopify", content=BODY, headers=headers)
    other = {**headers, "X-Shopify-Topic": "orders/paid"}
    assert client.post("/hooks/shopify", content=BODY, headers=other).status_code == 202


def test_the_secret_that_is_being_rotated_out_still_counts(client: TestClient) -> None:
    headers = shopify_headers(BODY, secret=OLD_SECRET)
    assert client.post("/hooks/shopify", content=BODY, headers=headers).status_code == 202


@pytest.mark.parametrize("made_up", ["", "AAAA", "é", "\x80" * 44, "A" * 43 + "="])
def test_a_wrong_signature_is_401_and_nothing_is_kept(
    client: TestClient, intake: MemoryIntake, made_up: str
) -> None:
    headers = {**shopify_headers(BODY), "X-Shopify-Hmac-Sha256": made_up}
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = client.post("/hooks/shopify", content=BODY, headers=raw)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_signature"
    assert intake.kept == {}


def test_a_missing_signature_is_401(client: TestClient) -> None:
    assert client.post("/hooks/shopify", content=BODY).status_code == 401


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\x00", b'"\xff"', b"a=1&b=2", b"[" * 3000 + b"]" * 3000, b"NaN"],
    ids=["empty", "cut off", "NUL", "not UTF-8", "a form", "too deep", "NaN"],
)
def test_what_is_not_json_is_400(client: TestClient, body: bytes) -> None:
    answer = client.post("/hooks/shopify", content=body, headers=shopify_headers(body))
    assert answer.status_code == 400
    assert "not JSON" in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", ["X-Shopify-Event-Id", "X-Shopify-Topic"])
@pytest.mark.parametrize("value", ["", "a b", "x" * 201, "é"])
def test_an_event_that_cannot_be_told_apart_is_400(
    client: TestClient, name: str, value: str
) -> None:
    headers = {**shopify_headers(BODY), name: value}
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = client.post("/hooks/shopify", content=BODY, headers=raw)
    assert answer.status_code == 400
    assert name.lower() in answer.json()["error"]["message"]


def test_an_unknown_source_is_404(client: TestClient) -> None:
    answer = client.post("/hooks/acme", content=BODY, headers=shopify_headers(BODY))
    assert answer.status_code == 404
    assert "declare" in answer.json()["error"]["message"]


def test_another_method_is_405(client: TestClient) -> None:
    answer = client.get("/hooks/shopify")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert answer.json()["error"]["code"] == "method_not_allowed"


def test_too_large_is_413_by_its_content_length(client: TestClient, intake: MemoryIntake) -> None:
    body = b'"' + b"x" * 10_000 + b'"'
    answer = client.post("/hooks/shopify", content=body, headers=shopify_headers(body))
    assert answer.status_code == 413
    assert intake.kept == {}


def test_too_large_is_413_when_it_only_shows_while_streaming(client: TestClient) -> None:
    chunks = (b"x" * 1000 for _ in range(11))
    answer = client.post("/hooks/shopify", content=chunks)
    assert "content-length" not in answer.request.headers
    assert answer.status_code == 413


def test_the_largest_body_is_accepted(client: TestClient) -> None:
    body = b'"' + b"x" * 9_998 + b'"'
    answer = client.post("/hooks/shopify", content=body, headers=shopify_headers(body))
    assert answer.status_code == 202


def test_a_ledger_that_is_away_is_503_and_says_when_to_come_back(
    client: TestClient, intake: MemoryIntake
) -> None:
    intake.away = True
    answer = client.post("/hooks/shopify", content=BODY, headers=shopify_headers(BODY))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["error"]["code"] == "ledger_unavailable"
    intake.away = False
    again = client.post("/hooks/shopify", content=BODY, headers=shopify_headers(BODY))
    assert again.status_code == 202


def test_ready_follows_the_ledger_and_healthy_does_not(
    client: TestClient, intake: MemoryIntake
) -> None:
    assert client.get("/readyz").status_code == 200
    intake.away = True
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize("declared", ["10001", "9" * 5000])
def test_a_declared_length_is_believed_before_any_byte_is_read(
    client: TestClient, declared: str
) -> None:
    answer = client.post("/hooks/shopify", content=b"{}", headers={"Content-Length": declared})
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "body_too_large"
