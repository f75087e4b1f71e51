"""``/v1/catalog/prices`` in front of an Odoo that answers as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from threading import Event
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from odoo_bridge.errors import (
    AccessRefused,
    AppliedUnknown,
    ConfigurationError,
    FabricError,
    OdooUnavailable,
)
from odoo_bridge.gateway import GatewayOptions, build_app
from odoo_bridge.gateway.together import LARGEST, Together
from odoo_bridge.job import Json
from tests.unit.gateway_intake import MemoryIntake

KEY, ADMIN_KEY = "c" * 32, "a" * 32


class Odoo:
    """Prices are the product's id times the quantity."""

    def __init__(self) -> None:
        self.calls: list[Sequence[Json]] = []
        self.error: FabricError | None = None
        self.answer: Json | None = None

    def ask(self, asked: Sequence[Json]) -> list[Json]:
        self.calls.append(asked)
        if self.error:
            raise self.error
        return [self.answer or self._priced(each) for each in asked]

    @staticmethod
    def _priced(asked: Json) -> Json:
        prices = [[product, product * asked["quantity"]] for product in asked["product_ids"]]
        return {"currency": "EUR", "date": asked.get("date"), "prices": prices}


@pytest.fixture
def odoo() -> Odoo:
    return Odoo()


def client(odoo: Odoo | None, keys: Sequence[str] = (KEY,)) -> TestClient:
    options = GatewayOptions.of(
        "", {}, catalog_keys=keys, admin_keys=[ADMIN_KEY], ask_prices=odoo.ask if odoo else None
    )
    return TestClient(build_app(options, MemoryIntake()))


def get(odoo: Odoo | None, query: str, key: str = KEY, **headers: str) -> httpx2.Response:
    given = {"Authorization": f"Bearer {key}", **headers}
    return client(odoo).get(f"/v1/catalog/prices?{query}", headers=given)


def test_prices(odoo: Odoo) -> None:
    answer = get(odoo, "pricelist=3&product=7&product=8&product=7&quantity=2.5")
    assert answer.status_code == 200
    assert answer.json() == {
        "pricelist": 3,
        "currency": "EUR",
        "quantity": 2.5,
        "prices": [{"product": 7, "price": 17.5}, {"product": 8, "price": 20.0}],
    }
    assert answer.headers["cache-control"] == "no-store"


def test_prices_of_a_day(odoo: Odoo) -> None:
    answer = get(odoo, "pricelist=3&product=7&date=2026-11-27")
    assert answer.status_code == 200
    assert answer.json()["date"] == "2026-11-27"
    assert odoo.calls[0][0]["date"] == "2026-11-27"


def test_an_addon_that_knows_no_days_gives_no_price_of_another(odoo: Odoo) -> None:
    odoo.answer = {"currency": "EUR", "prices": [[7, 1.0]]}
    answer = get(odoo, "pricelist=3&product=7&date=2026-11-27")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "no_price")
    assert "upgrade" in answer.json()["error"]["message"]


def test_the_correlation_id_goes_along(odoo: Odoo) -> None:
    answer = get(odoo, "pricelist=3&product=7", **{"X-Correlation-Id": "shop-1"})
    assert answer.headers["x-correlation-id"] == "shop-1"
    assert odoo.calls[0][0]["correlation_id"] == "shop-1"


@pytest.mark.parametrize("key", ["", "wrong", ADMIN_KEY, f"{KEY}x"])
def test_nothing_without_the_key(odoo: Odoo, key: str) -> None:
    answer = get(odoo, "pricelist=3&product=7", key=key)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "wrong_key"
    assert "FABRIC_GATEWAY_CATALOG_KEYS" in answer.json()["error"]["message"]
    assert not odoo.calls


def test_closed_without_keys(odoo: Odoo) -> None:
    answer = client(odoo, ()).get(
        "/v1/catalog/prices?pricelist=1&product=1", headers={"Authorization": "Bearer "}
    )
    assert answer.status_code == 401
    with pytest.raises(ConfigurationError, match="CATALOG"):
        client(odoo, ["short"])


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", "pricelist"),
        ("pricelist=3", "product"),
        ("pricelist=x&product=7", "pricelist"),
        ("pricelist=3&pricelist=4&product=7", "pricelist"),
        ("pricelist=0&product=7", "pricelist"),
        ("pricelist=3&product=7&product=", "product.1"),
        (f"pricelist=3&product={2**31}", "product.0"),
        ("pricelist=3&" + "product=7&" * 201, "product"),
        ("pricelist=3&product=7&quantity=0", "quantity"),
        ("pricelist=3&product=7&quantity=nan", "quantity"),
        ("pricelist=3&product=7&quantity=1e300", "quantity"),
        ("pricelist=3&product=7&user=1", "user"),
        ("pricelist=3&product=7&date=tomorrow", "date"),
        ("pricelist=3&product=7&date=86400", "date"),
        ("pricelist=3&product=7&date=2026-02-30", "date"),
        ("pricelist=3&product=7&date=2026-11-27&date=2026-11-28", "date"),
    ],
)
def test_bad_input_is_named(odoo: Odoo, query: str, named: str) -> None:
    answer = get(odoo, query)
    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]
    assert not odoo.calls


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("missing", 404, "not_found"), ("access", 403, "not_allowed"), ("failed", 422, "no_price")],
)
def test_what_odoo_says_of_one(odoo: Odoo, kind: str, status: int, code: str) -> None:
    odoo.answer = {"error": kind, "message": "because"}
    answer = get(odoo, "pricelist=3&product=7")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["message"] == "because"


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (OdooUnavailable("down", retry_in=2.2), "3"),
        (OdooUnavailable("down"), "5"),
        (AppliedUnknown("slow"), "5"),
        (ConfigurationError("no key"), "5"),
    ],
)
def test_odoo_is_away(odoo: Odoo, error: FabricError, seconds: str) -> None:
    odoo.error = error
    answer = get(odoo, "pricelist=3&product=7")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == seconds
    assert answer.json()["error"]["code"] == "odoo_unavailable"


def test_a_catalog_without_its_user(odoo: Odoo) -> None:
    odoo.error = AccessRefused("No source of deliveries is named catalog.")
    answer = get(odoo, "pricelist=3&product=7")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")


def test_a_gateway_without_odoo() -> None:
    assert get(None, "pricelist=3&product=7").status_code == 503


def test_what_comes_together_goes_together() -> None:
    first, go = Event(), Event()
    calls: list[int] = []

    def ask(asked: Sequence[Json]) -> list[Json]:
        calls.append(len(asked))
        first.set()
        go.wait(10)
        return [{"echo": each["n"]} for each in asked]

    async def all_of_them() -> list[Any]:
        desk = Together(ask)
        waiting = [asyncio.create_task(desk.answer({"n": n})) for n in range(2 * LARGEST + 2)]
        await asyncio.to_thread(first.wait, 10)
        go.set()
        return await asyncio.gather(*waiting)

    answers = asyncio.run(all_of_them())
    assert [answer["echo"] for answer in answers] == list(range(2 * LARGEST + 2))
    assert sum(calls) == 2 * LARGEST + 2
    assert len(calls) <= 4
    assert max(calls) <= LARGEST


def test_who_has_gone_is_not_asked_for() -> None:
    go = Event()
    asked: list[int] = []

    def ask(batch: Sequence[Json]) -> list[Json]:
        asked.extend(each["n"] for each in batch)
        go.wait(10)
        return [{} for _ in batch]

    async def run() -> None:
        desk = Together(ask)
        busy = [asyncio.create_task(desk.answer({"n": n})) for n in range(2)]
        await asyncio.sleep(0)
        gone = asyncio.create_task(desk.answer({"n": 99}))
        await asyncio.sleep(0)
        gone.cancel()
        go.set()
        await asyncio.gather(*busy)

    asyncio.run(run())
    assert 99 not in asked
