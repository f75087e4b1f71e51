"""``iter_pages`` on a real Odoo: what ``search_read`` gives, whatever happens meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from odoo_bridge.errors import AccessRefused, OdooRejected
from odoo_bridge.rpc.reading import iter_pages
from tasks.reading import iter_records, read_group
from tests.integration.bulk_jobs import Jobs
from workers.embedded.instance import DevOdoo

FIELDS = ["name", "email", "is_company", "parent_id", "color", "create_date", "lang", "type"]


@pytest.fixture(scope="module")
def jobs(odoo: DevOdoo) -> Jobs:
    return Jobs(odoo)


@pytest.fixture(params=["addon", "native"])
def environment(request: pytest.FixtureRequest, jobs: Jobs) -> Any:
    return jobs.job().odoo if request.param == "addon" else jobs.admin.env


def expected(jobs: Jobs, model: str, fields: list[str]) -> list[Any]:
    ids = jobs.call(model, "search", [], order="id")
    return list(jobs.call(model, "read", ids, fields, load=""))


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("res.partner", FIELDS),
        ("res.partner", ["display_name", "category_id", "country_id"]),
        (
            "product.template",
            ["name", "list_price", "standard_price", "description_sale", "sequence"],
        ),
        ("res.company", ["name", "currency_id"]),
        ("ir.attachment", ["name", "file_size"]),
        ("res.currency.rate", ["name", "rate", "company_id"]),
    ],
)
def test_the_same_as_read(environment: Any, jobs: Jobs, model: str, fields: list[str]) -> None:
    rows = list(iter_records(environment, model, [], fields, size=7))
    assert rows == expected(jobs, model, fields)


def test_what_appears_and_goes_meanwhile(environment: Any, jobs: Jobs) -> None:
    ids = jobs.call("res.partner.category", "create", [{"name": f"Here {n}"} for n in range(20)])
    seen: list[int] = []
    for page in iter_pages(environment, "res.partner.category", [("name", "like", "Here")], [], 3):
        seen += page.columns["id"]
        jobs.call(
            "res.partner.category", "create", [{"name": "Here too"}] if len(seen) < 30 else []
        )
        gone = [each for each in ids if each not in seen][-1:]
        jobs.call("res.partner.category", "unlink", gone)
        ids = [each for each in ids if each not in gone]
    assert len(seen) == len(set(seen))
    assert set(ids) <= set(seen)
    jobs.call(
        "res.partner.category",
        "unlink",
        jobs.call("res.partner.category", "search", [("name", "like", "Here")]),
    )


def test_columns_for_arrow(environment: Any, jobs: Jobs) -> None:
    fields = [*FIELDS, "category_id"]
    (page, *more) = iter_pages(environment, "res.partner", [("id", "<", 40)], fields)
    assert not more
    batch = page.to_arrow()
    assert batch.num_rows == len(page) > 10
    types = {field.name: str(field.type) for field in batch.schema}
    assert types["create_date"] == "timestamp[s, tz=UTC]"
    assert types["parent_id"] == types["id"] == "int64"
    assert types["category_id"] == "list<item: int64>"
    first = batch.column("create_date")[0].as_py()
    (row,) = jobs.call("res.partner", "read", [page.columns["id"][0]], ["create_date"])
    assert first == dt.datetime.fromisoformat(row["create_date"]).replace(tzinfo=dt.UTC)


def test_an_unknown_field_is_named(environment: Any) -> None:
    with pytest.raises((OdooRejected, KeyError), match="nonesuch"):
        list(iter_records(environment, "res.partner", [], ["nonesuch"]))


def test_nothing_is_read_that_the_user_may_not(jobs: Jobs) -> None:
    with pytest.raises(AccessRefused, match="out of reach"):
        list(iter_records(jobs.job().odoo, "ir.config_parameter", [], ["value"]))


def test_groups_by_pages(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.reading.PAGE", 2)
    odoo = jobs.job().odoo
    groups = list(read_group(odoo, "res.partner", [], ["country_id"], ["__count"]))
    assert len(groups) > 3
    assert sum(group["__count"] for group in groups) == jobs.call("res.partner", "search_count", [])
