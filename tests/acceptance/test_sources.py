"""A source file and the real Odoo: ids are looked up as the source's user, nothing is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import orjson

from odoo_bridge.job import Json
from tasks.webhooks.samples import shopify_order
from tests.acceptance.conftest import Fabric

FILE = '[source]\nscheme = "shopify"\n\n[target]\nuse = "shopify-orders"\n'


def check(running: Fabric, folder: Path, order: Json) -> subprocess.CompletedProcess[str]:
    (folder / "shopify.toml").write_text(FILE)
    (folder / "order.json").write_bytes(orjson.dumps(order))
    command = ["sources", "check", str(folder / "shopify.toml"), "--odoo", "--json"]
    sample = ["--sample", str(folder / "order.json"), "--header", "X-Shopify-Topic: orders/create"]
    return subprocess.run(
        [sys.executable, "-P", "-m", "workers", *command, *sample],
        env={**os.environ, **running.settings.environment()},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_check_looks_up_and_writes_nothing(running: Fabric, tmp_path: Path) -> None:
    before = running.call("sale.order", "search_count", [])
    done = check(running, tmp_path, shopify_order(7200))
    assert done.returncode == 0, done.stderr
    (*_, order) = json.loads(done.stdout)["upserts"]
    (line, *_) = order["lines"]["order_line"]
    (product,) = running.call(
        "product.product", "read", [line["values"]["product_id"]], ["default_code"]
    )
    assert product["default_code"] == shopify_order(7200)["line_items"][0]["sku"]
    assert running.call("sale.order", "search_count", []) == before


def test_what_odoo_lacks_is_named(running: Fabric, tmp_path: Path) -> None:
    order = shopify_order(7201)
    order["line_items"][0]["sku"] = "NO-SUCH"
    done = check(running, tmp_path, order)
    assert done.returncode == 1
    assert "order_line[0].product_id" in json.loads(done.stdout)["error"]
    assert "NO-SUCH" in json.loads(done.stdout)["error"]
