"""``demo`` and ``up`` as a person runs them; nothing of ours is left behind either."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.acceptance.conftest import wait_until
from tests.conftest import CHECKOUT
from workers.embedded import odoo as dev_odoo
from workers.embedded.instance import DevOdoo
from workers.process import free_port

FABRIC = [sys.executable, "-P", "-m", "workers"]


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory, state_dir: Path) -> dict[str, str]:
    """Of a person who uses the fabric for the first time."""
    own = state_dir / tmp_path_factory.mktemp("home").name
    own.mkdir()
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("FABRIC_")}
    kept = {k: v for k, v in os.environ.items() if k == "FABRIC_CACHE_DIR"}
    return {
        **inherited,
        **kept,
        "FABRIC_STATE_DIR": str(own),
        "FABRIC_GATEWAY_PORT": str(free_port()),
        "FABRIC_FLOWER_PORT": str(free_port()),
        "COLUMNS": "120",
    }


def ours(environment: dict[str, str]) -> Iterator[psutil.Process]:
    """Every process that carries the state directory of this test in its environment."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("FABRIC_STATE_DIR") == environment["FABRIC_STATE_DIR"]:
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def test_the_demo_ends_well_and_leaves_nothing(environment: dict[str, str]) -> None:
    database = f"fabric_demo_{CHECKOUT}"
    done = subprocess.run(
        [*FABRIC, "demo"],
        env={**environment, "FABRIC_ODOO_DATABASE": database, "DEMO_EXIT": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"pricing\.recalculate\s*│ done .* \d{3,} prices", done.stdout)
    assert re.search(r"reports\.sales\s*│ done", done.stdout)
    assert re.search(r"records\.call\s*│ done .* 1 record ", done.stdout)
    assert re.search(r"50 of them\s*│ done .* 50 orders", done.stdout)
    assert list(ours(environment)) == []
    assert dev_odoo.stop(database) is False


def test_up_drains_on_ctrl_c_and_leaves_nothing(
    odoo: DevOdoo, environment: dict[str, str], tmp_path: Path
) -> None:
    output = tmp_path / "up.log"
    with output.open("wb") as file:
        up = subprocess.Popen(
            [*FABRIC, "up"],
            env={**environment, "FABRIC_ODOO_DATABASE": odoo.database},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        wait_until(lambda: b"Everything runs" in output.read_bytes(), 90)
        up.send_signal(signal.SIGINT)
        assert up.wait(90) == 0, output.read_text()
    assert list(ours(environment)) == []


def test_up_without_an_odoo_says_what_to_do(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [*FABRIC, "up"],
        env={**environment, "FABRIC_ODOO_DATABASE": "no_such_odoo"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert "odoo-fabric dev odoo start" in done.stderr
    assert list(ours(environment)) == []


def test_settings_keep_their_secrets_out_of_sight(given_settings: object) -> None:
    assert "a-secret-of-the-shop" not in repr(given_settings)
