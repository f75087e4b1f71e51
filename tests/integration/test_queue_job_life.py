"""``celery_bridge_queue_job`` goes while jobs are pending and running, alone and with its base."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import queue_job
from tests.conftest import CHECKOUT
from workers.embedded import odoo as dev_odoo
from workers.embedded.instance import DevOdoo

IN_ODOO = Path(__file__).parent / "in_odoo"
# Odoo's own: it reads the list of modules again, and so learns of ours, when it is updated.
ODOOS = {"external id base.module_celery_bridge", f"external id base.module_{queue_job.ADDON}"}
STAGES = [("ours goes", "without ours"), ("the bridge goes", "without both")]


@pytest.fixture(scope="module")
def life(odoo: DevOdoo) -> Iterator[dict[str, Any]]:
    """What was seen at each stage."""
    del odoo  # keeps PostgreSQL up
    script = f"CATALOG = {str(IN_ODOO / 'catalog.sql')!r}\n"
    script += (IN_ODOO / "queue_job_life.py").read_text("utf-8")
    options = dev_odoo.OdooOptions(
        f"fabric_queue_life_{CHECKOUT}", ("queue_job",), port=0, packages=(queue_job.packages(),)
    )
    with dev_odoo.bare(options) as process:
        lines = process.shell(script).splitlines()
        (seen,) = (line for line in lines if line.startswith("SEEN "))
        yield json.loads(seen.removeprefix("SEEN "))


@pytest.mark.parametrize(("stage", "before"), STAGES)
def test_nothing_of_ours_stays_behind(life: dict[str, Any], stage: str, before: str) -> None:
    assert len(set(life["with both"]) - set(life[before])) > 20
    assert set(life[stage]) - set(life[before]) - ODOOS == set()
    assert set(life[before]) - set(life[stage]) == set()


@pytest.mark.parametrize("stage", [stage for stage, _before in STAGES])
def test_jobs_wait_for_ocas_jobrunner_as_they_are(life: dict[str, Any], stage: str) -> None:
    assert {"enqueued", "scheduled", "started"} <= set(life[f"open for Celery when {stage}"])
    assert len(life[f"before {stage}"]) >= 4
    assert life[f"after {stage}"] == life[f"before {stage}"]
    assert life[f"triggers after {stage}"] == 1


def test_what_celery_had_is_closed_and_says_why(life: dict[str, Any]) -> None:
    assert life["states at Celery"] == [
        ["cancelled", "The addon celery_bridge_queue_job was uninstalled."]
    ]
