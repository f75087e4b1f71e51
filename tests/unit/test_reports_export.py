"""What of ``reports.export`` no real Odoo shows easily; the rest is tried on one."""

from __future__ import annotations

from typing import Any

import pytest

from odoo_bridge.errors import AccessRefused
from odoo_bridge.job import Json
from tasks.reading import ahead
from tasks.reports.export.rows import Export
from tasks.reports.export.tree import Tree
from tasks.reports.export.values import Values
from tasks.reports.kit import Block, Heading, Locale, Subtotal

FIELDS = {
    "open": {
        "name": {"type": "char", "string": "Name"},
        "secret_id": {"type": "many2one", "string": "Secret", "relation": "secret"},
    },
    "secret": {
        "name": {"type": "char", "string": "Name"},
        "display_name": {"type": "char", "string": "Display Name"},
    },
}
ROWS = [
    {"id": 1, "name": "A", "secret_id": 7},
    {"id": 2, "name": "B", "secret_id": False},
]


class FakeModel:
    def __init__(self, name: str) -> None:
        self.name = name

    def fields_get(self, names: list[str], _attributes: list[str]) -> Json:
        known = {**FIELDS[self.name], "id": {"type": "integer", "string": "ID"}}
        return {name: known[name] for name in names if name in known}

    def search(self, _domain: list[Any], **_options: Any) -> list[int]:
        if self.name == "secret":
            raise AccessRefused("secret is not for you")
        return [1, 2]

    def read(self, ids: list[int], names: list[str], load: str = "names") -> list[Json]:
        def value(row: Json, name: str) -> Any:
            named = load == "names" and name == "secret_id" and row[name]
            return [row[name], f"Hidden {row[name]}"] if named else row[name]

        rows = [row for row in ROWS if row["id"] in ids]
        return [{name: value(row, name) for name in {"id", *names}} for row in rows]


class FakeOdoo:
    def __getitem__(self, name: str) -> FakeModel:
        return FakeModel(name)


def export(paths: list[str]) -> Export:
    odoo = FakeOdoo()
    return Export(odoo, Tree(odoo, "open", paths), [], Values(odoo), Locale())


def test_names_of_what_may_not_be_read() -> None:
    """As in lists, also where the whole model is closed to the reader; but nothing more of it."""
    (block,) = export(["name", "secret_id"]).rows("")
    assert isinstance(block, Block)
    assert [list(column) for column in block.columns] == [["A", "B"], ["Hidden 7", None]]
    with pytest.raises(AccessRefused, match="secret"):
        list(export(["secret_id/name"]).rows(""))


def test_groups_open_and_close_in_order() -> None:
    block = Block([["x"]])
    groups = [(["a", "b"], block), (["a", "b"], block), (["a", "c"], block), (["d", "c"], block)]
    rows = list(export(["name"])._headed(groups))
    said = [
        (type(row).__name__[0], row.text, row.level)
        for row in rows
        if isinstance(row, Heading | Subtotal)
    ]
    assert said == [
        ("H", "a", 0), ("H", "b", 1),
        ("S", "Total b", 1), ("H", "c", 1),
        ("S", "Total c", 1), ("S", "Total a", 0), ("H", "d", 0), ("H", "c", 1),
        ("S", "Total c", 1), ("S", "Total d", 0),
    ]  # fmt: skip
    assert rows.count(block) == 4


def test_what_goes_wrong_ahead_is_raised() -> None:
    def items() -> Any:
        yield 1
        raise AccessRefused("no")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(AccessRefused):
        next(found)
