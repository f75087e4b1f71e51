"""The fields asked for as a tree of models: ``partner_id/country_id/code`` is two branches deep.

Source of the forms of a path and of what stands in a cell: Odoo's ``_export_rows`` and
``fix_import_export_id_paths`` (``odoo/orm/models.py``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from odoo_bridge.errors import InvalidParams
from odoo_bridge.job import Json
from tasks.job import Environment
from tasks.reports.kit.document import Column, Kind

MANY = frozenset({"one2many", "many2many"})
RELATIONS = MANY | {"many2one"}
EXTERNAL, DATABASE, NAME = "id", ".id", "display_name"
"""Last steps of a path: the external id, the id, and what a relation alone means."""
_KINDS: dict[str, Kind] = {
    "integer": "integer",
    "many2one_reference": "integer",
    "float": "number",
    "monetary": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}
_ATTRIBUTES = ["type", "string", "relation", "selection", "digits", "aggregator", "exportable"]


@dataclass(slots=True)
class Branch:
    """What is read of one model. ``places`` are the columns that its values go to."""

    model: str
    described: dict[str, Json]
    """Odoo's ``fields_get``, in the user's language."""
    places: list[int] = field(default_factory=list)
    leaves: dict[int, str] = field(default_factory=dict)
    """Field by place, or ``id`` or ``.id``."""
    branches: dict[str, Branch] = field(default_factory=dict)
    """By the field that leads there."""

    @property
    def many(self) -> bool:
        """Whether one record may fill several lines."""
        return any(
            self.described[name]["type"] in MANY or branch.many
            for name, branch in self.branches.items()
        )

    @property
    def names(self) -> list[str]:
        """Fields to read, besides the id."""
        plain = (name for name in self.leaves.values() if name not in {EXTERNAL, DATABASE})
        return list(dict.fromkeys([*plain, *self.branches]))


class Tree:
    """The branches of all fields, and the columns that they make."""

    def __init__(
        self, odoo: Environment, model: str, paths: Sequence[str], others: Sequence[str] = ()
    ) -> None:
        """``others`` are fields of the root that are not exported and must be known.

        Raises ``InvalidParams`` that names every field that is unknown, ``AccessRefused``.
        """
        self._odoo = odoo
        # To describe all fields of a model takes Odoo a quarter of a second.
        steps = {step for path in paths for step in _steps(path)}
        self._names = sorted({*steps, *others, NAME, "active"} - {DATABASE})
        self._described: dict[str, dict[str, Json]] = {}
        self._faults: list[str] = []
        self.root = Branch(model, self._fields_of(model))
        self.columns = [self._grown(place, path) for place, path in enumerate(paths)]
        if self._faults:
            raise InvalidParams("; ".join(self._faults))

    def field(self, path: str) -> Json | None:
        """What Odoo says of a field of the root, if there is such a one."""
        return self.root.described.get(path)

    def _grown(self, place: int, path: str) -> Column:
        branch, many = self.root, False
        titles: list[str] = []
        steps = _steps(path)
        for number, name in enumerate(steps):
            branch.places.append(place)
            if name in {EXTERNAL, DATABASE}:
                titles.append("External ID" if name == EXTERNAL else "ID")
                if number + 1 < len(steps):
                    break
                branch.leaves[place] = name
                kind: Kind = "text" if name == EXTERNAL or many else "integer"
                return Column(path, "/".join(titles), kind)
            found = branch.described.get(name)
            if found is None or not found.get("exportable", True):
                break
            titles.append(found["string"])
            if found["type"] not in RELATIONS:
                if number + 1 < len(steps):
                    break
                branch.leaves[place] = name
                return self._column(path, "/".join(titles), found, many)
            many = many or found["type"] in MANY
            branch = self._branch(branch, name, found["relation"])
        else:
            branch.places.append(place)
            branch.leaves[place] = NAME
            return Column(path, "/".join(titles))
        self._faults.append(f"{self.root.model} has no field {path!r} to export")
        return Column(path, path)

    def _branch(self, parent: Branch, name: str, model: str) -> Branch:
        if name not in parent.branches:
            parent.branches[name] = Branch(model, self._fields_of(model))
        return parent.branches[name]

    def _fields_of(self, model: str) -> dict[str, Json]:
        if model not in self._described:
            self._described[model] = self._odoo[model].fields_get(self._names, _ATTRIBUTES)
        return self._described[model]

    @staticmethod
    def _column(path: str, title: str, found: Json, many: bool) -> Column:
        kind = "text" if many else _KINDS.get(found["type"], "text")
        digits: Any = found.get("digits")
        return Column(
            path,
            title,
            kind,
            total=kind in {"integer", "number"} and found.get("aggregator") == "sum",
            digits=digits[1] if digits else 2,
        )


def _steps(path: str) -> list[str]:
    return re.sub(r"([^/])\.id$", r"\1/.id", path).split("/")
