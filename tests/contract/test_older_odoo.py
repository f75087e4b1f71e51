"""The client without the addon, on an Odoo of any age: ``FABRIC_TEST_ODOO`` names one that runs.

    FABRIC_TEST_ODOO='http://127.0.0.1:8814 database login password' \\
        pytest tests/contract/test_older_odoo.py

It needs ``sale`` and wkhtmltopdf, and is written to; without one, the Odoo of the other tests
is asked.
"""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import Any

import pytest

from odoo_bridge.errors import (
    AccessRefused,
    CredentialsRefused,
    FabricError,
    NotOffered,
    OdooRejected,
    RecordMissing,
)
from odoo_bridge.rpc import Account, Client, connect
from odoo_bridge.rpc.loading import Batch, NativeLoader
from odoo_bridge.rpc.reading import iter_pages
from odoo_bridge.rpc.versions import major_of, spelling
from workers.check import check_odoo
from workers.settings import Settings

WHICH = "FABRIC_TEST_ODOO"
JSON2_SINCE = 19
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def account(request: pytest.FixtureRequest) -> Account:
    given = os.environ.get(WHICH)
    if given:
        return Account(*given.split())
    odoo = request.getfixturevalue("odoo")
    return Account(odoo.url, odoo.database, odoo.admin_login, odoo.admin_api_key)


@pytest.fixture(scope="module", params=["xmlrpc", "jsonrpc"])
def client(request: pytest.FixtureRequest, account: Account) -> Client:
    return connect(account, wish=request.param)


def call(client: Client, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
    return client.execute_kw(model, method, list(args), kwargs)


@pytest.fixture
def partner(client: Client) -> int:
    return int(call(client, "res.partner", "create", {"name": "Conformance"}))


@pytest.fixture
def order(client: Client, partner: int) -> int:
    values = {
        "partner_id": partner,
        "date_order": datetime(2026, 2, 1, 9, 30, 5, tzinfo=UTC),
        "validity_date": date(2026, 3, 1),
    }
    return int(call(client, "sale.order", "create", values))


@pytest.mark.parametrize(
    "values",
    [
        {"name": "Ærøskøbing 木 🦉 <&>\"']]>"},
        {"ref": 'tab\tquote" back\\slash', "city": " spaces "},
        {"active": False, "email": False, "parent_id": False},
        {"color": 2**31 - 1, "category_id": []},
    ],
    ids=",".join,
)
def test_values_come_back_as_they_went(client: Client, partner: int, values: Any) -> None:
    assert call(client, "res.partner", "write", [partner], values) is True
    (row,) = call(client, "res.partner", "read", [partner], list(values))
    assert row == {"id": partner, **values}


def test_dates_travel_as_dates(client: Client, order: int) -> None:
    (row,) = call(client, "sale.order", "read", [order], ["date_order", "validity_date"])
    assert row == {"id": order, "date_order": "2026-02-01 09:30:05", "validity_date": "2026-03-01"}


@pytest.mark.parametrize(
    ("model", "method", "args", "meant"),
    [
        ("res.partner", "write", [[999_999_999], {"name": "x"}], RecordMissing),
        ("res.partner", "no_such_method", [[1]], OdooRejected),
        ("no.such.model", "search", [[]], OdooRejected),
        ("res.partner", "search", [[["no_such_field", "=", 1]]], OdooRejected),
        ("res.users", "create", [{"name": "Again", "login": "admin"}], OdooRejected),
        ("res.partner", "_compute_display_name", [[1]], AccessRefused),
    ],
)
def test_a_fault_is_of_the_same_type(
    client: Client, model: str, method: str, args: list[Any], meant: type[FabricError]
) -> None:
    with pytest.raises(FabricError) as caught:
        client.execute_kw(model, method, args)
    assert type(caught.value) is meant
    assert "Traceback" not in str(caught.value)


def test_a_wrong_password_is_refused(account: Account, client: Client) -> None:
    wrong = Account(account.url, account.database, account.login, "no")
    with pytest.raises(CredentialsRefused, match="login"):
        connect(wrong, wish=client.protocol)


def test_pages_are_what_read_gives(client: Client) -> None:
    fields = ["name", "country_id", "is_company", "create_date", "category_id"]
    pages = list(iter_pages(client.env, "res.partner", [], fields, 7))
    ids = call(client, "res.partner", "search", [], order="id")
    expected = call(client, "res.partner", "read", ids, fields, load="")
    assert [row for page in pages for row in page.rows()] == expected
    assert len(pages) == -(-len(ids) // 7) > 1


def test_rows_are_loaded_by_odoos_own_import_and_the_bad_one_is_named(client: Client) -> None:
    rows = [
        {"id": f"__conformance__.tag_{n}", "values": {"name": name}, "refs": {}, "ids": {}}
        for n, name in enumerate(["One", "", "Three"])
    ]
    loader = NativeLoader(client.env)
    for _twice in range(2):
        answer = loader.load(Batch("res.partner.category", 0, "", (), rows))
        assert (answer.loaded, [place for place, _text in answer.errors]) == (2, [1])
    tags = call(client, "ir.model.data", "search_count", [("module", "=", "__conformance__")])
    assert tags == 2


with_password = pytest.mark.skipif(
    WHICH not in os.environ, reason="an API key opens no web session; see test_transports.py"
)


@with_password
def test_a_report_is_downloaded(client: Client, order: int) -> None:
    (row,) = call(client, "sale.order", "read", [order], ["name"])
    page = client.report.download("sale.report_saleorder", [order], converter="html").read()
    assert row["name"].encode() in page


@with_password
def test_a_report_is_downloaded_as_pdf(client: Client, order: int) -> None:
    page = client.report.download("sale.report_saleorder", [order]).read()
    assert page.startswith(b"%PDF")
    assert page.rstrip().endswith(b"%%EOF")


def test_a_report_of_no_records_says_so(client: Client) -> None:
    with pytest.raises(OdooRejected, match="of which records"):
        client.report.download("sale.report_saleorder", [])


def test_what_the_version_spells_in_its_own_way(client: Client) -> None:
    access = spelling("has_access", client.version)
    granted = call(client, "res.partner", access.name, *access.before, "read", *access.after)
    assert granted is True
    groups = spelling("group_ids", client.version).name
    assert groups in call(client, "res.users", "fields_get", [groups], ["type"])


def test_json2_is_not_offered_before_19(account: Account, client: Client) -> None:
    if major_of(client.version) >= JSON2_SINCE:
        pytest.skip("this one has it")
    with pytest.raises(NotOffered, match="came with Odoo 19"):
        connect(account, wish="json2")
    assert connect(account).protocol == "xmlrpc"


def test_the_check_says_what_it_found(account: Account) -> None:
    config = Settings(
        odoo_url=account.url,
        odoo_database=account.database,
        odoo_login=account.login,
        odoo_api_key=account.api_key,
    )
    report = check_odoo(config)
    assert major_of(report.version) >= 14
    assert report.transports["xmlrpc"].offered
    assert report.transports["json2"].offered is (major_of(report.version) >= JSON2_SINCE)
    assert report.problems  # a person's account, and without the addon in an older one
