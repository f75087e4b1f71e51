"""The gateway's admin routes on a real ledger: nothing without a key, and what each does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from starlette.testclient import TestClient

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.gateway import GatewayOptions, build_app
from tests.unit.gateway_intake import BODY, SECRET, shopify_headers

KEY, OLD_KEY = "k" * 32, "o" * 32
ROUTES = [("POST", "list"), ("POST", "replay"), ("POST", "discard"), ("GET", str(UUID(int=7)))]


@pytest.fixture(scope="module")
def client(postgres_dsn: str) -> Iterator[TestClient]:
    options = GatewayOptions.of(postgres_dsn, {"shopify": [SECRET]}, admin_keys=[KEY, OLD_KEY])
    with TestClient(build_app(options)) as client:
        yield client


@pytest.fixture
def event(client: TestClient) -> Iterator[str]:
    """The id of an event that was taken in."""
    event = uuid4().hex
    answer = client.post("/hooks/shopify", content=BODY, headers=shopify_headers(BODY, event))
    assert answer.status_code == 202
    yield event
    ask(client, "discard", grep=event, states=["pending"])


def ask(client: TestClient, verb: str, key: str = KEY, **asked: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {key}", "X-Odoo-User": "admin"}
    return client.post(f"/admin/deliveries/{verb}", json=asked, headers=headers)


def rows(client: TestClient, **asked: Any) -> list[dict[str, Any]]:
    answer = ask(client, "list", **asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    "given",
    [None, "", "Bearer", "Bearer ", f"Bearer {KEY}x", f"Bearer {KEY[1:]}", f"Basic {KEY}", KEY],
)
def test_nothing_without_the_key(
    client: TestClient, method: str, path: str, given: str | None
) -> None:
    headers = {} if given is None else {"Authorization": given}
    answer = client.request(method, f"/admin/deliveries/{path}", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "wrong_key"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_closed_while_there_is_no_key(postgres_dsn: str, method: str, path: str) -> None:
    with TestClient(build_app(GatewayOptions.of(postgres_dsn, {}))) as client:
        for given in ("Bearer ", f"Bearer {KEY}"):
            answer = client.request(
                method, f"/admin/deliveries/{path}", headers={"Authorization": given}
            )
            assert answer.status_code == 401
            assert "FABRIC_GATEWAY_ADMIN_KEYS" in answer.json()["error"]["message"]


@pytest.mark.parametrize("key", ["", "short", "é" * 30])
def test_keys_that_could_be_guessed(key: str) -> None:
    with pytest.raises(ConfigurationError, match="FABRIC_GATEWAY_ADMIN_KEYS"):
        GatewayOptions.of("", {}, admin_keys=[KEY, key])


def test_an_old_key_opens_while_keys_are_changed(client: TestClient) -> None:
    assert ask(client, "list", OLD_KEY).status_code == 200


def test_list_show_discard_replay(client: TestClient, event: str) -> None:
    (row,) = rows(client, grep=event)
    assert (row["source"], row["state"]) == ("shopify", "pending")
    assert "body" not in row
    headers = {"Authorization": f"Bearer {KEY}"}
    shown = client.get(f"/admin/deliveries/{row['uuid']}", headers=headers)
    assert shown.headers["Cache-Control"] == "no-store"
    assert (shown.json()["body"], shown.json()["body_encoding"]) == (BODY.decode(), "utf-8")
    assert shown.json()["headers"]["x-shopify-topic"] == "orders/create"
    assert "x-shopify-hmac-sha256" not in shown.json()["headers"]

    discarded = ask(client, "discard", uuids=[row["uuid"]], reason="Not wanted")
    assert discarded.json() == {"uuids": [row["uuid"]]}
    (row,) = rows(client, grep=event)
    assert (row["state"], row["error"]) == ("cancelled", "Not wanted")
    # Only dead ones, unless something else is named.
    assert ask(client, "replay", grep=event).json() == {"uuids": []}
    assert ask(client, "replay", uuids=[row["uuid"]]).json() == {"uuids": [row["uuid"]]}
    assert ask(client, "replay", uuids=[row["uuid"]]).json() == {"uuids": []}
    assert rows(client, grep=event)[0]["state"] == "pending"


def test_conditions(client: TestClient, event: str) -> None:
    now = datetime.now(UTC).isoformat()
    assert rows(client, grep=event, sources=["shopify"], states=["pending"])
    assert not rows(client, grep=event, sources=["stripe"])
    assert not rows(client, grep=event, states=["dead"])
    assert not rows(client, grep=event, since=now)
    assert len(rows(client, limit=1)) == 1
    assert not rows(client, grep="%", sources=["shop\0ify"])
    assert not rows(client, grep="no\0such")


@pytest.mark.parametrize(
    "asked",
    [
        {"uuids": ["x"]},
        {"states": ["gone"]},
        {"since": "yesterday"},
        {"since": "2026-01-01T00:00:00"},
        {"limit": 0},
        {"limit": 501},
        {"limit": "many"},
        {"unknown": 1},
        {"grep": "x" * 501},
        {"uuids": [str(uuid4())] * 501},
    ],
)
def test_what_cannot_be_asked(client: TestClient, asked: dict[str, Any]) -> None:
    answer = ask(client, "list", **asked)
    assert answer.status_code == 400
    assert next(iter(asked)) in answer.json()["error"]["message"]


def test_no_json_too_much_and_no_such_delivery(client: TestClient) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    path = "/admin/deliveries"
    assert client.post(f"{path}/list", content=b"{", headers=headers).status_code == 400
    assert client.post(f"{path}/list", content=b" " * 70_000, headers=headers).status_code == 413
    assert client.get(f"{path}/{uuid4()}", headers=headers).status_code == 404
    assert client.get(f"{path}/x", headers=headers).status_code == 404
    assert client.get(f"{path}/list", headers=headers).status_code == 405


def test_a_ledger_that_is_away_is_503() -> None:
    options = GatewayOptions.of("postgresql://127.0.0.1:1/x", {}, admin_keys=[KEY])
    with TestClient(build_app(options)) as client:
        answer = ask(client, "list")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
