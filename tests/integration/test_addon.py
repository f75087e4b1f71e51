"""The addons' own tests, run by Odoo's own runner inside a real Odoo, all in one run."""

from __future__ import annotations

import re

import pytest

from tests.conftest import CHECKOUT
from workers.embedded import odoo as dev_odoo
from workers.embedded.instance import DevOdoo


@pytest.mark.timeout(900)
def test_the_addons_own_tests_pass(odoo: DevOdoo) -> None:
    del odoo  # keeps PostgreSQL up, and shows that Odoo can be had here
    options = dev_odoo.OdooOptions(
        database=f"fabric_addon_{CHECKOUT}", port=0, modules=("test_celery_bridge",)
    )
    log = dev_odoo.run_tests(options, "/celery_bridge,/test_celery_bridge")
    ran = re.search(r"0 failed, 0 error\(s\) of (\d+) tests", log)
    assert ran
    assert int(ran[1]) > 100
