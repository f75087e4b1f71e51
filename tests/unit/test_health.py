"""What a container's health check says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from odoo_bridge.errors import BrokerUnavailable, ConfigurationError
from workers.health import CHECKS, Unhealthy, check
from workers.settings import Settings


class Answer(BaseHTTPRequestHandler):
    """Healthy for Flower's path, not ready for the gateway's."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthcheck" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def closed_port() -> int:
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        return server.server_port


def test_a_server_that_answers_200_is_healthy(port: int) -> None:
    check("flower", Settings(flower_port=port))


def test_a_server_that_is_not_ready_is_unhealthy(port: int) -> None:
    with pytest.raises(Unhealthy, match="/readyz answers 503"):
        check("gateway", Settings(gateway_port=port))


def test_a_server_that_is_away_is_unhealthy(closed_port: int) -> None:
    with pytest.raises(Unhealthy, match="does not answer"):
        check("gateway", Settings(gateway_port=closed_port))


@pytest.mark.parametrize("role", ["relay", "beat", "worker"])
def test_who_needs_the_broker_is_unhealthy_without_it(role: str, closed_port: int) -> None:
    with pytest.raises(BrokerUnavailable):
        check(role, Settings(broker_url=f"redis://127.0.0.1:{closed_port}/0"))


def test_an_unknown_role_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=f"no role 'x'; known: {', '.join(CHECKS)}"):
        check("x", Settings())
