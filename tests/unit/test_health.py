"""What a container's health check says."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from odoo_bridge.errors import BrokerUnavailable, ConfigurationError
from workers.health import CHECKS, Unhealthy, check, relay_claims
from workers.settings import Settings, settings


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


@pytest.fixture
def sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FABRIC_STATE_DIR", str(tmp_path))
    settings.cache_clear()
    yield tmp_path / "relay.claims"
    settings.cache_clear()


def test_a_relay_is_healthy_while_it_claims(sign: Path) -> None:
    with_broker = Settings(broker_url="memory://")
    with pytest.raises(Unhealthy, match="has claimed nothing for 30 s"):
        check("relay", with_broker)
    sign.touch()
    check("relay", with_broker)
    os.utime(sign, (0, time.time() - 31))
    with pytest.raises(Unhealthy, match="has claimed nothing for 30 s"):
        check("relay", with_broker)


def test_a_relay_is_ready_after_its_own_first_claim(sign: Path) -> None:
    sign.touch()  # by the one before
    assert not relay_claims(time.time() + 1)
    assert relay_claims(time.time() - 1)


def test_an_unknown_role_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=f"no role 'x'; known: {', '.join(CHECKS)}"):
        check("x", Settings())
