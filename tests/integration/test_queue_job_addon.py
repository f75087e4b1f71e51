"""OCA's own suite, and our addon's tests, by Odoo's own runner, with our addon beside queue_job."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import queue_job
from tests.conftest import CHECKOUT
from workers.embedded import odoo as dev_odoo
from workers.embedded.instance import DevOdoo
from workers.embedded.odoo_process import OdooProcess
from workers.process import free_port

DATABASE = f"fabric_queue_job_suite_{CHECKOUT}"
MODULES = f"test_queue_job,{queue_job.ADDON}"
OCA_TESTS = "/queue_job,/test_queue_job"
AT_INSTALL, AFTER_IT = 176, 19
"""How many tests version 19.0.2.4.0.1 has (test_queue_job 19.0.2.2.0)."""
AGAIN = Path(__file__).parent / "in_odoo" / "oca_suite.py"


@pytest.fixture(scope="module")
def installed(odoo: DevOdoo) -> Iterator[tuple[OdooProcess, str]]:
    """A fresh database into which all was installed while OCA's suite ran, and the log of that."""
    del odoo  # keeps PostgreSQL up, and shows that Odoo can be had here
    options = dev_odoo.OdooOptions(database=DATABASE, packages=(queue_job.packages(),))
    with dev_odoo.bare(options) as process:
        yield process, process.run_tests(free_port(), OCA_TESTS, "-i", MODULES)


def test_ocas_suite_passes_while_all_is_installed(installed: tuple[OdooProcess, str]) -> None:
    _process, log = installed
    assert f"0 failed, 0 error(s) of {AT_INSTALL + AFTER_IT} tests" in log
    assert f"{AFTER_IT} post-tests" in log


def test_ocas_suite_passes_in_the_finished_registry(installed: tuple[OdooProcess, str]) -> None:
    process, _log = installed
    process.configure(free_port())
    output = process.shell(AGAIN.read_text("utf-8"))
    ran = json.loads(output.partition("RAN ")[2].splitlines()[0])
    assert ran == {"at_install": [AT_INSTALL, 0, 0], "post_install": [AFTER_IT, 0, 0]}


def test_the_addons_own_tests_pass(installed: tuple[OdooProcess, str]) -> None:
    process, _log = installed
    log = process.run_tests(free_port(), f"/{queue_job.ADDON}")
    ran = re.search(r"0 failed, 0 error\(s\) of (\d+) tests", log)
    assert ran
    assert int(ran[1]) > 30
