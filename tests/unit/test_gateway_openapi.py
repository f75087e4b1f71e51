"""The gateway, tried by its own OpenAPI description through a real server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
import schemathesis
import urllib3
import uvicorn
from hypothesis import HealthCheck, settings

from odoo_bridge.gateway import GatewayOptions, build_app
from odoo_bridge.gateway.openapi import OPENAPI
from odoo_bridge.job import Json
from tests.unit.gateway_intake import SECRET, MemoryIntake

KEY = "c" * 32
schema = schemathesis.openapi.from_dict(OPENAPI)


def priced(asked: Json) -> Json:
    """Every fourth pricelist is gone."""
    if not asked["pricelist_id"] % 4:
        return {"error": "missing", "message": "gone"}
    prices = [[each, 9.99] for each in asked["product_ids"]]
    return {"currency": "EUR", "date": asked.get("date"), "prices": prices}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    options = GatewayOptions.of(
        "",
        {"shopify": [SECRET]},
        catalog_keys=[KEY],
        ask_prices=lambda asked: [priced(each) for each in asked],
    )
    app = build_app(options, MemoryIntake())
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@schema.parametrize()
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(case: Any, address: str) -> None:
    headers = {"Authorization": f"Bearer {KEY}"} if "catalog" in case.path else {}
    case.call_and_validate(base_url=address, headers=headers)


def test_the_description_is_published(address: str) -> None:
    answer = urllib3.request("GET", f"{address}/openapi.json")
    assert answer.json() == OPENAPI
