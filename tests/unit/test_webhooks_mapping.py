"""Source files as maps: what each entry makes of a payload, and what each fault is called."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from odoo_bridge.errors import ConfigurationError, InvalidDelivery
from odoo_bridge.job import Json
from odoo_bridge.ledger import Delivery
from odoo_bridge.sources import SourceFile, read_source
from tasks.webhooks.declared import declare, declared, declared_as, ready
from tasks.webhooks.delivered import mapped
from tasks.webhooks.lookups import COUNTRY, CURRENCY, PRODUCT, By, IdCache, Lookups, State
from tasks.webhooks.wants import Want, filled, look_up
from tests.unit.odoo_env import Env, demo_env

SAMPLES = Path(__file__).parents[1] / "data" / "webhooks"
HEADERS = {"shopify-orders": {"x-shopify-topic": "orders/create"}}


def source(**target: Any) -> SourceFile:
    table = {"model": "res.partner", "external_id": "c_{id}", "fields": {"name": "name"}, **target}
    return SourceFile.model_validate(
        {"source": {"name": "crm-1", "scheme": "hmac"}, "target": table}
    )


def delivery(payload: Any, name: str = "crm-1", **headers: str) -> Delivery:
    body = json.dumps(payload).encode()
    return Delivery("u", name, "e", body, "", datetime.now(UTC), headers)


def value(entry: Any, payload: Json) -> Any:
    """What one field says."""
    (operation,) = mapped(declared(source(fields={"f": entry})), delivery({"id": 1, **payload}))
    return operation["values"].get("f", "kept")


@pytest.mark.parametrize(
    ("entry", "payload", "said"),
    [
        ("a.b[1]", {"a": {"b": [1, 2]}}, 2),
        ("join(' ', [first, last][?@])", {"first": "A", "last": None}, "A"),
        ("lower(trim(mail))", {"mail": " A@B.C "}, "a@b.c"),
        ("text(number)", {"number": 7}, "7"),
        ("missing", {}, False),
        ("empty", {"empty": ""}, False),
        ({"path": "missing", "keep": True}, {}, "kept"),
        ({"path": "missing", "default": 3}, {}, 3),
        ({"value": "always"}, {}, "always"),
        ({"template": "{_source}:{id}/{a.b}"}, {"a": {"b": 2}}, "crm-1:1/2"),
        ({"path": "n", "as": "text"}, {"n": 12}, "12"),
        ({"path": "n", "as": "integer"}, {"n": "12"}, 12),
        ({"path": "n", "as": "decimal"}, {"n": "12.50"}, 12.5),
        ({"path": "n", "as": "decimal"}, {"n": 0}, 0.0),
        ({"path": "n", "as": "boolean"}, {"n": "TRUE"}, True),
        ({"path": "n", "as": "boolean"}, {"n": False}, False),
        ({"path": "n", "as": "minor_units", "currency": "c"}, {"n": 1999, "c": "usd"}, 19.99),
        ({"path": "n", "as": "minor_units", "currency": "c"}, {"n": 1999, "c": "jpy"}, 1999.0),
        (
            {"path": "t", "as": "datetime"},
            {"t": "2026-01-05T09:30:00+02:00"},
            "2026-01-05 07:30:00",
        ),
        ({"path": "t", "as": "datetime"}, {"t": 0}, "1970-01-01 00:00:00"),
        ({"path": "t", "as": "date"}, {"t": "2026-01-05T23:30:00-05:00"}, "2026-01-05"),
        ({"path": "t", "as": "date"}, {"t": 1_700_000_000}, "2023-11-14"),
    ],
)
def test_what_a_field_says(entry: Any, payload: Json, said: Any) -> None:
    assert value(entry, payload) == said


@pytest.mark.parametrize(
    ("entry", "payload", "named"),
    [
        ({"path": "n", "as": "integer"}, {"n": "twelve"}, "f: 'twelve' is no whole number"),
        ({"path": "n", "as": "integer"}, {"n": 1.5}, "no whole number"),
        ({"path": "n", "as": "decimal"}, {"n": "NaN"}, "f: 'NaN' is no number"),
        ({"path": "n", "as": "decimal"}, {"n": True}, "no number"),
        ({"path": "n", "as": "boolean"}, {"n": 1}, "neither true nor false"),
        ({"path": "t", "as": "datetime"}, {"t": "soon"}, "f: 'soon' is no date"),
        ({"path": "t", "as": "datetime"}, {"t": 1e30}, "is no date"),
        ({"path": "missing", "required": True}, {}, "f: is required, .*'missing' finds nothing"),
        ("a", {"a": {}}, "f: a dict is no value"),
        ("length(a)", {"a": 5}, r"f: the expression 'length\(a\)' fails"),
        ({"template": "{a}"}, {}, "f: the expression 'a' of '{a}' finds nothing"),
        ({"template": "{a}"}, {"a": [1]}, "finds no single value"),
        ({"path": "c", "as": "country"}, {"c": ["US", {}]}, "f: dict is no text"),
        ({"path": "c", "as": "country"}, {"c": [None]}, "f: an empty list names nothing"),
        ({"path": "c", "as": "partner"}, {"c": "nobody"}, "f: 'nobody' is no e-mail address"),
        (
            {"path": "c", "as": "record", "model": "m", "by": "n"},
            {"c": [[1]]},
            "f: a list is no value of a field",
        ),
    ],
)
def test_an_error_names_the_field_and_the_expression(entry: Any, payload: Json, named: str) -> None:
    with pytest.raises(InvalidDelivery, match=named):
        value(entry, payload)


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ({"fields": {"a": "b["}}, "target.fields.a.path: .*'b\\[' is no JMESPath expression"),
        ({"external_id": "c_{[}"}, "target.external_id: .*no JMESPath"),
        ({"fields": {"a": {}}}, "target.fields.a: .*give one of path"),
        ({"fields": {"a": {"path": "b", "value": 1}}}, "path and value"),
        ({"fields": {"a": {"path": "b", "as": "colour"}}}, "target.fields.a.as"),
        ({"fields": {"a": {"path": "b", "as": "state"}}}, "as = state needs country"),
        ({"fields": {"a": {"path": "b", "country": "c"}}}, "country does not go with"),
        ({"fields": {"a": {"path": "b", "as": "record"}}}, "needs model and by"),
        ({"fields": {"a": {"value": 1, "as": "text"}}}, "as needs a path"),
        ({"fields": {"a": {"each": "b"}}}, "each needs a key"),
        ({"fields": {"a": {"path": "b", "key": "c"}}}, "belong to each"),
        ({"fields": {"a": {"record": "buyer"}}}, "no record is named 'buyer'"),
        ({"feilds": {}}, "target.feilds"),
        ({"prepare": "no.such:hook"}, "target.prepare: no function 'no.such:hook'"),
        ({"prepare": "json"}, "target.prepare"),
        ({"use": "magento"}, "'crm-1' has no target.*shopify-orders"),
    ],
)
def test_a_wrong_target_is_refused_when_it_is_read(target: Json, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        declare({"crm-1": source(**target)})


def test_a_source_that_says_nothing_of_its_target_is_a_dead_letter_that_says_what_to_do() -> None:
    with pytest.raises(InvalidDelivery, match=r"'nobody' has no target: write \[target\]"):
        declared_as("nobody")


def test_shops_need_no_file() -> None:
    assert declared_as("shopify-eu").target.model == "sale.order"


def test_a_declared_source_goes_before_and_builds_on_a_ready_one() -> None:
    table = {"use": "generic", "model": "x.contact", "fields": {"ref": "code"}}
    declare({"crm": SourceFile.model_validate(
        {"source": {"name": "crm", "scheme": "hmac"}, "target": table}
    )})  # fmt: skip
    try:
        (made,) = mapped(declared_as("crm"), delivery({"id": 1, "name": "N", "code": "C"}, "crm"))
    finally:
        declare({})
    assert (made["model"], made["key"]) == ("x.contact", "webhook_crm.contact_1")
    assert made["values"] == {"name": "N", "ref": "C"}


def test_one2many_lines_are_nested_maps() -> None:
    line = {"name": "what", "parent": {"path": "_root.id"}, "note": {"path": "note", "keep": True}}
    lines = {"each": "items", "key": "l_{_root.id}_{n}", "fields": line}
    (made,) = mapped(
        declared(source(fields={"child_ids": lines})),
        delivery({"id": 1, "items": [{"n": 1, "what": "a"}, {"n": 2, "what": "b", "note": "x"}]}),
    )
    assert made["lines"]["child_ids"] == [
        {"key": "webhook_crm_1.l_1_1", "values": {"name": "a", "parent": 1}},
        {"key": "webhook_crm_1.l_1_2", "values": {"name": "b", "parent": 1, "note": "x"}},
    ]


def test_an_error_in_a_line_says_which() -> None:
    line = {"qty": {"path": "n", "as": "integer"}}
    lines = {"each": "items", "key": "l_{n}", "fields": line}
    found = declared(source(fields={"child_ids": lines}))
    with pytest.raises(InvalidDelivery, match=r"child_ids\[1\].qty: 'x' is no whole number"):
        mapped(found, delivery({"id": 1, "items": [{"n": 1}, {"n": "x"}]}))
    with pytest.raises(InvalidDelivery, match="child_ids: the expression 'items' finds no list"):
        mapped(found, delivery({"id": 1, "items": {"n": 1}}))


def test_once_and_defaults_are_for_new_records_alone() -> None:
    target = {"fields": {"a": "x", "b": {"path": "y", "once": True}}, "defaults": {"c": 1}}
    (made,) = mapped(declared(source(**target)), delivery({"id": 1, "x": 2, "y": 3}))
    assert (made["values"], made["new"]) == ({"a": 2}, {"c": 1, "b": 3})


def test_partner_by_email_is_got_or_created() -> None:
    entry = {"path": "mail", "as": "partner"}
    partner, made = mapped(
        declared(source(fields={"partner_id": entry})), delivery({"id": 1, "mail": " A@B.c"})
    )
    assert partner["match"] == [{"email_normalized": "a@b.c"}]
    assert partner["update"] is False
    assert made["values"] == {"partner_id": {"$ref": 0}}


def test_a_body_is_what_its_source_takes() -> None:
    file = SourceFile.model_validate(
        {
            "source": {"name": "f", "scheme": "hmac", "content_types": ["form"]},
            "target": {"model": "m", "external_id": "x_{id}", "fields": {"a": "b"}},
        }
    )
    sent = Delivery("u", "f", "e", b"id=7&b=c%20d", "", datetime.now(UTC), {})
    (made,) = mapped(declared(file), sent)
    assert (made["key"], made["values"]) == ("webhook_f.x_7", {"a": "c d"})
    with pytest.raises(InvalidDelivery, match="not JSON"):
        mapped(declared(source()), Delivery("u", "f", "e", b"{", "", datetime.now(UTC), {}))


@pytest.mark.parametrize("name", list(ready()))
def test_each_ready_source_maps_its_sample(name: str) -> None:
    file = read_source(ready()[name])
    sample = SAMPLES / f"{name}.json"
    body = sample.read_bytes()
    sent = Delivery("u", name, "e", body, "", datetime.now(UTC), HEADERS.get(name, {}))
    *_, made = mapped(declared(file), sent)
    expected = json.loads((SAMPLES / f"{name}.expected.json").read_text())
    found = {part: made[part] for part in ("model", "key", "version")}
    assert found == {part: expected[part] for part in found}
    values = json.loads(json.dumps(made["values"], default=lambda want: want.said))
    assert values.items() >= expected["values"].items()
    assert {
        k: [sorted(line["values"]) for line in v] for k, v in made["lines"].items()
    } == expected["lines"]


class Counting(Env):
    """Counts the calls of each model."""

    def __init__(self, env: Env) -> None:
        super().__init__()
        self.models = env.models
        self.asked: list[str] = []

    def __getitem__(self, model: str) -> Any:
        self.asked.append(model)
        return super().__getitem__(model)


def test_a_batch_asks_once_a_kind_and_then_knows() -> None:
    odoo, cache = Counting(demo_env()), IdCache()
    country, state = Want(COUNTRY, ("US",), "a"), Want(State(), (("US", "KY"),), "b")
    wants = [{"a": country, "b": [state]}, {"a": country, "c": Want(PRODUCT, ("E-COM06",), "c")}]
    answers = look_up(wants, Lookups(odoo, "s", cache))
    assert sorted(odoo.asked) == ["product.product", "res.country", "res.country.state"]
    assert filled(wants, answers) == [{"a": 233, "b": [25]}, {"a": 233, "c": 100}]
    look_up(wants, Lookups(odoo, "s", cache))
    assert len(odoo.asked) == 3
    look_up(wants, Lookups(odoo, "another", cache))
    assert len(odoo.asked) == 6, "another source may see other records"


def test_what_was_not_found_is_looked_for_again_and_what_is_old_too() -> None:
    odoo = Counting(Env())
    want = Want(CURRENCY, ("EUR",), "f")
    for _ in range(2):
        with pytest.raises(
            InvalidDelivery, match=r"f: Odoo has no res.currency whose name is 'EUR'"
        ):
            filled(want, look_up([want], Lookups(odoo, "s", IdCache())))
    odoo.models["res.currency"] = [{"id": 9, "name": "EUR"}]
    cache = IdCache(seconds=0)
    assert filled(want, look_up([want], Lookups(odoo, "s", cache))) == 9
    look_up([want], Lookups(odoo, "s", cache))
    assert len(odoo.asked) == 4


def test_the_cache_is_bounded() -> None:
    cache = IdCache(most=2)
    cache.keep("s", COUNTRY, {"A": [1], "B": [2]})
    cache.keep("s", COUNTRY, {"C": [3]})
    assert len(cache.known("s", COUNTRY, ["A", "B", "C"])) == 2


def test_the_first_of_several_that_is_known_and_only_if_it_is_one() -> None:
    kind = By("product.product", "default_code")
    answers = {kind: {"A": [1], "B": [2, 3]}}
    assert filled(Want(kind, ("X", "A"), "f"), answers) == 1
    assert filled(Want(kind, ("X",), "f", optional=True), answers) is False
    with pytest.raises(InvalidDelivery, match=r"f: Odoo has 2 records: .*'B'"):
        filled(Want(kind, ("B",), "f"), answers)
