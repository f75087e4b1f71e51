"""``odoo-fabric sources``: what would be written, and errors that say where to look."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from odoo_bridge.errors import ConfigurationError, FabricError, InvalidDelivery
from odoo_bridge.job import Json
from workers.cli import app

SAMPLES = Path(__file__).parents[1] / "data" / "webhooks"
FILE = """
[source]
scheme = "hmac"
event_id = "header:X-Event-Id"
ordering_key = "id"
filter = "active"

[target]
model = "res.partner"
external_id = "c_{id}"
fields = { name = { path = "name", required = true }, country_id = { path = "c", as = "country" } }
"""


def run(*argv: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["sources", *argv])
    if isinstance(found.exception, FabricError):
        raise found.exception
    assert found.exit_code == code, found.output
    return found.stdout


def check(tmp_path: Path, payload: object, *argv: str, text: str = FILE, code: int = 0) -> Json:
    (tmp_path / "crm.toml").write_text(text)
    (tmp_path / "sample.json").write_text(json.dumps(payload))
    sample = ["--sample", str(tmp_path / "sample.json"), "--json", *argv]
    found: Json = json.loads(run("check", str(tmp_path / "crm.toml"), *sample, code=code))
    return found


def test_what_a_delivery_would_become(tmp_path: Path) -> None:
    payload = {"id": 7, "name": "N", "c": "BE", "active": False}
    found = check(tmp_path, payload, "--header", "X-Event-Id: e-1")
    assert {name: found[name] for name in ("source", "event_id", "ordering_key", "wanted")} == {
        "source": "crm",
        "event_id": "e-1",
        "ordering_key": 7,
        "wanted": False,
    }
    (upsert,) = found["upserts"]
    assert (upsert["model"], upsert["key"]) == ("res.partner", "webhook_crm.c_7")
    assert upsert["values"] == {
        "name": "N",
        "country_id": {"lookup": "res.country whose code is 'BE'"},
    }


def test_a_dead_letter_is_told_as_the_worker_would(tmp_path: Path) -> None:
    found = check(tmp_path, {"id": 7}, code=1)
    said = "name: is required, and the expression 'name' finds nothing"
    assert found == {"source": "crm", "error": said}
    sample = ["--sample", str(tmp_path / "sample.json")]
    with pytest.raises(InvalidDelivery, match="name: is required"):
        run("check", str(tmp_path / "crm.toml"), *sample)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["no-such.toml", "--sample", "x"], "no-such.toml"),
        (["generic", "--sample", "no-such.json"], "no sample"),
        (["generic", "--sample", str(SAMPLES / "generic.json"), "--header", "x"], "NAME: VALUE"),
    ],
)
def test_what_is_given_wrongly_is_named(argv: Sequence[str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        run("check", *argv)


def test_a_fault_in_the_file_names_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'crm': target.fields.name.as"):
        check(tmp_path, {}, text=FILE.replace("required = true", 'as = "colour"'))


def test_people_see_each_record(tmp_path: Path) -> None:
    shown = run("check", "stripe-payments", "--sample", str(SAMPLES / "stripe-payments.json"))
    assert "0: get or create res.partner" in shown
    assert "1: upsert account.payment" in shown
    assert "ordering_key: pi_3NG8Du2eZvKYlo2C1k6SJz0R" in shown


def test_the_list_names_what_is_ready() -> None:
    rows = {row["name"]: row for row in json.loads(run("list", "--json"))}
    assert rows["shopify-orders"] == {
        "name": "shopify-orders",
        "scheme": "shopify",
        "model": "sale.order",
        "from": "ready",
    }
    assert "woocommerce-orders" in run("list")
