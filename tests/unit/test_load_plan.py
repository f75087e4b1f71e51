"""Cells, headers, and what is loaded together."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from odoo_bridge.errors import Permanent
from odoo_bridge.rpc.loading import LANES
from tasks.records.cells import BadCell, converter
from tasks.records.mapping import BadRow, RowMapping
from tasks.records.plan import Spool, lanes_for, planned

ZONE = ZoneInfo("Europe/Brussels")
FIELDS = {
    "name": {"type": "char"},
    "color": {"type": "integer"},
    "parent_id": {"type": "many2one", "relation": "x"},
    "tag_ids": {"type": "many2many", "relation": "x.tag"},
    "line_ids": {"type": "one2many", "relation": "x.line"},
}


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("char", 7.0, "7"),
        ("char", "007", "007"),
        ("char", None, False),
        ("integer", "12", 12),
        ("integer", 12.0, 12),
        ("integer", "9007199254740993", 9007199254740993),
        ("float", "1.5", 1.5),
        ("boolean", "Yes", True),
        ("boolean", False, False),
        ("boolean", 1.0, True),
        ("date", dt.datetime(2026, 1, 2, 3), "2026-01-02"),
        ("datetime", "2026-07-01 12:00", "2026-07-01 10:00:00"),
        ("datetime", "2026-07-01T12:00:00Z", "2026-07-01 12:00:00"),
        ("datetime", dt.datetime(2026, 1, 2, 3), "2026-01-02 02:00:00"),
        ("selection", "Draft", "draft"),
        ("selection", "draft", "draft"),
    ],
)
def test_a_cell(kind: str, cell: Any, value: Any) -> None:
    facts = {"type": kind, "selection": [["draft", "Draft"]]}
    assert converter(facts, ZONE)(cell) == value


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("integer", "1.5"),
        ("integer", "red"),
        ("float", "1,5"),
        ("float", "nan"),
        ("float", "1e999"),
        ("float", True),
        ("boolean", "maybe"),
        ("date", "22.11.2026"),
        ("datetime", "noon"),
        ("selection", "done"),
        ("char", ["a"]),
    ],
)
def test_a_bad_cell(kind: str, cell: Any) -> None:
    with pytest.raises(BadCell):
        converter({"type": kind, "selection": [["draft", "Draft"]]}, ZONE)(cell)


def test_a_row() -> None:
    mapping = RowMapping("x", FIELDS, ZONE)
    cells = {"id": "a.b", "name": "N", "parent_id/id": "c", "tag_ids/.id": "1,2"}
    row = mapping.to_wire(cells)
    assert row == {
        "id": "a.b",
        "values": {"name": "N"},
        "refs": {"parent_id": "__import__.c"},
        "ids": {"tag_ids": [1, 2]},
    }
    assert mapping.own_references(row) == ["__import__.c"]
    emptied = mapping.to_wire({"id": "a.b", "parent_id/id": "", "tag_ids/id": ""})
    assert emptied["values"] == {"parent_id": False}
    assert emptied["refs"] == {"tag_ids": []}


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"id": "a", "color": "red"}, "color: 'red'"),
        ({"id": ""}, "no external id"),
        ({"id": "a.b.c"}, "is no external id"),
        ({"id": "a", "parent_id/.id": "0"}, "no database id"),
        ({"id": "a", "nmae": "x"}, "is name meant"),
    ],
)
def test_a_bad_row(cells: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRow, match=says):
        RowMapping("x", FIELDS, ZONE).to_wire(cells)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (["name"], "no column id"),
        (["id", "parent_id"], "parent_id/id or parent_id/.id"),
        (["id", "line_ids/name"], "one2many"),
        (["id", "name/id"], "no relation"),
        (["id", "parent_id/id", "parent_id/.id"], "two columns fill the field parent_id"),
    ],
)
def test_a_header_that_means_nothing(header: list[str], says: str) -> None:
    with pytest.raises(Permanent, match=says):
        RowMapping("x", FIELDS, ZONE).check(header)


def spool_of(parents: dict[str, list[str]]) -> Spool:
    spool = Spool()
    for line, (key, names) in enumerate(parents.items(), 2):
        assert spool.add(line, {"id": key}, key, names) is None
    spool.ready()
    return spool


def test_levels() -> None:
    spool = spool_of(
        {
            "c": ["b"],
            "b": ["a"],
            "a": [],
            "d": ["a", "c"],
            "x": ["y"],
            "y": ["x"],
            "z": ["z"],
            "o": ["elsewhere"],
        }
    )
    keys = list(spool.places)
    levels, circular = spool.levels()
    assert [[keys[place] for place in level] for level in levels] == [
        ["a", "o"],
        ["b"],
        ["c"],
        ["d"],
    ]
    assert [keys[place] for place in circular] == ["x", "y", "z"]
    spool.close()


def test_a_doubled_key_names_the_first_line() -> None:
    spool = spool_of({"a": []})
    assert spool.add(9, {"id": "a"}, "a", []) == 2
    spool.close()


def test_batches_are_the_same_each_time_and_lanes_do_not_meet() -> None:
    spool = spool_of({f"k{n}": [] for n in range(500)})
    keys = list(spool.places)
    levels, _circular = spool.levels()
    ((first,), (second,)) = (list(planned(spool, levels, 20)) for _ in range(2))
    assert repr(first) == repr(second)
    assert len(first) == lanes_for(500, 20) == LANES
    loaded = [place for lane in first for _number, _lanes, places in lane for place in places]
    assert sorted(loaded) == list(range(500))
    used = [set(lane[0][1]) for lane in first]
    assert sum(map(len, used)) == len(set.union(*used)) == LANES
    for lane in first:
        mine = [keys[place] for _number, _lanes, places in lane for place in places]
        assert mine == sorted(mine)
    spool.close()


@pytest.mark.parametrize(("rows", "lanes"), [(1, 1), (399, 1), (400, 2), (1600, 8), (10**6, 16)])
def test_small_loads_take_whole_lanes(rows: int, lanes: int) -> None:
    assert lanes_for(rows, 200) == lanes
