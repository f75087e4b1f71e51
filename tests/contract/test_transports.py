"""What every transport must do, on a real Odoo 19: the same values in and out, the same errors."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from odoo_bridge.errors import (
    AccessRefused,
    AddonUnusable,
    AnswerUnreadable,
    CredentialsRefused,
    FabricError,
    InvalidValue,
    NotOdoo,
    NotOffered,
    OdooRejected,
    OdooUnavailable,
    RecordMissing,
)
from odoo_bridge.rpc import Account, Addon, Client, HttpOptions, Purpose, Timeout, Wish, connect
from tests.contract.answering import response, serving
from workers.embedded.instance import DevOdoo

pytestmark = pytest.mark.timeout(900)
WISHES: tuple[Wish, ...] = ("xmlrpc", "jsonrpc", "json2")
ECHO = "transports.echo"


def service(odoo: DevOdoo, **changed: str) -> Account:
    given = {
        "url": odoo.url,
        "database": odoo.database,
        "login": odoo.login,
        "api_key": odoo.api_key,
    }
    return Account(**{**given, **changed})


def administrator(odoo: DevOdoo) -> Account:
    return service(odoo, login=odoo.admin_login, api_key=odoo.admin_api_key)


@pytest.fixture(scope="module", params=WISHES)
def wish(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def admin(odoo: DevOdoo, wish: Wish) -> Client:
    return connect(administrator(odoo), wish=wish)


@pytest.fixture(scope="module")
def addon(odoo: DevOdoo, wish: Wish) -> Addon:
    found = Addon(connect(service(odoo), wish=wish))
    found.register_tasks(
        [{"name": ECHO, "queue": "echo", "schema": {}, "max_attempts": 1, "description": ""}]
    )
    return found


@pytest.fixture
def partner(admin: Client) -> int:
    return int(admin.execute_kw("res.partner", "create", [{"name": "Conformance"}]))


def written(admin: Client, partner: int, **values: Any) -> Any:
    """The values as Odoo gives them back."""
    assert admin.execute_kw("res.partner", "write", [[partner], values]) is True
    (row,) = admin.execute_kw("res.partner", "read", [[partner], list(values)])
    assert row.pop("id") == partner
    return row


@pytest.mark.parametrize(
    "values",
    [
        {"name": "Ærøskøbing 木 🦉 <&>\"']]>"},
        {"ref": 'tab\tquote" back\\slash', "city": " spaces "},
        {"partner_latitude": 52.123, "partner_longitude": -1.5},
        {"active": False, "email": False, "parent_id": False},
        {"color": 2**31 - 1},
        {"category_id": []},
    ],
    ids=",".join,
)
def test_values_come_back_as_they_went(admin: Client, partner: int, values: dict[str, Any]) -> None:
    assert written(admin, partner, **values) == values


def test_lines_keep_their_ends(admin: Client, partner: int) -> None:
    (attached,) = admin.execute_kw(
        "ir.attachment", "create", [[{"name": "x", "description": "a\r\nb\rc\n"}]]
    )
    (row,) = admin.execute_kw("ir.attachment", "read", [[attached], ["description"]])
    assert row["description"] == "a\r\nb\rc\n"


def test_none_unsets_and_comes_back_as_false(admin: Client, partner: int) -> None:
    assert written(admin, partner, ref=None) == {"ref": False}


def test_binary_travels_as_base64(admin: Client) -> None:
    content = b64encode(bytes(range(256)) * 400).decode()
    made = admin.execute_kw("ir.attachment", "create", [{"name": "all bytes", "datas": content}])
    (row,) = admin.execute_kw("ir.attachment", "read", [[made], ["datas", "file_size"]])
    assert (row["datas"], row["file_size"]) == (content, 102_400)


def test_dates_travel_as_dates_and_come_back_as_odoo_writes_them(
    admin: Client, partner: int
) -> None:
    values = {
        "partner_id": partner,
        "date_order": datetime(2026, 2, 1, 9, 30, 5, tzinfo=UTC),
        "validity_date": date(2026, 3, 1),
    }
    made = admin.execute_kw("sale.order", "create", [values])
    (row,) = admin.execute_kw("sale.order", "read", [[made], ["date_order", "validity_date"]])
    assert row == {"id": made, "date_order": "2026-02-01 09:30:05", "validity_date": "2026-03-01"}


def test_commands_and_relations(admin: Client, partner: int) -> None:
    names = [{"name": "one"}, {"name": "two"}]
    tags = admin.execute_kw("res.partner.category", "create", [names])
    assert [type(tag) for tag in tags] == [int, int]
    assert written(admin, partner, category_id=[(6, 0, tags)]) != {}
    (row,) = admin.execute_kw("res.partner", "read", [[partner], ["category_id", "country_id"]])
    assert (sorted(row["category_id"]), row["country_id"]) == (sorted(tags), False)


def test_nested_values_come_back_as_they_went(admin: Client, addon: Addon) -> None:
    params = {
        "deep": [[[], {}], [{"a": [1.5, "é", True, -1]}]],
        "empty": "",
        "zero": 0,
        "no": False,
    }
    (job,) = admin.execute_kw("celery.job", "enqueue", [ECHO, params])
    (row,) = admin.execute_kw("celery.job", "read", [[job], ["params"]])
    assert row["params"] == params


def test_what_xml_cannot_answer_is_said_to_have_been_applied(
    odoo: DevOdoo, admin: Client, addon: Addon
) -> None:
    """Odoo's XML-RPC can take an integer over 32 bits, and cannot give it."""
    (job,) = admin.execute_kw("celery.job", "enqueue", [ECHO, {"value": 2**40}])
    if admin.protocol == "xmlrpc":
        with pytest.raises(AnswerUnreadable, match="use jsonrpc or json2"):
            admin.execute_kw("celery.job", "read", [[job], ["params"]])
        admin = connect(administrator(odoo), wish="jsonrpc")
    (row,) = admin.execute_kw("celery.job", "read", [[job], ["params"]])
    assert row["params"] == {"value": 2**40}


def test_a_nested_none_of_a_job_is_read_as_false(admin: Client, addon: Addon) -> None:
    (job,) = admin.execute_kw("celery.job", "enqueue", [ECHO, {"value": None}])
    (row,) = admin.execute_kw("celery.job", "read", [[job], ["params"]])
    assert row["params"] == {"value": False}


def test_a_method_without_an_answer_answers_none_and_is_applied(
    admin: Client, partner: int
) -> None:
    order = admin.execute_kw("sale.order", "create", [{"partner_id": partner}])
    assert admin.execute_kw("sale.order", "action_lock", [[order]]) is None
    (row,) = admin.execute_kw("sale.order", "read", [[order], ["locked"]])
    assert row["locked"] is True


def test_results_that_are_empty(admin: Client) -> None:
    none = [["id", "=", -1]]
    assert admin.execute_kw("res.partner", "search", [none]) == []
    assert admin.execute_kw("res.partner", "search_read", [none, ["name"]]) == []
    assert admin.execute_kw("res.partner", "search_count", [none]) == 0
    assert admin.execute_kw("res.partner", "read", [[], ["name"]]) == []


def test_arguments_by_position_and_by_name_are_the_same(admin: Client) -> None:
    domain = [["is_company", "=", True]]
    by_position = admin.execute_kw("res.partner", "search", [domain, 1, 3, "id desc"])
    names = {"offset": 1, "limit": 3, "order": "id desc"}
    assert admin.execute_kw("res.partner", "search", [domain], names) == by_position
    assert admin.execute_kw("res.partner", "search", [], {"domain": domain, **names}) == by_position
    assert len(by_position) == 3


def test_a_context_is_heeded(admin: Client, partner: int) -> None:
    admin.execute_kw("res.partner", "write", [[partner], {"active": False}])
    domain = [["id", "=", partner]]
    assert admin.execute_kw("res.partner", "search", [domain]) == []
    context = {"context": {"active_test": False}}
    assert admin.execute_kw("res.partner", "search", [domain], context) == [partner]


def test_odoorpcs_face(admin: Client, partner: int) -> None:
    partners = admin.env["res.partner"]
    record = partners.browse(partner)
    assert record.name == "Conformance"
    record.name = "Renamed"
    assert partners.search_read([["id", "=", partner]], ["name"])[0]["name"] == "Renamed"
    assert admin.execute("res.partner", "read", [partner], ["name"])[0]["name"] == "Renamed"
    assert admin.env.ref("base.main_company").id == 1
    assert partners.name_search("Renamed", [], "=")[0][0] == partner
    assert "name" in partners.fields_get(["name"])


FAULTS = [
    ("res.partner", "write", [[999_999_999], {"name": "x"}], RecordMissing),
    ("res.partner", "write", [[1], {"no_such_field": 1}], OdooRejected),
    ("res.partner", "no_such_method", [[1]], OdooRejected),
    ("no.such.model", "search", [[]], OdooRejected),
    ("res.partner", "_compute_display_name", [[1]], AccessRefused),
    ("res.partner", "search", [[["no_such_field", "=", 1]]], OdooRejected),
    ("res.users", "create", [{"name": "Again", "login": "admin"}], OdooRejected),
    ("res.partner", "create", [{"name": False, "type": "contact"}], OdooRejected),
    ("celery.missing", "fabric_hello", ["{}"], AddonUnusable),
    ("celery.job", "fabric_of_a_later_release", ["{}"], AddonUnusable),
    ("res.partner", "create", [{"name": float("nan")}], InvalidValue),
    ("res.partner", "create", [{"name": b"bytes"}], InvalidValue),
    ("res.partner", "create", [{"name": "half \ud83d"}], InvalidValue),
]


@pytest.mark.parametrize(
    ("model", "method", "args", "meant"), FAULTS, ids=[f"{m}.{f}" for m, f, *_ in FAULTS]
)
def test_a_fault_is_the_same_type_by_every_transport(
    admin: Client, model: str, method: str, args: list[Any], meant: type[FabricError]
) -> None:
    with pytest.raises(FabricError) as caught:
        admin.execute_kw(model, method, args)
    assert type(caught.value) is meant
    assert "Traceback" not in str(caught.value)
    if meant is not InvalidValue:
        assert caught.value.fault is not None
        assert (caught.value.fault.model, caught.value.fault.method) == (model, method)


def test_who_may_not_is_refused(odoo: DevOdoo, wish: Wish) -> None:
    with pytest.raises(AccessRefused):
        connect(service(odoo), wish=wish).env["sale.order"].search([])


@pytest.mark.parametrize(
    "changed",
    [{"database": "no_such_database"}, {"api_key": "0" * 40}, {"login": "somebody"}],
    ids=["database", "key", "login"],
)
def test_a_login_that_is_wrong_says_what_to_check(
    odoo: DevOdoo, wish: Wish, changed: dict[str, str]
) -> None:
    account = service(odoo, **changed)
    with pytest.raises(CredentialsRefused, match=r"database|login") as caught:
        connect(account, wish=wish)
    assert account.api_key not in repr(caught.value)


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE res_users_apikeys SET expiration_date = now() - interval '1 day'",
        "DELETE FROM res_users_apikeys",
    ],
    ids=["expired", "revoked"],
)
def test_a_key_that_ends_while_it_is_used_is_refused(odoo: DevOdoo, wish: Wish, end: str) -> None:
    client = connect(service(odoo), wish=wish)
    with psycopg.connect(odoo.database_dsn) as owner:
        kept = owner.execute(
            "SELECT id, name, user_id, scope, expiration_date, index, key, create_date "
            "FROM res_users_apikeys WHERE user_id = %s",
            [client.env.uid],
        ).fetchall()
        owner.execute(f"{end} WHERE user_id = %s", [client.env.uid])
    try:
        # Odoo remembers for a while whom it let in: it must hear of the change.
        with psycopg.connect(odoo.database_dsn) as owner:
            owner.execute("INSERT INTO orm_signaling_default DEFAULT VALUES")
        with pytest.raises(CredentialsRefused, match="revoked or expired"):
            client.execute_kw("res.users", "context_get", [])
    finally:
        with psycopg.connect(odoo.database_dsn) as owner:
            owner.execute("DELETE FROM res_users_apikeys WHERE user_id = %s", [client.env.uid])
            for row in kept:
                owner.execute(
                    "INSERT INTO res_users_apikeys (id, name, user_id, scope, expiration_date, "
                    "index, key, create_date) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                    row,
                )


def test_a_wrong_path_is_no_odoo(odoo: DevOdoo, wish: Wish) -> None:
    with pytest.raises((NotOdoo, NotOffered)):
        connect(service(odoo, url=odoo.url + "/web/wrong"), wish=wish)


def test_the_addon_takes_what_xml_cannot_hold(odoo: DevOdoo, addon: Addon) -> None:
    assert addon.hello()["odoo"] == "19.0"
    text = "bell \x07, no characters \ufffe\uffff, a return\r\n"
    task = {"name": ECHO, "queue": "echo", "schema": {}, "max_attempts": 1, "description": text}
    addon.register_tasks([task])
    reader = connect(administrator(odoo), wish="jsonrpc").env["celery.task"]
    (row,) = reader.search_read([["name", "=", ECHO]], ["description"])
    assert row["description"] == text


def test_a_value_of_an_outcome_that_is_no_number_is_named(addon: Addon) -> None:
    with pytest.raises(InvalidValue, match=r"operations\[0\]\.values\.price is not a finite"):
        addon.write_back([{"operations": [{"values": {"price": float("nan")}}]}])


@pytest.fixture
def person(odoo: DevOdoo) -> Client:
    """Somebody who logs in by password."""
    return connect(service(odoo, login=odoo.admin_login, api_key="admin"))


def test_a_report_is_downloaded(person: Client) -> None:
    (order,) = person.execute_kw("sale.order", "search", [[]], {"limit": 1, "order": "id"})
    page = person.report.download("sale.report_saleorder", [order], converter="html").read()
    (row,) = person.execute_kw("sale.order", "read", [[order], ["name"]])
    assert row["name"].encode() in page


def test_a_report_that_odoo_cannot_make_says_so(person: Client) -> None:
    with pytest.raises(OdooRejected, match="no_such_report as html: HTTP"):
        person.report.download("sale.no_such_report", [1], converter="html")


def test_a_report_wants_a_password(odoo: DevOdoo) -> None:
    with pytest.raises(CredentialsRefused, match="an API key is not enough"):
        connect(administrator(odoo)).report.download("sale.report_saleorder", [1])


def test_auto_takes_what_is_best_for_the_purpose(odoo: DevOdoo) -> None:
    account = service(odoo)
    assert connect(account).protocol == "xmlrpc"
    assert connect(account, purpose=Purpose.READ).protocol == "json2"


def test_a_server_that_offers_nothing_is_no_odoo() -> None:
    with (
        serving(response(b"<title>Shop</title>", 404)) as url,
        pytest.raises(NotOdoo, match="Shop"),
    ):
        connect(Account(url, "db", "login", "key"), HttpOptions(Timeout(1, 1, 1)))


def test_json2_asks_for_names_that_it_does_not_know(odoo: DevOdoo) -> None:
    client = connect(administrator(odoo), wish="json2")
    with pytest.raises(NotOffered, match="by name"):
        client.execute_kw("res.partner", "message_post", [[1], "hello"])
    with pytest.raises(NotOffered, match=r"no db\.list"):
        client.transport.call("db", "list", [])


def test_while_odoo_is_away_it_is_unavailable(wish: Wish) -> None:
    with pytest.raises(OdooUnavailable, match="cannot be reached"):
        connect(Account("http://127.0.0.1:9", "db", "login", "key"), wish=wish)
