from __future__ import annotations

import io
from base64 import b64decode
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook

from odoo_bridge.errors import Permanent
from odoo_bridge.job import Envelope
from tasks.job import Job
from tasks.pricing.lists import Priced, PriceList, ProductNames
from tasks.pricing.table import Prices
from tasks.registry import find
from tasks.reports import price_list
from tasks.reports.kit import Currency
from tests.unit.test_reports_sales import FakeRows

EURO = {"id": 2, "name": "EUR", "symbol": "€", "position": "after", "decimal_places": 2}
TITLES = {
    "reference": "Ref",
    "product": "Artikel",
    "min_quantity": "Ab Menge",
    "price": "Preis",
    "currency": "Währung",
}
NAMES = ProductNames(
    np.array([7]), np.array(["A-7"], dtype=object), np.array(["=1+1 Stühle"], dtype=object)
)


def some(name: str, lines: int) -> PriceList:
    """Up to two lines of a product."""
    prices = Prices(np.array([7, 7]), np.array([0.0, 2.5]), np.array([90.0, 81.25]))
    return PriceList(name, Currency.of(EURO), prices.part(0, lines), NAMES)


def run(monkeypatch: pytest.MonkeyPatch, lists: list[PriceList], form: str) -> Any:
    found = Priced(lists, {"9": "gone"}, price_list.dt.date(2026, 11, 30), TITLES)
    monkeypatch.setattr(price_list, "priced", lambda *_args: found)
    odoo = {
        "res.users": FakeRows({"id": 6, "company_id": 3}),
        "res.company": FakeRows({"id": 3, "name": "North", "currency_id": 2}),
        "res.currency": FakeRows(EURO),
    }
    job = Job(Envelope("u-1", 1, "reports.price_list", "reports", user_id=6), odoo)
    task = find("reports.price_list")
    result = task.run_one(job, task.check({"pricelist_ids": [1], "format": form}))
    (operation,) = job.operations
    return result, b64decode(operation.args["datas"])


def test_a_sheet_for_each_pricelist(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = [some("Retail (1)", 2), some("Gros: [*] (2)", 1), some("Nothing (3)", 0)]
    result, content = run(monkeypatch, lists, "xlsx")
    assert result.pop("bytes") == len(content)
    assert result == {"file": "price-list-2026-11-30.xlsx", "rows": 3, "errors": {"9": "gone"}}
    book = load_workbook(io.BytesIO(content))
    assert len(book.sheetnames) == 3
    titles = [cell.value for cell in book.worksheets[0][5]]
    assert titles == list(TITLES.values())
    (row,) = book.worksheets[0].iter_rows(min_row=7, max_row=7)
    assert [cell.value for cell in row] == ["A-7", "=1+1 Stühle", 2.5, 81.25, "EUR"]
    assert row[3].number_format == '#,##0.00 "€"_-'


def test_csv_names_the_pricelist(monkeypatch: pytest.MonkeyPatch) -> None:
    _result, content = run(monkeypatch, [some("Retail (1)", 2), some("Gros (2)", 1)], "csv")
    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "sheet,reference,product,min_quantity,price,currency"
    assert lines[3] == "Gros (2),A-7,'=1+1 Stühle,0.0,90.0,EUR"


@pytest.mark.parametrize("form", ["pdf", "html", "parquet"])
def test_other_formats(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    result, content = run(monkeypatch, [some("Retail (1)", 2)], form)
    assert result["bytes"] == len(content) > 500


def test_no_pricelist_at_all_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_args: Any) -> Priced:
        raise Permanent("pricelist 9 is gone")

    monkeypatch.setattr(price_list, "priced", nothing)
    task = find("reports.price_list")
    job = Job(Envelope("u-1", 1, "reports.price_list", "reports", user_id=6), {})
    with pytest.raises(Permanent, match="pricelist 9"):
        task.run_one(job, task.check({"pricelist_ids": [9]}))
