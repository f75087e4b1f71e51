"""The relay's process, without an outbox that works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from odoo_bridge.errors import ConfigurationError, StoreUnavailable
from odoo_bridge.job import Envelope
from odoo_bridge.outbox.relay import Relay
from odoo_bridge.testing import MemoryOutbox
from workers.health import relay_claims
from workers.relay import fresh_sign, run
from workers.settings import settings


class Nowhere:
    """A broker that takes everything."""

    def publish(self, envelopes: object) -> None:
        """Take it."""


class Away(MemoryOutbox):
    """An outbox whose database is away."""

    def claim(self, limit: int) -> Iterator[list[Envelope]]:  # type: ignore[override]  # noqa: ARG002
        raise StoreUnavailable("away")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FABRIC_STATE_DIR", str(tmp_path / "state"))
    settings.cache_clear()
    yield tmp_path / "state"
    settings.cache_clear()


def served(outbox: MemoryOutbox, seconds: float) -> bool:
    """Whether a relay that serves this outbox shows within so many seconds that it claims."""
    stop = Event()
    relay = Relay(outbox, Nowhere(), poll=0.05)
    thread = Thread(target=run, args=([relay], stop, fresh_sign()))
    thread.start()
    for _ in range(int(seconds / 0.05)):
        if relay_claims(1.0) or stop.wait(0.05):
            break
    stop.set()
    thread.join()
    return relay_claims(1.0)


def test_a_relay_shows_that_it_claims(state: Path) -> None:
    assert served(MemoryOutbox(), 20)


def test_a_relay_whose_database_is_away_does_not(state: Path) -> None:
    state.mkdir()
    (state / "relay.claims").touch()  # by the one before it
    assert not served(Away(), 1)


def test_a_state_directory_that_cannot_be_written_is_named(state: Path) -> None:
    state.write_text("a file")
    with pytest.raises(ConfigurationError, match="FABRIC_STATE_DIR"):
        fresh_sign()
