"""``pricing.export`` and ``pricing.update_list_prices`` on a real Odoo."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from tasks.pricing.export import ExportParams, export
from tasks.pricing.list_prices import ListPriceParams, update_list_prices
from tasks.pricing.prices import get_prices
from tests.integration.bulk_jobs import Jobs
from workers.embedded.instance import DevOdoo


@pytest.fixture(scope="module")
def jobs(odoo: DevOdoo) -> Jobs:
    return Jobs(odoo)


def make(jobs: Jobs, model: str, *values: Any) -> list[int]:
    found: list[int] = jobs.call(model, "create", list(values))
    return found


def products(jobs: Jobs, *values: Any) -> list[int]:
    """Variants of new templates, in their order."""
    templates = make(jobs, "product.template", *values)
    rows = jobs.find("product.template", [["id", "in", templates]], "product_variant_id")
    return [row["product_variant_id"][0] for row in rows]


def pricelist(jobs: Jobs, *rules: Any) -> int:
    items = [[0, 0, rule] for rule in rules]
    [found] = make(jobs, "product.pricelist", {"name": "Customers [A]", "item_ids": items})
    return found


def test_the_exported_prices_are_odoos(jobs: Jobs) -> None:
    ids = products(
        jobs,
        {"name": "=1+1", "default_code": "EXP-1", "list_price": 10.555},
        {"name": "Chair", "default_code": "EXP-2", "list_price": 99.99},
    )
    some = pricelist(
        jobs,
        {"compute_price": "percentage", "percent_price": 12.5},
        {"compute_price": "percentage", "percent_price": 33.3, "min_quantity": 5},
    )
    job = jobs.job()
    result = export(job, ExportParams(pricelist_ids=[some], product_ids=ids))
    assert (result["prices"], result["errors"]) == (4, {})
    [attached] = job.operations
    [page] = load_workbook(BytesIO(b64decode(attached.args["datas"]))).worksheets
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
    assert [row[:3] for row in rows] == [
        ["EXP-1", "[EXP-1] =1+1", 0],
        ["EXP-1", "[EXP-1] =1+1", 5],
        ["EXP-2", "[EXP-2] Chair", 0],
        ["EXP-2", "[EXP-2] Chair", 5],
    ]
    asked = [[product, quantity] for product in ids for quantity in (1, 5)]
    theirs = jobs.call("celery.price", "reference_prices", some, asked)
    assert [row[3] for row in rows] == pytest.approx([round(each, 2) for each in theirs], abs=1e-9)
    assert {row[4] for row in rows} == {"USD"}
    assert jobs.commit(job, result=result).error == ""
    [stored] = jobs.find("ir.attachment", [["name", "=", result["file"]]], "res_model", "file_size")
    assert (stored["res_model"], stored["file_size"] > 0) == ("celery.job", True)


def test_list_prices_follow_the_costs_and_only_those_that_changed_are_written(jobs: Jobs) -> None:
    ids = products(
        jobs,
        {"name": "Margin", "list_price": 1.0, "standard_price": 10.01},
        {"name": "Right already", "list_price": 30.0, "standard_price": 20.0},
        {"name": "No cost", "list_price": 7.0, "standard_price": 0.0},
    )
    rules = pricelist(
        jobs, {"compute_price": "formula", "base": "standard_price", "price_markup": 50.0}
    )
    job = jobs.job()
    result = update_list_prices(job, ListPriceParams(pricelist_id=rules, product_ids=ids))
    assert result == {"written": 1, "unchanged": 1, "skipped": 1}
    changed = [operation.args["ids"] for operation in job.operations]
    assert jobs.commit(job, result=result).error == ""
    rows = jobs.find("product.product", [["id", "in", ids]], "list_price", "product_tmpl_id")
    assert [row["list_price"] for row in rows] == [15.02, 30.0, 7.0]
    assert changed == [[rows[0]["product_tmpl_id"][0]]]
    again = jobs.job()
    assert update_list_prices(again, ListPriceParams(pricelist_id=rules, product_ids=ids)) == {
        "written": 0,
        "unchanged": 2,
        "skipped": 1,
    }
    assert again.operations == []


def test_a_task_reads_prices_that_nobody_has_computed(jobs: Jobs) -> None:
    first, second = products(
        jobs, {"name": "One", "list_price": 8.0}, {"name": "Two", "list_price": 3.0}
    )
    some = pricelist(jobs, {"compute_price": "percentage", "percent_price": 25.0})
    assert get_prices(jobs.job().odoo, some, [second, first], 2.0) == {first: 6.0, second: 2.25}
