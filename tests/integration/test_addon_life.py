"""The addon comes, is updated, goes and comes again: nothing stays, and nothing is in its way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CHECKOUT
from workers.embedded import odoo as dev_odoo
from workers.embedded.instance import DevOdoo
from workers.embedded.odoo_database import RELAY

IN_ODOO = Path(__file__).parent / "in_odoo"
# Odoo's own: it reads the list of modules again, and so learns of ours, when it is updated.
ODOOS = {"external id base.module_celery_bridge"}
MADE = ("function", "relation", "column", "trigger", "constraint", "type", "model", "field")


@pytest.fixture(scope="module")
def life(odoo: DevOdoo) -> Iterator[dict[str, Any]]:
    """What was seen at each stage."""
    del odoo  # keeps PostgreSQL up
    given = f"CATALOG = {str(IN_ODOO / 'catalog.sql')!r}\nRELAY = {RELAY!r}\n"
    script = given + (IN_ODOO / "addon_life.py").read_text("utf-8")
    options = dev_odoo.OdooOptions(database=f"fabric_life_{CHECKOUT}", port=0)
    with dev_odoo.bare(options) as process:
        lines = process.shell(script).splitlines()
        (seen,) = (line for line in lines if line.startswith("SEEN "))
        yield json.loads(seen.removeprefix("SEEN "))


def test_nothing_stays_behind(life: dict[str, Any]) -> None:
    """Though jobs were pending and running when it was uninstalled."""
    open_ones = {"pending", "scheduled", "waiting", "parked", "enqueued", "started"}
    assert open_ones | {"done", "dead"} <= set(life["left open"])
    before, installed, gone = (set(life[stage]) for stage in ("before", "installed", "gone"))
    assert len(installed - before) > 300
    assert gone - before - ODOOS == set()
    assert before - gone == set()


def test_it_comes_again_as_it_came_first(life: dict[str, Any]) -> None:
    def made(stage: str) -> set[str]:
        """Without the numbers of rows."""
        found = (each for each in life[stage] if each.startswith(MADE) or "celery_bridge." in each)
        return set(found) - set(life["before"])

    assert made("again") == made("installed")


def test_an_update_makes_what_an_install_makes(life: dict[str, Any]) -> None:
    assert set(life["updated"]) == set(life["installed"])
    assert life["jobs"] == [["done", 7]]


def test_an_update_keeps_the_rights_of_the_relay(life: dict[str, Any]) -> None:
    assert life["relay may claim"]
