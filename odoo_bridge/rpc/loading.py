"""Rows into Odoo by external id, a batch a call: through the addon, or by Odoo's own ``load``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import tenacity

from odoo_bridge.errors import OdooConflict
from odoo_bridge.job import Json
from odoo_bridge.rpc.bulk import Bulk

LANES = 16
"""A key's lane is its hash modulo this. Of all that shares a lane there is one writer at a time."""
BUSY = 600.0
"""Seconds to wait for another load that holds a lane."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows ``{"id", "values", "refs", "ids"}``, as docs/reference/protocol.md says."""

    model: str
    number: int
    digest: str
    lanes: Sequence[int]
    rows: Sequence[Json]
    tracking: bool = False
    """Whether changes show in the records' chatter."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a batch."""

    loaded: int
    created: int | None
    """``None``: nobody knows."""
    errors: Sequence[tuple[int, str]]
    """A row's place in the batch, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is before a load begins."""

    batches: Mapping[int, tuple[str, Answer]] = field(default_factory=dict)
    """Digest and answer of the batches that an earlier attempt has loaded."""
    parents: Sequence[str] = ()
    """Fields whose record changes with its children."""


class Loader(Protocol):
    """A way to load rows. Its methods raise ``FabricError``s."""

    def known(self, model: str) -> Known:
        """What earlier attempts have done."""

    def load(self, batch: Batch) -> Answer:
        """Create or write the rows. May be called again with the same batch."""


def loader_of(odoo: Any) -> Loader:
    """The best one for a job's environment, or for that of a client without the addon."""
    bulk = getattr(odoo, "bulk", None)
    return AddonLoader(bulk) if isinstance(bulk, Bulk) else NativeLoader(odoo)


class AddonLoader:
    """Through the addon: each batch commits once, with its answer, whoever sends it again."""

    def __init__(self, bulk: Bulk) -> None:
        self._bulk = bulk

    def known(self, model: str) -> Known:
        """See ``Loader``."""
        found = self._bulk.loaded(model)
        batches = {
            each["number"]: (each["digest"], _answer(each["answer"])) for each in found["batches"]
        }
        return Known(batches, found["parents"])

    def load(self, batch: Batch) -> Answer:
        """See ``Loader``. Raises ``OdooConflict`` when another load does not let go of a lane."""
        asking = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda answer: bool(answer.get("busy"))),
            wait=tenacity.wait_random(0.05, 0.5),
            stop=tenacity.stop_after_delay(BUSY),
        )
        try:
            answer = asking(
                self._bulk.load,
                model=batch.model,
                number=batch.number,
                digest=batch.digest,
                lanes=list(batch.lanes),
                rows=list(batch.rows),
                tracking=batch.tracking,
            )
        except tenacity.RetryError:
            raise OdooConflict(
                f"another load of {batch.model} has written for {BUSY:.0f} s"
            ) from None
        return _answer(answer)


def _answer(answer: Json) -> Answer:
    errors = [(place, error) for place, error in answer["errors"]]
    return Answer(answer["loaded"], answer["created"], errors)


class NativeLoader:
    """By ``load`` of Odoo's import (``odoo/orm/models.py``), for an Odoo without the addon.

    A batch that is sent again writes the same values again, no record twice. What else is not
    safe here is said in docs/howto/load-records.md.
    """

    def __init__(self, odoo: Any) -> None:
        self._odoo = odoo

    def known(self, model: str) -> Known:
        """Nothing: Odoo keeps no account of what was loaded."""
        names = self._odoo[model].fields_get(["parent_id"], ["type", "relation"])
        return Known(parents=list(names))

    def load(self, batch: Batch) -> Answer:
        """See ``Loader``."""
        errors: list[tuple[int, str]] = []
        for names, numbered in _alike(batch.rows):
            errors += self._load(batch, names, numbered)
        return Answer(len(batch.rows) - len(errors), None, sorted(errors))

    def _load(
        self, batch: Batch, names: Sequence[str], numbered: list[tuple[int, Json]]
    ) -> Iterator[tuple[int, str]]:
        """Odoo loads all or nothing: what it refuses is taken out, the rest sent again."""
        while numbered:
            refused = self._refused(batch, names, [row for _place, row in numbered])
            if not refused:
                return
            yield from ((numbered[place][0], text) for place, text in refused.items())
            numbered = [each for place, each in enumerate(numbered) if place not in refused]

    def _refused(self, batch: Batch, names: Sequence[str], rows: Sequence[Json]) -> dict[int, str]:
        cells = [[_cell(row, name) for name in names] for row in rows]
        context = {"tz": "UTC", "import_file": True, "tracking_disable": not batch.tracking}
        model = self._odoo[batch.model]
        answer = model.with_context(**context).load(list(names), cells)
        errors = [each for each in answer["messages"] if each.get("type") == "error"]
        if not errors:
            return {}
        named = {each["record"]: str(each["message"]) for each in errors if "record" in each}
        if named or len(rows) == 1:
            return named or {0: str(errors[0]["message"])}
        # About no row in particular: look for it in each half.
        middle = len(rows) // 2
        first = self._refused(batch, names, rows[:middle])
        second = self._refused(batch, names, rows[middle:])
        return first | {place + middle: text for place, text in second.items()}


def _alike(rows: Sequence[Json]) -> list[tuple[tuple[str, ...], list[tuple[int, Json]]]]:
    """Rows with their places, by the columns that they fill."""
    groups: dict[tuple[str, ...], list[tuple[int, Json]]] = {}
    for place, row in enumerate(rows):
        names = [
            *row["values"],
            *(f"{n}/id" for n in row["refs"]),
            *(f"{n}/.id" for n in row["ids"]),
        ]
        groups.setdefault(("id", *sorted(names)), []).append((place, row))
    return list(groups.items())


_KINDS = {"": "values", "id": "refs", ".id": "ids"}


def _cell(row: Json, name: str) -> str:
    """A value as the text that ``load`` takes."""
    field_name, _slash, by = name.partition("/")
    value = (
        row["id"]
        if name == "id"
        else row[{"": "values", "id": "refs", ".id": "ids"}[by]][field_name]
    )
    if isinstance(value, bool):
        return "1" if value else ""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
