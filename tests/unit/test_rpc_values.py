"""Which values travel to Odoo, and how one is named that cannot."""

from __future__ import annotations

import xmlrpc.client
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from functools import partial
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_bridge.errors import InvalidValue
from odoo_bridge.rpc.transport import Call
from odoo_bridge.rpc.values import NOT_XML, to_json
from odoo_bridge.rpc.xml import dump_call, load_answer

KEY = "a-key-that-nobody-may-see"


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


def through_json(value: Any) -> Any:
    return orjson.loads(to_json(value, lambda: None))


def through_xml(value: Any) -> Any:
    (read,), _ = xmlrpc.client.loads(dump_call("m", [value], lambda: None))
    return read


def execute(value: Any) -> list[Any]:
    return ["db", 2, KEY, "res.partner", "write", [[7], {"line_ids": [{"price": value}]}], {}]


def refused_by_json(value: Any) -> str:
    args = execute(value)
    with pytest.raises(InvalidValue) as caught:
        to_json(args, Call.of("object", "execute_kw", args).invalid)
    return str(caught.value)


def refused_by_xml(value: Any) -> str:
    args = execute(value)
    find = partial(Call.of("object", "execute_kw", args).invalid, NOT_XML)
    with pytest.raises(InvalidValue) as caught:
        dump_call("execute_kw", args, find)
    return str(caught.value)


@pytest.mark.parametrize("through", [through_json, through_xml])
@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (date(2026, 2, 1), "2026-02-01"),
        (datetime(2026, 2, 1, 9, 30, 5, 999), "2026-02-01 09:30:05"),
        (datetime(2026, 2, 1, 9, 30, tzinfo=UTC), "2026-02-01 09:30:00"),
        (datetime(2026, 2, 1, 9, tzinfo=timezone(timedelta(hours=2))), "2026-02-01 07:00:00"),
        (Colour.RED, "red"),
        (Level.HIGH, 3),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ((1, (2,)), [1, [2]]),
        (2**40, 2**40),
        (-(2**63), -(2**63)),
        (2**64 - 1, 2**64 - 1),
        (0.1, 0.1),
        (5e-324, 5e-324),
        (1.7976931348623157e308, 1.7976931348623157e308),
        ("", ""),
        (" \r\n\t ", " \r\n\t "),
        ("</string>&amp;]]>", "</string>&amp;]]>"),
        ({"": None, "a<b>&": [False, True]}, {"": None, "a<b>&": [False, True]}),
    ],
    ids=repr,
)
def test_a_value_arrives_as_odoo_writes_it(through: Any, value: Any, arrives: Any) -> None:
    read = through(value)
    assert read == arrives
    assert type(read) is type(arrives)


@pytest.mark.parametrize("refused", [refused_by_json, refused_by_xml])
@pytest.mark.parametrize(
    ("value", "why"),
    [
        (float("nan"), "is not a finite number"),
        (float("-inf"), "is not a finite number"),
        (2**64, "more than 64 bits"),
        (-(2**63) - 1, "more than 64 bits"),
        ("half \ud83d", "U+D83D"),
        (b"bytes", "base64"),
        (Decimal("1.1"), "of type Decimal"),
        ({1, 2}, "of type set"),
        ({1: "x"}, "a key that is no text"),
        pytest.param(object(), "of type object", id="an object"),
    ],
    ids=repr,
)
def test_a_value_that_cannot_travel_is_named_and_not_quoted(
    refused: Any, value: Any, why: str
) -> None:
    said = refused(value)
    assert said.startswith("res.partner.write: args[1].line_ids[0].price ")
    assert why in said
    assert KEY not in said


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x1f", "\ufffe", "\uffff"])
def test_what_xml_cannot_hold_is_named_and_json_carries_it(character: str) -> None:
    assert f"U+{ord(character):04X}" in refused_by_xml(f"a{character}b")
    assert through_json(f"a{character}b") == f"a{character}b"


def test_none_is_not_taken_for_nan() -> None:
    assert through_json({"a": None, "b": "null", "c": [1.5]}) == {
        "a": None,
        "b": "null",
        "c": [1.5],
    }


def test_an_object_is_not_written_as_what_it_holds() -> None:
    """The standard library's marshaller writes any object's attributes, secrets and all."""

    class Holder:
        def __init__(self) -> None:
            self.api_key = KEY

    assert "of type Holder" in refused_by_xml(Holder())


texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(plain)
def test_whatever_json_knows_comes_back_by_json(value: Any) -> None:
    assert through_json(value) == value


@given(plain)
def test_whatever_json_knows_comes_back_by_xml_or_is_refused(value: Any) -> None:
    call = Call("m", "f", {"args": [value]})
    find = partial(call.invalid, NOT_XML)
    if find():
        with pytest.raises(InvalidValue, match=r"m\.f: args"):
            dump_call("f", [value], find)
    else:
        assert through_xml(value) == value


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])) | st.just("a\r\n\rb"))
def test_an_answer_keeps_its_line_ends(text: str) -> None:
    if NOT_XML.search(text):
        return
    body = xmlrpc.client.dumps(([{"é": text}],), methodresponse=True).encode()
    assert load_answer(body) == [{"é": text}]
