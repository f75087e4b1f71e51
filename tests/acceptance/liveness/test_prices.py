"""Prices that a killed worker was storing: another attempt goes on behind them."""

from __future__ import annotations

from typing import Any

import psutil
import psycopg
import pytest

from tests.acceptance.conftest import Fabric, wait_until
from tests.acceptance.liveness.conftest import Naps

TIERS = 100
HALF_DONE = """
    SELECT pricelist_id, done_to FROM celery_price_run
    WHERE pricelist_id = ANY (%s) AND done_to > 0 AND job_seen IS NOT NULL
"""
SPOIL = """
    UPDATE celery_price SET price = -1 WHERE id = (
        SELECT min(id) FROM celery_price WHERE pricelist_id = %s AND product_id <= %s
    )
    RETURNING id
"""


def pricelists(running: Fabric) -> list[int]:
    """With the same rules, and another price from each quantity on."""
    rules = [
        [0, 0, {"compute_price": "percentage", "percent_price": tier / 2, "min_quantity": tier}]
        for tier in range(1, TIERS + 1)
    ]
    values = [{"name": f"Killed {n}", "item_ids": rules} for n in range(4)]
    found: list[int] = running.call("product.pricelist", "create", values)
    return found


def kill(running: Fabric, program: str) -> None:
    """All of its processes, the main one first."""
    (status,) = [each for each in running.supervisor.status() if each.name == program]
    main = psutil.Process(status.pid)
    for process in [main, *main.children(recursive=True)]:
        process.kill()


def compared(running: Fabric, rows: list[Any]) -> list[tuple[float, float]]:
    """The prices of some rows and Odoo's own, for each."""
    found = []
    for which in {row[0] for row in rows}:
        mine = [row[1:] for row in rows if row[0] == which]
        pairs = [[product, quantity] for product, quantity, _price in mine]
        theirs = running.call("celery.price", "reference_prices", which, pairs)
        found += list(zip([price for *_pair, price in mine], theirs, strict=True))
    return found


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_prices_go_on_behind_what_a_killed_worker_has_stored(naps: Naps) -> None:
    running = naps.fabric
    lists = pricelists(running)
    with psycopg.connect(running.odoo.database_dsn, autocommit=True) as database:
        job = running.enqueue("pricing.recalculate", {"pricelist_ids": lists, "sample": 0})
        wait_until(lambda: bool(database.execute(HALF_DONE, [lists]).fetchall()), 20)
        kill(running, "worker-children")
        half = database.execute(HALF_DONE, [lists]).fetchall()
        assert half, "all were stored before the worker was killed"
        ((spoiled,),) = database.execute(SPOIL, list(half[0])).fetchall()
        assert naps.ended(job) == "done"
        rows = database.execute(
            "SELECT id, pricelist_id, product_id, min_quantity, price FROM celery_price"
            " WHERE pricelist_id = ANY (%s)",
            [lists],
        ).fetchall()
    ended = running.job(job)
    assert (ended["attempt"], ended["result"]["errors"]) == (2, {})
    # Who began anew would have written it again.
    assert [row[4] for row in rows if row[0] == spoiled] == [-1]
    assert len({row[1:4] for row in rows}) == len(rows)
    whole = {each: {row[2:4] for row in rows if row[1] == each} for each in lists}
    assert len(set(map(frozenset, whole.values()))) == 1
    sold = running.call("product.product", "search_count", [("sale_ok", "=", True)])
    assert len({product for product, _quantity in whole[lists[0]]}) == sold > 30
    sample = [row[1:] for row in rows if row[0] != spoiled][::91]
    for mine, theirs in compared(running, sample):
        assert mine == theirs
