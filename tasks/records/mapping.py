"""Columns to fields: what a header means, and cells as values that Odoo takes.

The header is Odoo's own import's (``odoo/orm/models.py``, ``load``): a field's name, ``id`` for the
external id, ``field/id`` and ``field/.id`` for relations by external id and by database id.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from zoneinfo import ZoneInfo

from odoo_bridge.errors import Permanent
from odoo_bridge.job import Json
from tasks.records.cells import BadCell, converter

RELATIONS = frozenset({"many2one", "many2many"})
REFUSED = frozenset({"one2many", "json", "properties", "properties_definition"})
MODULE = "__import__"
"""The module of external ids that name none, as in Odoo's import."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field that it fills, and how."""

    name: str
    field: str
    kind: Literal["values", "refs", "ids"]
    convert: Callable[[Any], Any]


class BadRow(Exception):
    """This row cannot be loaded."""


class RowMapping:
    """Rows of one model's file as ``fabric_load`` takes them.

    ``described`` is what ``fields_get`` says of the model. Raises ``Permanent`` for a column that
    means nothing; columns that only appear later, as in JSON Lines, make a bad row.
    """

    def __init__(self, model: str, described: Mapping[str, Json], zone: ZoneInfo) -> None:
        self.model = model
        self._described = described
        self._zone = zone
        self._columns: dict[str, Column] = {}

    def check(self, header: Iterable[str]) -> None:
        """Raises ``Permanent`` unless these columns can be loaded."""
        names = list(header)
        if "id" not in names:
            raise Permanent("there is no column id: without external ids a load cannot be repeated")
        try:
            fields = [self._column(name).field for name in names if name != "id"]
        except BadCell as error:
            raise Permanent(str(error)) from error
        for field in fields:
            if fields.count(field) > 1:
                raise Permanent(f"two columns fill the field {field}")

    def to_wire(self, cells: Json) -> Json:
        """A row. Raises ``BadRow`` that names the column."""
        row: Json = {"id": "", "values": {}, "refs": {}, "ids": {}}
        for name, cell in cells.items():
            try:
                if name == "id":
                    row["id"] = external_id(cell) if cell else ""
                    continue
                column = self._column(name)
                value = column.convert(cell)
            except BadCell as error:
                raise BadRow(f"{name}: {error}") from error
            # No reference at all empties the field.
            kind = "values" if value is False else column.kind
            row[kind][column.field] = value
        if not row["id"]:
            raise BadRow("id: there is no external id")
        return row

    def own_references(self, row: Json) -> list[str]:
        """External ids of the same model that a row names."""
        found: list[str] = []
        for field, keys in row["refs"].items():
            if self._described[field].get("relation") == self.model:
                found += [keys] if isinstance(keys, str) else keys
        return found

    def _column(self, name: str) -> Column:
        if name not in self._columns:
            self._columns[name] = self._understood(name)
        return self._columns[name]

    def _understood(self, name: str) -> Column:
        field, slash, by = name.partition("/")
        facts = self._described.get(field)
        if facts is None:
            near = difflib.get_close_matches(field, self._described, 1)
            hint = f"; is {near[0]} meant?" if near else ""
            raise BadCell(f"{self.model} has no field {field!r} for this user{hint}")
        kind = facts["type"]
        if kind in REFUSED:
            raise BadCell(f"{field} is a {kind} field, which a file cannot fill")
        if kind in RELATIONS:
            if by not in {"id", ".id"}:
                raise BadCell(f"{field} is a relation: name it {field}/id or {field}/.id")
            one = _one_reference if by == "id" else _one_id
            convert = one if kind == "many2one" else _many(one)
            return Column(name, field, "refs" if by == "id" else "ids", convert)
        if slash:
            raise BadCell(f"{field} is no relation, so there is no {name}")
        return Column(name, field, "values", converter(facts, self._zone))


def external_id(cell: Any) -> str:
    """``module.name``. Raises ``BadCell``."""
    if not isinstance(cell, str):
        cell = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    key = cell.strip()
    if not key or any(mark.isspace() for mark in key) or key.count(".") > 1 or key[0] == ".":
        raise BadCell(f"{cell!r} is no external id: module.name, without spaces")
    return key if "." in key else f"{MODULE}.{key}"


def _one_reference(cell: Any) -> str | Literal[False]:
    return False if cell is None or cell == "" or cell is False else external_id(cell)


def _one_id(cell: Any) -> int | Literal[False]:
    if cell is None or cell == "" or cell is False:
        return False
    try:
        number = int(cell)
    except (TypeError, ValueError):
        number = 0
    if number < 1 or number != float(cell):
        raise BadCell(f"{cell!r} is no database id")
    return number


def _many(one: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Several in one cell, with commas between them, as Odoo's export writes them; or a list."""

    def convert(cell: Any) -> list[Any]:
        if cell is None or cell == "" or cell is False:
            return []
        parts = cell.split(",") if isinstance(cell, str) else cell
        return [one(part) for part in (parts if isinstance(parts, list | tuple) else [parts])]

    return convert
