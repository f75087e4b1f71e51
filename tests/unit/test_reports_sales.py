from __future__ import annotations

from base64 import b64decode
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from odoo_bridge.errors import InvalidParams
from odoo_bridge.job import Envelope, Json
from tasks.job import Job
from tasks.reading import PAGE
from tasks.registry import find
from tasks.reports.sales import SalesParams, sales

DESK = [7, "[D1] Desk"]


def group(product: list[Any], start: str, amount: float) -> Json:
    return {
        "product_id": product,
        "date:month": [start, "some label"],
        "price_subtotal:sum": amount,
        "__extra_domain": [],
    }


class FakeReport:
    def __init__(self, groups: list[Json]) -> None:
        self.groups = groups
        self.calls: list[Json] = []

    def formatted_read_group(
        self, domain: list[Any], groupby: list[str], aggregates: list[str], **options: Any
    ) -> list[Json]:
        assert groupby[-1] == "date:month"
        assert aggregates == ["price_subtotal:sum"]
        self.calls.append({"domain": domain, **options})
        return self.groups[options["offset"] :][: options["limit"]]

    def fields_get(self, names: list[str], attributes: list[str]) -> Json:
        assert attributes == ["string"]
        return {name: {"string": f"<{name}>"} for name in names}


class FakeRows:
    def __init__(self, *rows: Json) -> None:
        self.rows = rows

    def read(self, ids: list[int], fields: list[str], *, load: str) -> list[Json]:
        assert load == ""
        assert all(set(fields) <= row.keys() for row in self.rows)
        return [row for row in self.rows if row["id"] in ids]


def fake_odoo(groups: list[Json]) -> dict[str, Any]:
    euro = {"id": 2, "name": "EUR", "symbol": "€", "position": "after", "decimal_places": 2}
    return {
        "sale.report": FakeReport(groups),
        "res.users": FakeRows({"id": 6, "company_id": 3}),
        "res.company": FakeRows(
            {"id": 3, "name": "North", "currency_id": 2},
            {"id": 4, "name": "South", "currency_id": 9},
        ),
        "res.currency": FakeRows(euro),
    }


def run(odoo: dict[str, Any], context: Json | None = None, **params: Any) -> tuple[Json, Job]:
    envelope = Envelope("u-1", 1, "reports.sales", "reports", user_id=6, context=context or {})
    job = Job(envelope, odoo)
    return sales(job, SalesParams(**params)), job


def opened(job: Job) -> Any:
    [operation] = job.operations
    assert operation.kind == "attach"
    return load_workbook(BytesIO(b64decode(operation.args["datas"])), data_only=True).active


def rows(page: Any) -> list[tuple[Any, ...]]:
    return list(page.iter_rows(values_only=True))


def test_the_report_is_attached_to_the_job() -> None:
    groups = [
        group(DESK, "2026-10-01 00:00:00", 10.5),
        group(DESK, "2026-11-01 00:00:00", 20.0),
        group([8, "Lamp"], "2026-11-01 00:00:00", 1.25),
    ]
    result, job = run(fake_odoo(groups))
    assert result.pop("bytes") > 1_000
    assert result == {
        "rows": 2,
        "months": 2,
        "total": 31.75,
        "currency": "EUR",
        "file": "sales-2026-10-2026-11.xlsx",
    }
    assert job.operations[0].args["name"] == result["file"]
    assert rows(opened(job)) == [
        ("Sales", None, None, None),
        ("North", None, None, None),
        ("Period: Oct 2026 - Nov 2026", None, None, None),
        (None, None, None, None),
        ("<product_id>", "Oct 2026", "Nov 2026", "<price_subtotal>"),
        ("[D1] Desk", 10.5, 20, 30.5),
        ("Lamp", 0, 1.25, 1.25),
        ("Total", 10.5, 21.25, 31.75),
    ]


def test_a_line_a_month() -> None:
    groups = [
        {"date:month": [f"2026-{month}-01 00:00:00", ""], "price_subtotal:sum": amount}
        for month, amount in (("09", 5.0), ("11", 7.5))
    ]
    result, job = run(fake_odoo(groups), by="month")
    assert result["file"] == "sales-by-month-2026-09-2026-11.xlsx"
    assert [row[1] for row in rows(opened(job))[5:]] == [5, 0, 7.5, 12.5]


def test_a_customer_that_is_gone_has_no_name() -> None:
    lost = {"partner_id": False, "date:month": ["2026-11-01 00:00:00", ""]}
    known = {**lost, "partner_id": [3, "Azure"], "price_subtotal:sum": 2.0}
    result, job = run(fake_odoo([known, {**lost, "price_subtotal:sum": 1.0}]), by="customer")
    assert [row[0] for row in rows(opened(job))[5:]] == ["Azure", None, "Total"]
    assert result["total"] == 3.0


@pytest.mark.parametrize("form", ["csv", "parquet", "pdf", "html"])
def test_other_formats(form: str) -> None:
    result, job = run(fake_odoo([group(DESK, "2026-11-01 00:00:00", 1.0)]), format=form)
    assert result["file"] == f"sales-2026-11.{form}"
    assert len(b64decode(job.operations[0].args["datas"])) == result["bytes"] > 40


def test_in_the_users_language() -> None:
    groups = [group(DESK, "2026-11-01 00:00:00", 1.0)]
    _result, job = run(fake_odoo(groups), {"lang": "de_DE"})
    page = opened(job)
    assert page.title == "Umsätze"
    assert [row[0] for row in rows(page)] == [
        "Umsätze", "North", "Zeitraum: Nov. 2026 - Nov. 2026", None,
        "<product_id>", "[D1] Desk", "Summe",
    ]  # fmt: skip


def test_the_companies_of_the_job_stand_under_the_title() -> None:
    _result, job = run(fake_odoo([]), {"allowed_company_ids": [3, 4]})
    assert opened(job)["A2"].value == "North, South"


def test_no_sales_is_a_report_that_says_so() -> None:
    result, job = run(fake_odoo([]))
    assert result["rows"] == result["months"] == result["total"] == 0
    assert result["file"] == "sales.xlsx"
    assert rows(opened(job))[-1][0] == "Nothing was found."


def test_a_file_is_named_after_the_months_asked_for() -> None:
    november = {"date_from": date(2026, 11, 1), "date_to": date(2026, 11, 30)}
    assert run(fake_odoo([]), **november)[0]["file"] == "sales-2026-11.xlsx"


def test_days_and_months_are_the_users() -> None:
    odoo = fake_odoo([group(DESK, "2026-10-31 23:00:00", 1.0)])
    result, job = run(
        odoo,
        {"tz": "Europe/Brussels"},
        date_from=date(2026, 11, 1),
        date_to=date(2026, 11, 30),
    )
    assert odoo["sale.report"].calls[0]["domain"] == [
        ("state", "in", ["sale"]),
        ("product_id", "!=", False),
        ("date", ">=", "2026-10-31 23:00:00"),
        ("date", "<", "2026-11-30 23:00:00"),
    ]
    assert opened(job)["B5"].value == "Nov 2026"
    assert result["months"] == 1


@pytest.mark.parametrize("zone", [False, "Nowhere/Land", "../etc/passwd"])
def test_an_unknown_time_zone_is_utc(zone: Any) -> None:
    odoo = fake_odoo([group(DESK, "2026-11-01 00:00:00", 1.0)])
    assert opened(run(odoo, {"tz": zone})[1])["B5"].value == "Nov 2026"


def test_many_groups_come_in_pages() -> None:
    groups = [group([n, f"P{n}"], "2026-11-01 00:00:00", 1.0) for n in range(PAGE + 1)]
    odoo = fake_odoo(groups)
    assert run(odoo)[0]["rows"] == PAGE + 1
    assert [call["offset"] for call in odoo["sale.report"].calls] == [0, PAGE]


def test_the_params_are_checked() -> None:
    check = find("reports.sales").check
    assert check({"date_from": "2026-11-01", "date_to": "2026-11-01"})
    with pytest.raises(InvalidParams, match="date_from is after date_to"):
        check({"date_from": "2026-11-02", "date_to": "2026-11-01"})
    with pytest.raises(InvalidParams, match="states"):
        check({"states": []})
