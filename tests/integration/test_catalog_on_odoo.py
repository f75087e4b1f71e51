"""``/v1/catalog/prices`` on a real Odoo, with the rights of the catalog's user there."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from odoo_bridge.gateway import GatewayOptions, build_app
from tests.integration.bulk_jobs import Jobs
from tests.unit.gateway_intake import MemoryIntake
from workers import runtime
from workers.budget import budget
from workers.embedded.instance import DevOdoo
from workers.gateway import ask_prices
from workers.settings import Settings

KEY = "c" * 32
SOURCE = "catalog-test"


@pytest.fixture(scope="module")
def jobs(odoo: DevOdoo) -> Jobs:
    return Jobs(odoo)


@pytest.fixture(scope="module")
def pricelist(jobs: Jobs) -> int:
    item = {"compute_price": "percentage", "percent_price": 12.5}
    later = {**item, "percent_price": 50, "min_quantity": 1, "date_start": "2998-01-01 12:00:00"}
    values = {"name": "Catalog", "item_ids": [[0, 0, item], [0, 0, later]]}
    [pricelist] = jobs.call("product.pricelist", "create", [values])
    return int(pricelist)


def configure(monkeypatch: pytest.MonkeyPatch, odoo: DevOdoo) -> None:
    """This process as a gateway's for that Odoo."""
    config = Settings(
        odoo_url=odoo.url,
        odoo_database=odoo.database,
        odoo_login=odoo.login,
        odoo_api_key=odoo.api_key,
    )
    for place in ("workers.runtime", "workers.budget"):
        monkeypatch.setattr(f"{place}.settings", lambda: config)


@pytest.fixture
def catalog(odoo: DevOdoo, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    [user] = jobs.find("res.users", [["login", "=", odoo.admin_login]], "id")
    values = {"name": SOURCE, "user_id": user["id"]}
    [source] = jobs.call("celery.source", "create", [values])
    configure(monkeypatch, odoo)
    yield from gateway()
    jobs.call("celery.source", "unlink", [source])


def gateway() -> Iterator[TestClient]:
    forget()
    options = GatewayOptions.of("", {}, catalog_keys=[KEY], ask_prices=partial(ask_prices, SOURCE))
    with TestClient(build_app(options, MemoryIntake())) as client:
        yield client
    forget()


def forget() -> None:
    for cached in (budget, runtime.reader, runtime._client):
        cached.cache_clear()


def get(client: TestClient, **query: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {KEY}"}
    return client.get("/v1/catalog/prices", params=query, headers=headers)


def test_prices_are_odoos(catalog: TestClient, jobs: Jobs, pricelist: int) -> None:
    products = [row["id"] for row in jobs.find("product.product", [["sale_ok", "=", True]], "id")]
    answer = get(catalog, pricelist=pricelist, product=products[:20], quantity=3)
    assert answer.status_code == 200, answer.text
    pairs = [[product, 3] for product in products[:20]]
    theirs = jobs.call("celery.price", "reference_prices", pricelist, pairs)
    assert [each["price"] for each in answer.json()["prices"]] == theirs
    assert any(theirs)
    assert answer.json()["currency"] == "USD"
    answer = get(catalog, pricelist=pricelist, product=products[:20], quantity=3, date="2998-01-02")
    assert answer.status_code == 200, answer.text
    theirs = jobs.call("celery.price", "reference_prices", pricelist, pairs, ["2998-01-02", "UTC"])
    assert [each["price"] for each in answer.json()["prices"]] == theirs
    assert answer.json()["date"] == "2998-01-02"


def test_what_is_not_there_is_named_and_nothing_else_suffers(
    catalog: TestClient, jobs: Jobs, pricelist: int
) -> None:
    [product] = jobs.find("product.product", [["sale_ok", "=", True]], "id")[:1]
    asked = [
        {"pricelist": pricelist, "product": product["id"]},
        {"pricelist": 10**9, "product": product["id"]},
        {"pricelist": pricelist, "product": [product["id"], 10**9]},
    ]
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda query: get(catalog, **query), asked * 4))
    assert [answer.status_code for answer in answers] == [200, 404, 404] * 4


def test_the_catalogs_user_may_not(catalog: TestClient, jobs: Jobs, pricelist: int) -> None:
    [group] = jobs.find(
        "ir.model.data", [["module", "=", "base"], ["name", "=", "group_portal"]], "res_id"
    )
    values = {"name": "Portal", "login": "catalog.portal", "group_ids": [[6, 0, [group["res_id"]]]]}
    [user] = jobs.call("res.users", "create", [values])
    [source] = jobs.find("celery.source", [["name", "=", SOURCE]], "id")
    jobs.call("celery.source", "write", [source["id"]], {"user_id": user})
    answer = get(catalog, pricelist=pricelist, product=1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")


def test_odoo_is_away(odoo: DevOdoo, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, replace(odoo, url="http://127.0.0.1:9"))
    for client in gateway():
        answer = get(client, pricelist=1, product=1)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["error"]["code"] == "odoo_unavailable"


def test_nobody_is_set_up_to_answer(
    odoo: DevOdoo, pricelist: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, odoo)
    for client in gateway():
        answer = get(client, pricelist=pricelist, product=1)
        assert answer.status_code == 403
        assert SOURCE in answer.json()["error"]["message"]
