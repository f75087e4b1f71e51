"""``reports.export`` on a real Odoo: what Odoo's own export gives, as its user may see it."""

from __future__ import annotations

import csv
import io
from base64 import b64decode
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from pyarrow import parquet

from odoo_bridge.errors import AccessRefused, InvalidParams, OdooRejected, Permanent
from odoo_bridge.rpc.bulk import Bulk
from tasks.cells import plain
from tasks.job import Job
from tasks.registry import find
from tasks.reports.export import task as exporting
from tests.integration.bulk_jobs import Jobs
from workers.embedded.instance import DevOdoo

FIELDS = [
    ".id", "id", "name", "email", "is_company", "type", "parent_id", "country_id/code", "color",
    "create_date", "parent_id/country_id/name", "user_id", "lang", "category_id", "child_ids/name",
]  # fmt: skip
ORDERS = ["name", "date_order", "state", "amount_total", "partner_id/country_id/code"]


@pytest.fixture(scope="module")
def jobs(odoo: DevOdoo) -> Jobs:
    return Jobs(odoo)


@pytest.fixture
def export(jobs: Jobs) -> Callable[..., Any]:
    def run(model: str, fields: list[str], **params: Any) -> tuple[Any, bytes]:
        return exported(jobs.job(), model, fields, **params)

    return run


def exported(job: Job, model: str, fields: list[str], **params: Any) -> tuple[Any, bytes]:
    """The task's result and its file."""
    task = find("reports.export")
    asked = task.check({"model": model, "fields": fields, "format": "csv", **params})
    result = task.run_one(job, asked)
    (operation,) = job.operations
    return result, b64decode(operation.args["datas"])


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1:]


def sheet(content: bytes) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))


def odoos(jobs: Jobs, model: str, ids: list[int], fields: list[str]) -> list[list[Any]]:
    """What Odoo's export would write."""
    context = {"import_compat": False, "tz": "Europe/Brussels", "lang": "en_US"}
    return list(jobs.call(model, "export_data", ids, fields, context=context)["datas"])


def told(value: Any) -> str:
    """A cell of Odoo's as CSV has it."""
    if isinstance(value, bool):
        return str(value).lower()
    return plain(str(value))


@pytest.mark.parametrize("many", ["joined", "lines"])
def test_the_same_as_odoos_own(jobs: Jobs, many: str) -> None:
    fields = FIELDS if many == "lines" else FIELDS[:-2]
    ids = jobs.call("res.partner", "search", [], order="id")
    jobs.call("res.partner", "export_data", ids, ["id"])  # gives each its external id
    envelope = jobs.envelope()
    envelope.context.update(tz="Europe/Brussels", lang="en_US")
    job = Job(envelope, jobs.job(envelope).odoo)
    result, content = exported(job, "res.partner", fields, many=many)
    theirs = [[told(cell) for cell in row] for row in odoos(jobs, "res.partner", ids, fields)]
    assert table(content) == theirs
    assert result["records"] == len(ids) > 30
    assert result["rows"] == len(theirs)


def test_many_records_in_one_cell(export: Any, jobs: Jobs) -> None:
    parent = jobs.call("res.partner", "create", {"name": "Many"})
    children = [{"name": f"Child {n}", "parent_id": parent} for n in range(3)]
    jobs.call("res.partner", "create", children)
    _result, content = export("res.partner", ["child_ids/name"], domain=[["id", "=", parent]])
    assert table(content) == [["Child 0, Child 1, Child 2"]]


def test_typed_columns(export: Any) -> None:
    _result, content = export("sale.order", ORDERS, format="parquet")
    found = parquet.read_table(io.BytesIO(content))
    types = {field.name: str(field.type) for field in found.schema}
    assert types["date_order"] == "timestamp[ms, tz=UTC]"
    assert types["amount_total"] == "double"
    assert "Quotation" in found["state"].to_pylist()


def test_groups_with_subtotals_as_odoo_counts_them(export: Any, jobs: Jobs) -> None:
    groups = ["state", "partner_id"]
    result, content = export("sale.order", ["name", "amount_total"], group_by=groups, format="xlsx")
    rows = sheet(content)
    theirs = jobs.call("sale.order", "formatted_read_group", [], ["state"], ["amount_total:sum"])
    formulas = [row for row in rows if str(row[1]).startswith("=SUBTOTAL")]
    read = load_workbook(io.BytesIO(content), data_only=True).active
    shown = {row[0]: row[1] for row in read.iter_rows(values_only=True)}
    for group in theirs:
        label = {"draft": "Quotation", "sent": "Quotation Sent", "sale": "Sales Order"}
        name = f"Total {label.get(group['state'], 'Cancelled')}"
        assert shown[name] == pytest.approx(group["amount_total:sum"], abs=0.005)
    assert result["rows"] == jobs.call("sale.order", "search_count", [])
    assert len(formulas) > len(theirs) + 1
    assert shown["Total"] == pytest.approx(sum(each["amount_total:sum"] for each in theirs))


def test_groups_are_columns_where_there_are_no_headings(export: Any, jobs: Jobs) -> None:
    _result, content = export("sale.order", ["name"], group_by=["date_order:month"])
    rows = table(content)
    assert sorted(row[1] for row in rows) == sorted(
        row["name"] for row in jobs.find("sale.order", [], "name")
    )
    assert all(row[0].split()[-1].isdigit() for row in rows)


def test_another_order(export: Any, jobs: Jobs) -> None:
    _result, content = export("res.country", ["name"], order="name desc")
    rows = jobs.call("res.country", "search_read", [], ["name"], order="name desc")
    assert [name for (name,) in table(content)] == [row["name"] for row in rows]


def test_no_records_is_an_empty_report(export: Any) -> None:
    result, content = export("res.partner", ["name", "email"], domain=[["id", "=", 0]])
    assert result["rows"] == result["records"] == 0
    assert table(content) == []
    _result, content = export(
        "res.partner", ["name"], domain=[["id", "=", 0]], group_by=["country_id"], format="xlsx"
    )
    assert sheet(content) == [("Name",)]


def test_unknown_fields_are_all_named(export: Any) -> None:
    with pytest.raises(InvalidParams, match=r"'nonesuch'.*; .*'country_id/nonesuch'"):
        export("res.partner", ["name", "nonesuch", "country_id/nonesuch"])
    with pytest.raises(InvalidParams, match="'name/code'"):
        export("res.partner", ["name/code"])
    with pytest.raises(InvalidParams, match="'nonesuch:month' to group by"):
        export("res.partner", ["name"], group_by=["nonesuch:month"])


def test_a_wrong_domain(export: Any) -> None:
    with pytest.raises((OdooRejected, Permanent), match="nonesuch"):
        export("res.partner", ["name"], domain=[["nonesuch", "=", 1]])


@pytest.mark.parametrize("model", ["ir.config_parameter", "res.users.apikeys", "no.such.model"])
def test_a_model_out_of_reach(export: Any, model: str) -> None:
    with pytest.raises(AccessRefused):
        export(model, ["display_name"])


def test_too_many_records_are_refused_with_their_count(
    export: Any, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST", 5)
    count = jobs.call("res.country", "search_count", [])
    with pytest.raises(Permanent, match=f"^{count} records would be exported.*force"):
        export("res.country", ["name"])
    assert export("res.country", ["name"], force=True)[0]["rows"] == count


def test_what_is_deleted_in_the_middle_is_left_out(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = jobs.call("res.partner.category", "create", [{"name": f"X {n}"} for n in range(9)])
    monkeypatch.setattr("tasks.reports.export.rows.PAGE", 2)
    page = Bulk.read_page
    to_go: list[int] = []

    def read_page(self: Bulk, *args: Any) -> Any:
        """Before the first page, one record of the last goes."""
        if to_go:
            jobs.call("res.partner.category", "unlink", [to_go.pop()])
        return page(self, *args)

    monkeypatch.setattr(Bulk, "read_page", read_page)
    for params in ({}, {"order": "name"}, {"group_by": ["parent_id"]}):
        to_go.append(made[-1])
        domain = [["id", "in", list(made)]]
        made.pop()
        result, content = exported(
            jobs.job(), "res.partner.category", [".id"], domain=domain, **params
        )
        assert [int(row[-1]) for row in table(content)] == made
        assert result["records"] == len(made) + 1
    jobs.call("res.partner.category", "unlink", made)


def test_archived_and_deleted_targets(export: Any, jobs: Jobs) -> None:
    parent = jobs.call("res.partner", "create", {"name": "Archived parent"})
    child = jobs.call("res.partner", "create", {"name": "Child", "parent_id": parent})
    jobs.call("res.partner", "write", [parent], {"active": False})
    _result, content = export("res.partner", ["parent_id"], domain=[["id", "=", child]])
    assert table(content) == [["Archived parent"]]


def test_nothing_of_the_data_is_a_formula(export: Any, jobs: Jobs) -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "http://example.com", "a<b&c"]
    made = jobs.call("res.partner.category", "create", [{"name": name} for name in names])
    domain = [["id", "in", made]]
    _result, content = export("res.partner.category", ["name"], domain=domain, format="xlsx")
    page = load_workbook(io.BytesIO(content)).active
    cells = [cell for (cell,) in page.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == names
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert all(cell.hyperlink is None for cell in cells)
    _result, content = export("res.partner.category", ["name"], domain=domain)
    assert all(cell[:1] not in "=+-@\t\r" for (cell,) in table(content))
    jobs.call("res.partner.category", "unlink", made)


def test_two_users_see_what_their_lists_show(jobs: Jobs, odoo: DevOdoo) -> None:
    company = jobs.call("res.company", "create", {"name": f"Other {uuid4().hex[:6]}"})
    first = jobs.find("res.company", [["id", "!=", company]], "id")[0]["id"]
    jobs.call(
        "res.partner",
        "create",
        [
            {"name": "Seen by all", "ref": "two users"},
            {"name": "Of the first", "ref": "two users", "company_id": first},
            {"name": "Of the other", "ref": "two users", "company_id": company},
        ],
    )
    domain = [["ref", "=", "two users"]]
    seen = []
    for home in (first, company):
        rights = ["group_user", "group_allow_export", "group_partner_manager"]
        client, envelope = jobs.of_somebody(odoo, home, *(f"base.{each}" for each in rights))
        _result, content = exported(
            jobs.job(envelope), "res.partner", ["name", "company_id"], domain=domain, order="name"
        )
        shown = client.execute_kw(
            "res.partner",
            "web_search_read",
            [domain, {"name": {}, "company_id": {"fields": {"display_name": {}}}}],
            {"order": "name"},
        )["records"]
        assert table(content) == [
            [row["name"], (row["company_id"] or {}).get("display_name", "")] for row in shown
        ]
        seen.append({name for name, _company in table(content)})
    assert seen == [{"Seen by all", "Of the first"}, {"Seen by all", "Of the other"}]


def test_who_may_not_export_in_odoo_may_not_here(jobs: Jobs, odoo: DevOdoo) -> None:
    _client, envelope = jobs.of_somebody(odoo, 1, "base.group_user")
    with pytest.raises(AccessRefused, match="right to export"):
        exported(jobs.job(envelope), "res.partner", ["name"])
