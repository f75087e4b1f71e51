"""The values of a tree of fields: columns of pages, and of what they lead to, read in few calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import orjson

from odoo_bridge.errors import AccessRefused
from odoo_bridge.rpc.reading import PAGE, iter_pages
from tasks.job import Environment
from tasks.reading import chunks
from tasks.reports.export.tree import DATABASE, EXTERNAL, MANY, NAME, Branch

KEPT = 20_000
"""Records of a relation that are remembered: those that many records lead to are read once."""

Columns = list[Sequence[Any]]
"""A list of values for each place of a branch, in their order."""
Cells = tuple[Any, ...]
"""The values of one record."""


@dataclass(slots=True)
class Values:
    """Reads as the job's user: what she may not see is not there."""

    odoo: Environment
    lines: bool = False
    """Whether a record with many relations fills several lines, as in Odoo's export."""
    _known: dict[int, dict[int, Any]] = field(default_factory=dict)
    """Cells by record, by branch."""

    def of_page(self, branch: Branch, columns: Mapping[str, Sequence[Any]]) -> Columns:
        """The columns of a page of the branch's model, whose ids are one of them."""
        if self.lines and branch.many:
            rows = list(chain.from_iterable(self._lines(branch, columns)))
            return [list(values) for values in zip(*rows, strict=True)]
        by_place: dict[int, Sequence[Any]] = {}
        for place, name in branch.leaves.items():
            by_place[place] = self._leaf(branch, name, columns)
        for name, below in branch.branches.items():
            by_place.update(self._followed(branch, name, below, columns))
        return [by_place[place] for place in branch.places]

    def of_ids(self, branch: Branch, ids: Iterable[int]) -> dict[int, Any]:
        """What the branch holds of each record that is there and may be read.

        Its cells; with ``lines`` and many relations a list of lines.
        """
        wanted = list(dict.fromkeys(ids))
        found: dict[int, Any] = {}
        several = self.lines and branch.many
        try:
            for some in chunks(wanted, PAGE):
                for page in self._pages(branch, some):
                    if several:
                        rows: Iterable[Any] = self._lines(branch, page)
                    else:
                        rows = zip(*self.of_page(branch, page), strict=True)
                    found.update(zip(page["id"], rows, strict=True))
        except AccessRefused:
            if set(branch.leaves.values()) != {NAME} or branch.branches:
                raise  # names alone are shown anyway, see ``_name_the_hidden``
        return found

    def _pages(self, branch: Branch, ids: Sequence[int]) -> Iterator[Mapping[str, list[Any]]]:
        """By ids; also of archived records, as following a field gives them."""
        domain: list[Any] = [("id", "in", list(ids))]
        if "active" in branch.described:
            domain.append(("active", "in", [True, False]))
        for page in iter_pages(self.odoo, branch.model, domain, branch.names):
            yield page.columns

    def _leaf(
        self, branch: Branch, name: str, columns: Mapping[str, Sequence[Any]]
    ) -> Sequence[Any]:
        if name == DATABASE:
            return columns["id"]
        if name == EXTERNAL:
            return self._external_ids(branch.model, columns["id"])
        kind, values = branch.described[name]["type"], columns[name]
        if kind == "selection":
            labels = dict(branch.described[name]["selection"])
            return [labels.get(each, each) for each in values]
        if kind == "reference":
            return self._referred(values)
        if kind in {"json", "properties", "properties_definition"}:
            return [None if each is None else orjson.dumps(each).decode() for each in values]
        return values

    def _followed(
        self, branch: Branch, name: str, below: Branch, columns: Mapping[str, Sequence[Any]]
    ) -> dict[int, Sequence[Any]]:
        """Columns by place, of what a relation leads to; of many records joined by commas."""
        column = columns[name]
        places = below.places
        known = self._met(branch, name, below, columns)
        if branch.described[name]["type"] in MANY:
            rows = [_joined(each, known, len(places)) for each in column]
        else:
            blank = (None,) * len(places)
            rows = [known.get(each, blank) for each in column]
        return dict(zip(places, map(list, zip(*rows, strict=True)), strict=True))

    def _met(
        self, branch: Branch, name: str, below: Branch, columns: Mapping[str, Sequence[Any]]
    ) -> dict[int, Any]:
        """What stands behind a relation of a page's records, by id."""
        known = self._table(below, chain.from_iterable(map(_as_list, columns[name])))
        if branch.described[name]["type"] not in MANY and not below.many:
            self._name_the_hidden(branch, name, below, columns, known)
        return known

    def _table(self, below: Branch, ids: Iterable[int]) -> dict[int, Any]:
        known = self._known.setdefault(id(below), {})
        wanted = set(ids)
        missing = wanted - known.keys()
        if missing:
            if len(known) + len(missing) > KEPT:
                for each in known.keys() - wanted:
                    del known[each]
            known.update(self.of_ids(below, sorted(missing)))
        return known

    def _name_the_hidden(
        self,
        branch: Branch,
        name: str,
        below: Branch,
        columns: Mapping[str, Sequence[Any]],
        known: dict[int, Any],
    ) -> None:
        """Odoo's pages show the name of a record that the user may not read, and no more of it."""
        if NAME not in below.leaves.values():
            return
        hidden = {
            target: record
            for record, target in zip(columns["id"], columns[name], strict=True)
            if target is not None and target not in known
        }
        if not hidden:
            return
        for row in self.odoo[branch.model].read(sorted(hidden.values()), [name]):
            if row[name]:
                target, label = row[name]
                cells = {place: label for place, leaf in below.leaves.items() if leaf == NAME}
                known[target] = tuple(cells.get(place) for place in below.places)

    def _lines(
        self, branch: Branch, columns: Mapping[str, Sequence[Any]]
    ) -> Iterator[list[list[Any]]]:
        """Of each record: its first line holds all that is one, further ones the rest of many."""
        places = {place: number for number, place in enumerate(branch.places)}
        leaves = {
            places[place]: self._leaf(branch, name, columns)
            for place, name in branch.leaves.items()
        }
        below = [
            (
                [places[place] for place in each.places],
                columns[name],
                self._met(branch, name, each, columns),
                each.many,
            )
            for name, each in branch.branches.items()
        ]
        for number in range(len(columns["id"])):
            first: list[Any] = [None] * len(places)
            lines = [first]
            for at, values in leaves.items():
                first[at] = values[number]
            for slots, targets, known, several in below:
                met = [known[each] for each in _as_list(targets[number]) if each in known]
                rows = list(chain.from_iterable(met)) if several else met
                for line, row in enumerate(rows):
                    if line:
                        lines.append([None] * len(places))
                    into = lines[-1] if line else first
                    for slot, value in zip(slots, row, strict=True):
                        into[slot] = value
            yield lines

    def _external_ids(self, model: str, ids: Sequence[int]) -> list[str | None]:
        """Those that there are; unlike Odoo's export, reading makes none."""
        found: dict[str, str] = {}
        for some in chunks(list(ids)):
            found |= self.odoo[model].get_external_id(list(some))
        return [found.get(str(each)) or None for each in ids]

    def _referred(self, values: Sequence[Any]) -> list[Any]:
        """Names of ``model,id``."""
        by_model: dict[str, set[int]] = {}
        for value in filter(None, values):
            model, _, record = value.partition(",")
            by_model.setdefault(model, set()).add(int(record))
        names = {
            f"{model},{row['id']}": row[NAME]
            for model, ids in by_model.items()
            for row in self.odoo[model].search_read([("id", "in", sorted(ids))], [NAME])
        }
        return [names.get(each) for each in values]


def _joined(ids: Sequence[int] | None, known: Mapping[int, Any], width: int) -> Cells:
    met = [known[each] for each in ids or () if each in known]
    columns = zip(*met, strict=True) if met else [()] * width
    return tuple(
        ", ".join(str(value) for value in values if value is not None) or None for values in columns
    )


def _as_list(value: Any) -> Sequence[int]:
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)
