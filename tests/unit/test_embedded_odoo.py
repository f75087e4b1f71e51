"""The development Odoo as far as it needs no server."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from odoo_bridge.errors import ConfigurationError
from workers.embedded import instance, odoo, odoo_process
from workers.embedded.instance import DevOdoo
from workers.embedded.odoo import OdooOptions
from workers.embedded.odoo_database import Recipe, addons_digest


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("workers.embedded.places.cache_dir", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def bridge(tmp_path: Path) -> Path:
    for name in ("celery_bridge", "test_celery_bridge"):
        (tmp_path / "addons" / name).mkdir(parents=True)
        (tmp_path / "addons" / name / "__manifest__.py").write_text("{}")
    return tmp_path / "addons"


def an_odoo(**changes: object) -> DevOdoo:
    own = psutil.Process()
    home = instance.home_of("fabric")
    found = DevOdoo(
        url="http://127.0.0.1:8069",
        database="fabric",
        login="celery_service",
        api_key="hidden-key",
        admin_login="admin",
        admin_api_key="hidden-admin-key",
        outbox_dsn="postgresql://celery_relay:hidden@/fabric",
        database_dsn="postgresql://odoo:hidden@/fabric",
        port=8069,
        pid=own.pid,
        started=own.create_time(),
        log=home / "odoo.log",
        key_file=home / "instance.json",
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def test_a_saved_instance_is_found_again(cache: Path) -> None:
    an_odoo().save()
    assert instance.running("fabric") == an_odoo()
    assert instance.running("another") is None


def test_a_pid_that_was_reused_is_not_ours(cache: Path) -> None:
    an_odoo(started=1.0).save()
    assert instance.running("fabric") is None


def test_a_process_that_ended_does_not_run(cache: Path) -> None:
    an_odoo(pid=2**22 + 1).save()
    assert instance.all_running() == []


def test_the_facts_are_for_us_only(cache: Path) -> None:
    an_odoo().save()
    assert (cache / "dev/instances/fabric/instance.json").stat().st_mode & 0o077 == 0
    assert "hidden" not in repr(an_odoo())


def test_stop_leaves_a_foreign_process_alone(cache: Path) -> None:
    an_odoo(pid=os.getppid(), started=1.0).save()
    assert odoo.stop("fabric") is False


def test_a_taken_port_is_told_at_once(cache: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} is taken.*--port 0"):
            odoo.start(OdooOptions(port=port))


@pytest.mark.parametrize("name", ["", "Fabric", "a-b", "x; drop", "../x", "1st"])
def test_names_are_checked(name: str) -> None:
    with pytest.raises(ConfigurationError, match="no name"):
        OdooOptions(database=name)


def test_a_missing_addon_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="celery_bridge"):
        addons_digest(tmp_path)


def test_a_changed_addon_changes_the_upper_template_only(bridge: Path) -> None:
    before = Recipe("19.0", (), bridge, addons_digest(bridge))
    (bridge / "celery_bridge" / "__init__.py").write_text("")
    after = replace(before, digest=addons_digest(bridge))
    assert after.base_template == before.base_template
    assert after.template != before.template


def test_compiled_files_are_no_change(bridge: Path) -> None:
    before = addons_digest(bridge)
    (bridge / "celery_bridge" / "__pycache__").mkdir()
    (bridge / "celery_bridge" / "__pycache__" / "models.pyc").write_bytes(b"x")
    assert addons_digest(bridge) == before


def test_addons_of_the_bridge_go_into_the_upper_template(bridge: Path) -> None:
    recipe = Recipe("19.0", ("test_celery_bridge", "crm"), bridge, "")
    assert recipe.ours == ("celery_bridge", "test_celery_bridge")
    assert "crm" in recipe.standard
    assert "test_celery_bridge" not in recipe.standard


def test_the_end_of_the_log_is_shown(tmp_path: Path) -> None:
    log = tmp_path / "odoo.log"
    log.write_text("\n".join(f"line {number}" for number in range(1000)))
    assert odoo_process.tail(log).splitlines()[-1] == "line 999"
    assert len(odoo_process.tail(log).splitlines()) == odoo_process.TAIL_LINES
