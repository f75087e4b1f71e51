from __future__ import annotations

import io
from base64 import b64decode
from typing import Any

import pytest
from openpyxl import load_workbook

from odoo_bridge.errors import Permanent
from odoo_bridge.job import Envelope, Json
from tasks.job import Job
from tasks.pricing.export import Priced
from tasks.pricing.files import PriceLine
from tasks.registry import find
from tasks.reports import price_list
from tests.unit.test_reports_sales import FakeReport, FakeRows

LINES = [
    PriceLine("A-7", "=1+1 Stühle", 0.0, 90.0, "EUR"),
    PriceLine("A-7", "=1+1 Stühle", 2.5, 81.25, "EUR"),
]
EURO = {"id": 2, "name": "EUR", "symbol": "€", "position": "after", "decimal_places": 2}


class FakeCurrencies(FakeRows):
    def search_read(self, domain: list[Any], fields: list[str]) -> list[Json]:
        assert domain[0] == ("name", "in", ["EUR"])
        assert all(set(fields) <= row.keys() for row in self.rows)
        return list(self.rows)


def run(monkeypatch: pytest.MonkeyPatch, lists: dict[str, list[PriceLine]], form: str) -> Any:
    found = Priced(lists, {"9": "gone"}, price_list.dt.date(2026, 11, 30))
    monkeypatch.setattr(price_list, "priced", lambda *_args: found)
    odoo = {
        "res.users": FakeRows({"id": 6, "company_id": 3}),
        "res.company": FakeRows({"id": 3, "name": "North", "currency_id": 2}),
        "res.currency": FakeCurrencies(EURO),
        "product.product": FakeReport([]),
    }
    job = Job(Envelope("u-1", 1, "reports.price_list", "reports", user_id=6), odoo)
    task = find("reports.price_list")
    result = task.run_one(job, task.check({"pricelist_ids": [1], "format": form}))
    (operation,) = job.operations
    return result, b64decode(operation.args["datas"])


def test_a_sheet_for_each_pricelist(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = {"Retail (1)": LINES, "Gros: [*] (2)": LINES[:1], "Nothing (3)": []}
    result, content = run(monkeypatch, lists, "xlsx")
    assert result.pop("bytes") == len(content)
    assert result == {"file": "price-list-2026-11-30.xlsx", "rows": 3, "errors": {"9": "gone"}}
    book = load_workbook(io.BytesIO(content))
    assert len(book.sheetnames) == 3
    titles = [cell.value for cell in book.worksheets[0][5]]
    assert titles == [
        "<default_code>", "<product_variant_id>", "From quantity", "Price", "<currency_id>",
    ]  # fmt: skip
    (row,) = book.worksheets[0].iter_rows(min_row=7, max_row=7)
    assert [cell.value for cell in row] == ["A-7", "=1+1 Stühle", 2.5, 81.25, "EUR"]
    assert row[3].number_format == '#,##0.00 "€"_-'


def test_csv_names_the_pricelist(monkeypatch: pytest.MonkeyPatch) -> None:
    _result, content = run(monkeypatch, {"Retail (1)": LINES, "Gros (2)": LINES[:1]}, "csv")
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "sheet,reference,product,min_quantity,price,currency"
    assert lines[3] == "Gros (2),A-7,'=1+1 Stühle,0.0,90.0,EUR"


@pytest.mark.parametrize("form", ["pdf", "html", "parquet"])
def test_other_formats(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    result, content = run(monkeypatch, {"Retail (1)": LINES}, form)
    assert result["bytes"] == len(content) > 500


def test_no_pricelist_at_all_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_args: Any) -> Priced:
        raise Permanent("pricelist 9 is gone")

    monkeypatch.setattr(price_list, "priced", nothing)
    task = find("reports.price_list")
    job = Job(Envelope("u-1", 1, "reports.price_list", "reports", user_id=6), {})
    with pytest.raises(Permanent, match="pricelist 9"):
        task.run_one(job, task.check({"pricelist_ids": [9]}))
