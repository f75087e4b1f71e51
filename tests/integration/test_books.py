"""The reports of the books on a real Odoo: its own figures, to the cent, and each user's rows.

``FABRIC_TEST_LINES`` says how many move lines a year of the main company has (2,000).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from openpyxl import load_workbook

from odoo_bridge.errors import AccessRefused, InvalidParams, RecordMissing
from odoo_bridge.job import Json
from tests.conftest import CHECKOUT
from tests.integration.books import LINES, People, cents
from workers.embedded import odoo as dev_odoo

YEAR = {"date_from": "2025-01-01", "date_to": "2025-12-31"}
FIRST = {"main": "2025-01-01", "other": "2024-04-01"}
"""When the fiscal year began that holds 2025-01-01."""
POSTED = ("parent_state", "=", "posted")
IN_YEAR = [("date", ">=", YEAR["date_from"]), ("date", "<=", YEAR["date_to"])]

pytestmark = pytest.mark.timeout(900 + LINES // 50)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """An Odoo of their own: other companies would disturb the other tests."""
    database = f"fabric_books_{CHECKOUT}"
    odoo = dev_odoo.reset(dev_odoo.OdooOptions(database=database, port=0))
    yield People(odoo, tmp_path_factory.mktemp("books") / "answer.json")
    dev_odoo.stop(database)


def sums(people: People, login: str, domain: list[Any], field: str = "balance") -> dict[int, int]:
    """What Odoo says was posted, by account, in cents."""
    groups = people.call(
        login, "account.move.line", "formatted_read_group",
        [POSTED, *domain], ["account_id"], [f"{field}:sum"],
    )  # fmt: skip
    return {group["account_id"][0]: round(group[f"{field}:sum"] * 100) for group in groups}


def codes(people: People, login: str) -> dict[int, str]:
    rows = people.call(
        login, "account.account", "search_read", [], ["code"], context={"active_test": False}
    )
    return {row["id"]: row["code"] for row in rows}


def expected_openings(people: People, login: str, year: str) -> Counter[str]:
    """By code: what Odoo's domains for balance sheet and profit and loss accounts give."""
    code = codes(people, login)
    carries, anew = (("account_id.include_initial_balance", "=", value) for value in (True, False))
    before = ("date", "<", YEAR["date_from"])
    found: Counter[str] = Counter()
    for account, amount in sums(people, login, [carries, before]).items():
        found[code[account]] += amount
    for account, amount in sums(people, login, [anew, before, ("date", ">=", year)]).items():
        found[code[account]] += amount
    earlier = sums(people, login, [anew, ("date", "<", year)])
    found["999999"] += sum(earlier.values())
    return found


@pytest.mark.parametrize(("login", "company"), [("anna", "main"), ("bruno", "other")])
def test_the_trial_balance_is_odoos_own(people: People, login: str, company: str) -> None:
    result, _file = people.report(login, "trial_balance", **YEAR)
    rows = {row["code"]: row for row in people.rows(login, "trial_balance", **YEAR)}
    code = codes(people, login)
    opening = expected_openings(people, login, FIRST[company])
    debit, credit = (sums(people, login, IN_YEAR, side) for side in ("debit", "credit"))
    for account, name in code.items():
        row = rows.get(name, defaultdict(str))
        assert cents(row["debit"]) == debit.get(account, 0), name
        assert cents(row["credit"]) == credit.get(account, 0), name
        assert cents(row["opening_debit"]) - cents(row["opening_credit"]) == opening[name], name
        closing = opening[name] + debit.get(account, 0) - credit.get(account, 0)
        assert cents(row["closing_debit"]) - cents(row["closing_credit"]) == closing, name
    assert len(rows) > 20
    assert opening["999999"] != 0
    (books,) = result["books"]
    assert (books["opening"], books["closing"]) == (0, 0)
    assert books["debit"] == books["credit"] == sum(debit.values()) / 100


@pytest.mark.parametrize("login", ["anna", "bruno"])
def test_earlier_periods_are_odoos_own(people: People, login: str) -> None:
    quarter = {"date_from": "2025-04-01", "date_to": "2025-06-30"}
    rows = {
        row["code"]: row
        for row in people.rows(
            login, "trial_balance", compare="previous_period", compared_periods=2, **quarter
        )
    }
    code = codes(people, login)
    for number, days in ((1, ("2025-01-01", "2025-03-31")), (2, ("2024-10-01", "2024-12-31"))):
        during = [("date", ">=", days[0]), ("date", "<=", days[1])]
        for side in ("debit", "credit"):
            theirs = sums(people, login, during, side)
            assert sum(theirs.values()) > 0
            for account, amount in theirs.items():
                assert cents(rows[code[account]][f"{side}_{number}"]) == amount
            ours = sum(cents(row[f"{side}_{number}"]) for row in rows.values())
            assert ours == sum(theirs.values())
        # What an account of the balance sheet came to is all that was ever posted to it.
        carries = [("account_id.include_initial_balance", "=", True), ("date", "<=", days[1])]
        theirs = sums(people, login, carries)
        for account, amount in theirs.items():
            assert cents(rows[code[account]][f"balance_{number}"]) == amount
        assert sum(cents(row[f"balance_{number}"]) for row in rows.values()) == 0
    plain = people.rows(login, "trial_balance", **quarter)
    assert all(row.items() <= rows[row["code"]].items() for row in plain)


def test_what_balance_sheet_accounts_come_to_is_their_current_balance(people: People) -> None:
    rows = people.rows("anna", "trial_balance", date_from="2025-06-01", date_to="2100-12-31")
    accounts = people.call(
        "anna", "account.account", "search_read",
        [("include_initial_balance", "=", True)], ["code", "current_balance"],
    )  # fmt: skip
    closing = {
        row["code"]: cents(row["closing_debit"]) - cents(row["closing_credit"]) for row in rows
    }
    for account in accounts:
        assert closing.get(account["code"], 0) == round(account["current_balance"] * 100)


@pytest.mark.parametrize("login", ["anna", "bruno"])
def test_running_balances_are_odoos_own(people: People, login: str) -> None:
    rows = people.rows(login, "general_ledger", **YEAR)
    by_account: dict[str, list[Json]] = defaultdict(list)
    for row in rows:
        by_account[row["account"]].append(row)
    code = codes(people, login)
    types = [("account_type", "in", ["asset_receivable", "liability_payable", "asset_current"])]
    for account in people.call(login, "account.account", "search", types):
        domain = [POSTED, ("account_id", "=", account), ("date", "<=", YEAR["date_to"])]
        fields = ["date", "debit", "credit", "cumulated_balance"]
        newest_first = people.call(
            login, "account.move.line", "search_read", domain, fields,
            order="date desc, move_name desc, id desc",
        )  # fmt: skip
        theirs = [row for row in reversed(newest_first) if row["date"] >= YEAR["date_from"]]
        ours = [row for row in by_account[code[account]] if row["entry"]]
        assert [
            (row["date"], cents(row["debit"]), cents(row["credit"]), cents(row["balance"]))
            for row in ours
        ] == [(row["date"], *(round(row[name] * 100) for name in fields[1:])) for row in theirs]


def test_foreign_amounts_stand_beside(people: People) -> None:
    rows = people.rows("carla", "general_ledger", **YEAR)
    ours: Counter[str] = Counter()
    for row in rows:
        ours[row["currency"]] += cents(row["amount_currency"])
    theirs: Counter[str] = Counter()
    for company, currency in ((people.main, "EUR"), (people.other, "USD"), (people.branch, "USD")):
        [group] = people.call(
            "carla", "account.move.line", "formatted_read_group",
            [POSTED, ("company_id", "=", company), ("currency_id.name", "=", currency), *IN_YEAR],
            [], ["amount_currency:sum", "__count"],
        )  # fmt: skip
        assert group["__count"] > 10
        theirs[currency] += round(group["amount_currency:sum"] * 100)
    assert {name: ours[name] for name in theirs} == theirs


def test_partners_have_balances_of_their_own(people: People) -> None:
    _result, file = people.report("anna", "general_ledger", by_partner=True, **YEAR)
    plain = people.rows("anna", "general_ledger", **YEAR)
    rows = people.rows("anna", "general_ledger", by_partner=True, **YEAR)
    shown = ("entry", "label", "debit", "credit")
    entries = [row for row in rows if row["entry"]]
    assert Counter(tuple(row[name] for name in shown) for row in entries) == Counter(
        tuple(row[name] for name in shown) for row in plain if row["entry"]
    )
    last = {(row["account"], row["partner"]): cents(row["balance"]) for row in entries}
    closing = {row["account"]: cents(row["balance"]) for row in plain}
    untold = {row["account"] for row in rows if not row["entry"]}
    for account in {row["account"] for row in entries} - untold:
        assert sum(each for key, each in last.items() if key[0] == account) == closing[account]
    assert load_workbook(BytesIO(file)).sheetnames


def test_drafts_journals_accounts_and_partners(people: People) -> None:
    journal = people.made["journals"]["main"]
    everything = people.rows("anna", "general_ledger", **YEAR)
    with_drafts = people.rows(
        "anna", "general_ledger", drafts=True, date_from="2024-01-01", date_to=YEAR["date_to"]
    )
    without = people.rows("anna", "general_ledger", date_from="2024-01-01", date_to=YEAR["date_to"])
    drafts = people.call(
        "anna",
        "account.move.line",
        "search_count",
        [("parent_state", "=", "draft"), ("date", "<=", YEAR["date_to"])],
    )
    assert drafts > 0
    assert len(with_drafts) - len(without) == drafts
    one = people.rows("anna", "general_ledger", journal_ids=[journal], **YEAR)
    assert {row["journal"] for row in one if row["entry"]} == {"PLAIN"}
    assert 0 < len(one) < len(everything)
    [receivable] = people.call("anna", "account.account", "search", [("code", "=", "121000")])
    some = people.rows("anna", "general_ledger", account_ids=[receivable], **YEAR)
    assert some == [row for row in everything if row["account"] == "121000"]
    [beta] = people.call("anna", "res.partner", "search", [("name", "=", "Beta & Co")])
    of_beta = people.rows("anna", "general_ledger", partner_ids=[beta], **YEAR)
    assert {row["partner"] for row in of_beta if row["entry"]} == {"Beta & Co"}


@pytest.mark.parametrize(
    ("login", "companies"), [("anna", 1), ("bruno", 2), ("carla", 3), ("carla", 1)]
)
def test_everybody_gets_what_the_web_client_shows_them(
    people: People, login: str, companies: int
) -> None:
    on = people.companies(login)[:companies]
    rows = people.rows(login, "general_ledger", on, **YEAR)
    theirs = people.call(
        login, "account.move.line", "search_read",
        [POSTED, ("account_id", "!=", False), *IN_YEAR],
        ["move_name", "date", "debit", "credit"], companies=on,
    )  # fmt: skip
    assert len(theirs) > 100
    assert Counter(
        (row["entry"], row["date"], cents(row["debit"]), cents(row["credit"]))
        for row in rows
        if row["entry"]
    ) == Counter(
        (row["move_name"], row["date"], round(row["debit"] * 100), round(row["credit"] * 100))
        for row in theirs
    )


@pytest.mark.parametrize("name", ["general_ledger", "trial_balance", "aged"])
def test_who_may_not_see_the_books_gets_an_error_that_says_so(people: People, name: str) -> None:
    with pytest.raises(AccessRefused, match="not allowed to access"):
        people.report("dora", name)


def residuals(people: People, login: str, account_type: str, day: str) -> Counter[str]:
    """By partner, from all lines and all their matches until the day."""
    lines = people.call(
        login, "account.move.line", "search_read",
        [POSTED, ("account_type", "=", account_type), ("date", "<=", day)],
        ["balance", "partner_id"],
    )  # fmt: skip
    matches = people.call(
        login, "account.partial.reconcile", "search_read",
        [("max_date", "<=", day)], ["debit_move_id", "credit_move_id", "amount"], load="",
    )  # fmt: skip
    left = {line["id"]: round(line["balance"] * 100) for line in lines}
    for match in matches:
        amount = round(match["amount"] * 100)
        left[match["debit_move_id"]] = left.get(match["debit_move_id"], 0) - amount
        left[match["credit_move_id"]] = left.get(match["credit_move_id"], 0) + amount
    found: Counter[str] = Counter()
    for line in lines:
        found[line["partner_id"][1]] += left[line["id"]]
    return found


@pytest.mark.parametrize("day", ["2024-12-31", "2025-03-31", "2025-08-31", "2026-06-30"])
@pytest.mark.parametrize(
    ("kind", "account_type", "sign"),
    [("receivable", "asset_receivable", 1), ("payable", "liability_payable", -1)],
)
def test_what_was_open_on_a_day(
    people: People, day: str, kind: str, account_type: str, sign: int
) -> None:
    theirs = residuals(people, "anna", account_type, day)
    for details in (False, True):
        rows = people.rows("anna", "aged", kind=kind, at=day, details=details)
        ours: Counter[str] = Counter()
        for row in rows:
            ours[row["partner"]] += sign * cents(row["total"])
            buckets = list(row.values())[-7:-1]
            assert sum(map(cents, buckets)) == cents(row["total"])
        assert {name: ours[name] for name in theirs} == theirs
        assert len(theirs) >= 3


def test_open_items_are_what_odoo_has_left_now(people: People) -> None:
    domain = [POSTED, ("account_type", "=", "asset_receivable")]
    groups = people.call(
        "anna", "account.move.line", "formatted_read_group", domain,
        ["currency_id"], ["amount_residual:sum", "amount_residual_currency:sum"],
    )  # fmt: skip
    rows = people.rows("anna", "aged", at="2100-01-01")
    for group in groups:
        name = group["currency_id"][1]
        mine = [row for row in rows if (row["currency"] or "USD") == name]
        assert sum(cents(row["total"]) for row in mine) == round(group["amount_residual:sum"] * 100)
        if name != "USD":
            foreign = sum(cents(row["amount_currency"]) for row in mine)
            assert foreign == round(group["amount_residual_currency:sum"] * 100)
    assert len(groups) == 2


def test_the_stock_is_worth_what_odoo_says(people: People) -> None:
    for day, value in people.made["stock"].items():
        params = {} if day == "now" else {"at": day}
        result, _file = people.report("anna", "stock_valuation", format="csv", **params)
        assert result["stocks"] == [
            {"company": people.main, "currency": "USD", "value": pytest.approx(value, abs=0.005)}
        ]
    rows = people.rows("anna", "stock_valuation", at="2025-06-30")
    kept = {row["product"]: (row["quantity"], row["unit_cost"], row["value"]) for row in rows}
    assert kept["[KEPT-fifo] Kept by fifo"] == ("15.0", "9.0", "135.0")
    assert people.made["stock"]["2025-06-30"] > people.made["stock"]["2025-12-31"] > 0


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("general_ledger", {"journal_ids": [999_999]}, r"account\.journal \[999999\]"),
        ("trial_balance", {"account_ids": [999_999]}, r"account\.account \[999999\]"),
        ("aged", {"partner_ids": [999_999]}, r"res\.partner \[999999\]"),
        ("aged", {"company_ids": [999_999]}, r"res\.company \[999999\]"),
        ("stock_valuation", {"category_ids": [999_999]}, r"product\.category \[999999\]"),
    ],
)
def test_what_does_not_exist_is_named(people: People, name: str, params: Json, words: str) -> None:
    with pytest.raises(RecordMissing, match=words):
        people.report("anna", name, **params)


def test_another_companys_books_and_journals_do_not_exist(people: People) -> None:
    with pytest.raises(RecordMissing, match=rf"res\.company \[{people.other}\]"):
        people.report("anna", "trial_balance", company_ids=[people.other])
    journal = people.made["journals"]["other"]
    with pytest.raises(RecordMissing, match=rf"account\.journal \[{journal}\]"):
        people.report("anna", "trial_balance", journal_ids=[journal])


def test_a_period_that_ends_before_it_begins(people: People) -> None:
    with pytest.raises(InvalidParams, match="date_from is after date_to"):
        people.report("anna", "general_ledger", date_from="2025-02-01", date_to="2025-01-31")


@pytest.mark.parametrize("name", ["general_ledger", "trial_balance"])
@pytest.mark.parametrize("form", ["xlsx", "csv", "pdf"])
def test_an_empty_period_is_an_empty_report(people: People, name: str, form: str) -> None:
    result, file = people.report(
        "anna", name, format=form, date_from="2001-01-01", date_to="2001-12-31"
    )
    assert result["rows"] == 0
    assert file


def test_the_ledger_on_paper(people: People) -> None:
    _result, file = people.report("carla", "general_ledger", format="pdf", **YEAR)
    paper = pypdfium2.PdfDocument(file)
    texts = [" ".join(page.get_textpage().get_text_range().split()) for page in paper]
    assert len(texts) > 10
    assert f"Page 1 of {len(texts)}" in texts[0]
    assert any("Carried forward" in text for text in texts)
    assert "Zweite, Zweite Nord" in texts[-1]
