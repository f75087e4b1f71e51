from __future__ import annotations

import csv
import io
from base64 import b64decode

import openpyxl
import pytest

from odoo_bridge.errors import Permanent
from odoo_bridge.job import Envelope, Json
from tasks.job import Job
from tasks.pricing.export import ExportParams, export
from tasks.pricing.lists import ProductNames
from tests.unit.test_pricing_recalculate import TEN_OFF, FakeOdoo, product, rule


def exported(
    monkeypatch: pytest.MonkeyPatch, rules: list[Json], form: str, lists: list[int]
) -> tuple[Json, bytes]:
    named = {"default_code": "A-7", "display_name": "=1+1 Stühle"}
    odoo = FakeOdoo([product(7, **named), product(8, default_code=False, display_name="B")], rules)
    for row in odoo["product.pricelist"].rows:
        row["name"] = "Gros: [*]"
    odoo["res.company"].rows[0]["name"] = "North"
    for row in odoo["res.currency"].rows:
        row |= {"symbol": row["name"], "position": "after", "decimal_places": 2}
    job = Job(Envelope("u-1", 1, "pricing.export", "pricing", user_id=6), odoo)
    result = export(job, ExportParams.model_validate({"pricelist_ids": lists, "format": form}))
    (attached,) = job.operations
    assert attached.args["name"] == result["file"]
    content = b64decode(attached.args["datas"])
    assert result["bytes"] == len(content)
    return result, content


EURO_RULE = rule(2, pricelist_id=2, percent_price=33.333, min_quantity=5.0)


def test_a_sheet_for_each_pricelist(monkeypatch: pytest.MonkeyPatch) -> None:
    result, content = exported(monkeypatch, [TEN_OFF, EURO_RULE], "xlsx", [1, 2])
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    first, second = workbook.worksheets
    assert [[c.value for c in row] for row in first.iter_rows(min_row=2)] == [
        ["A-7", "=1+1 Stühle", 0, 90, "USD"],
        [None, "B", 0, 90, "USD"],
    ]
    assert first.title == "Gros      (1)"
    assert first["D2"].number_format == '#,##0.00 "USD"_-'
    assert [row[3].value for row in second.iter_rows(min_row=2)] == [50, 33.33, 50, 33.33]
    assert result["prices"] == 6


def test_csv_has_the_pricelist_in_each_line_and_no_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    _result, content = exported(monkeypatch, [TEN_OFF], "csv", [1])
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[0] == {
        "pricelist": "Gros: [*] (1)",
        "reference": "A-7",
        "product": "'=1+1 Stühle",
        "min_quantity": "0.0",
        "price": "90.0",
        "currency": "USD",
    }


def test_parquet_has_types(monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    _result, content = exported(monkeypatch, [TEN_OFF], "parquet", [1])
    table = parquet.read_table(io.BytesIO(content))
    assert table["price"].to_pylist() == [90.0, 90.0]
    assert str(table.schema.field("price").type) == "double"


def test_a_broken_pricelist_is_named_and_the_others_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = rule(2, pricelist_id=2, compute_price="auction")
    result, _content = exported(monkeypatch, [TEN_OFF, broken], "csv", [2, 1, 99])
    assert result["prices"] == 2
    assert result["errors"].keys() == {"2", "99"}
    assert "rule 2: auction" in result["errors"]["2"]
    with pytest.raises(Permanent, match="auction"):
        exported(monkeypatch, [broken], "csv", [2])


def test_a_product_that_goes_meanwhile_has_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_the_first(job: Job, ids: list[int]) -> ProductNames:
        return read(job, ids[1:])

    read = ProductNames.read
    monkeypatch.setattr(ProductNames, "read", without_the_first)
    result, content = exported(monkeypatch, [TEN_OFF], "csv", [1])
    assert result["prices"] == 1
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert row["product"] == "B"
