"""Source files: what is read, and what each mistake is answered with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from odoo_bridge.errors import ConfigurationError, InvalidDelivery
from odoo_bridge.sources import Finder, Kind, read_source, read_sources, undeclared
from odoo_bridge.sources.bodies import kind_of, parse

WHOLE = """
[source]
scheme = "shopify"
secrets_env = ["SHOP_SECRET", "SHOP_SECRET_OLD"]
event_id = "header:X-Shopify-Event-Id"
filter = "test == `false`"
ordering_key = "id"
content_types = ["json", "form"]

[limits]
bytes = 65536
per_second = 50
burst = 200
allow_ips = ["192.0.2.0/24", "2001:db8::/32"]
replay_window_seconds = 60

[target]
model = "sale.order"
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path


def test_a_whole_file(directory: Path) -> None:
    (directory / "shop-eu.toml").write_text(WHOLE)
    found = read_sources(directory)["shop-eu"]
    assert found.source.scheme == "shopify"
    assert found.source.secrets_env == ["SHOP_SECRET", "SHOP_SECRET_OLD"]
    assert found.source.event_id == Finder("header:X-Shopify-Event-Id")
    assert found.source.content_types == [Kind.JSON, Kind.FORM]
    assert (found.limits.bytes, found.limits.per_second, found.limits.burst) == (65536, 50, 200)
    assert [str(each) for each in found.limits.allow_ips] == ["192.0.2.0/24", "2001:db8::/32"]
    assert found.target == {"model": "sale.order"}


def test_little_is_enough(directory: Path) -> None:
    (directory / "shop.toml").write_text('[source]\nname = "other"\nscheme = "github"\n')
    (found,) = read_sources(directory).values()
    assert (found.name, found.source.content_types) == ("other", [Kind.JSON])
    assert found.limits.replay_window_seconds == 300
    assert found.target == {}


def test_one_variable_need_not_be_a_list(directory: Path) -> None:
    path = directory / "shop.toml"
    path.write_text('[source]\nscheme = "github"\nsecrets_env = "ONE"\n')
    assert read_source(path).source.secrets_env == ["ONE"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "source: Field required"),
        ("[source", "Expected"),
        ("[source]\n", "source.scheme: Field required"),
        ('[source]\nscheme = "a"\nsecret = "b"', "source.secret: Extra inputs"),
        ('[source]\nscheme = "a"\nfilter = "a ["', "no JMESPath expression"),
        ('[source]\nscheme = "a"\nevent_id = "header: "', "names no header"),
        ('[source]\nscheme = "a"\nname = "Shop"', "source.name"),
        ('[source]\nscheme = "a"\ncontent_types = []', "content_types"),
        ('[source]\nscheme = "a"\ncontent_types = ["yaml"]', "content_types"),
        ('[source]\nscheme = "a"\n[limits]\nburst = 5', "burst belongs to per_second"),
        ('[source]\nscheme = "a"\n[limits]\nallow_ips = ["192.0.2.1/24"]', "host bits"),
        ('[source]\nscheme = "a"\n[limits]\nbytes = 0', "limits.bytes"),
        ('[source]\nscheme = "a"\n[tagret]', "tagret: Extra inputs"),
    ],
)
def test_a_mistake_is_named_with_its_file(directory: Path, text: str, said: str) -> None:
    path = directory / "shop.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=f"(?s)shop.toml: .*{said}"):
        read_source(path)


def test_a_file_that_is_not_text_is_a_mistake(directory: Path) -> None:
    (directory / "shop.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match=r"shop\.toml"):
        read_sources(directory)


def test_two_files_of_one_name_are_a_mistake(directory: Path) -> None:
    for stem in ("a", "b"):
        (directory / f"{stem}.toml").write_text('[source]\nscheme = "github"\nname = "same"\n')
    with pytest.raises(ConfigurationError, match="'same'"):
        read_sources(directory)


def test_a_directory_that_is_not_there_is_a_mistake(directory: Path) -> None:
    with pytest.raises(ConfigurationError, match="FABRIC_SOURCES"):
        read_sources(directory / "none")


def test_without_a_file_the_name_says_the_scheme() -> None:
    source = undeclared("shopify-eu").source
    assert (source.scheme, source.ordering_key) == ("shopify", Finder("id"))


@pytest.mark.parametrize(
    ("content_type", "allowed", "kind"),
    [
        ("", ["json"], "json"),
        ("text/plain", ["json"], "json"),
        ("application/json; charset=utf-8", ["form", "json"], "json"),
        ("application/cloudevents+json", ["form", "json"], "json"),
        ("application/x-www-form-urlencoded", ["json", "form"], "form"),
        ("text/xml", ["json", "xml"], "xml"),
        ("application/atom+xml", ["json", "xml"], "xml"),
        ("image/png", ["json", "raw"], "raw"),
    ],
)
def test_the_content_type_chooses_among_the_allowed(
    content_type: str, allowed: list[str], kind: str
) -> None:
    assert kind_of(content_type, [Kind(each) for each in allowed]) == kind


def test_what_is_not_allowed_is_refused() -> None:
    with pytest.raises(InvalidDelivery, match=r"'text/plain' is none of .* json, form"):
        kind_of("text/plain", [Kind.JSON, Kind.FORM])


@pytest.mark.parametrize(
    ("kind", "body", "payload"),
    [
        ("json", b'{"a": [1, null]}', {"a": [1, None]}),
        ("form", b"a=1&b=%C3%A9&a=2&c=&a=3", {"a": ["1", "2", "3"], "b": "é", "c": ""}),
        ("xml", b'<o i="7"><l>1</l><l>2</l><n/></o>', {"o": {"@i": "7", "l": ["1", "2"], "n": ""}}),
        ("xml", b'<?xml version="1.0"?><a x="1">t</a>', {"a": {"@x": "1", "#text": "t"}}),
        ("raw", b"\xff\x00", None),
    ],
)
def test_a_body_is_read_by_its_kind(kind: str, body: bytes, payload: Any) -> None:
    assert parse(Kind(kind), body) == payload


BILLION_LAUGHS = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("json", b"{"),
        ("json", b""),
        ("json", b"[" * 2000),
        ("form", b"\xff=1"),
        ("form", b"no equals sign"),
        ("form", b"a=%FF"),
        ("form", b"&".join(b"a=1" for _ in range(2000))),
        ("xml", b""),
        ("xml", b"<a>"),
        ("xml", BILLION_LAUGHS),
        ("xml", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'),
        ("xml", b"<a>" * 500 + b"</a>" * 500),
        ("xml", b'<?xml version="1.0" encoding="no-such"?><a/>'),
        ("xml", b"<a>\x00</a>"),
    ],
)
def test_a_body_that_is_not_of_its_kind_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(InvalidDelivery):
        parse(Kind(kind), body)


def test_a_finder_looks_where_it_was_told() -> None:
    assert Finder("header: X-Id").of({"x-id": "7"}, None) == "7"
    assert Finder("data.object.id").of({}, {"data": {"object": {"id": 7}}}) == 7
    assert Finder("data.id").of({}, None) is None


def test_an_expression_that_does_not_fit_the_payload_is_the_deliverys_fault() -> None:
    with pytest.raises(InvalidDelivery, match="length"):
        Finder("length(a)").of({}, {"a": 1})
