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
from tests.unit.gateway_intake import SECRET, MemoryIntake

schema = schemathesis.openapi.from_dict(OPENAPI)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = build_app(GatewayOptions.of("", {"shopify": [SECRET]}), MemoryIntake())
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
    case.call_and_validate(base_url=address)


def test_the_description_is_published(address: str) -> None:
    answer = urllib3.request("GET", f"{address}/openapi.json")
    assert answer.json() == OPENAPI
