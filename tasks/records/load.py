"""A file into a model, by external id: ``load_file``, with or without a job around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from zoneinfo import ZoneInfo

from odoo_bridge.errors import Permanent
from odoo_bridge.job import Json
from odoo_bridge.rpc.loading import Answer, Batch, Known, Loader, loader_of
from tasks.job import Environment
from tasks.records.mapping import BadRow, RowMapping
from tasks.records.plan import Planned, Spool, planned, rows_of
from tasks.records.sources import FileOptions, Row, read_rows


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What to load, and how."""

    model: str
    file: FileOptions = field(default_factory=FileOptions)
    batch: int = 200
    """Rows a call. One transaction each, in which Odoo holds locks on what it writes."""
    parallel: int = 2
    """Calls at a time."""
    parent: str = ""
    """The field by which records have a parent that changes with them; empty: Odoo's word."""
    tracking: bool = False
    """Whether changes show in the records' chatter; it takes Odoo half as long again."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """Where times without a zone are meant."""


@dataclass(slots=True)
class Loaded:
    """What became of a file's rows."""

    rows: int = 0
    loaded: int = 0
    created: int | None = 0
    """How many of those were new; ``None``: nobody knows."""
    errors: list[tuple[int, str, str]] = field(default_factory=list)
    """Line, external id and error of each bad row."""

    def refuse(self, line: int, key: str, error: str) -> None:
        """A row is bad."""
        self.errors.append((line, key, error))


Tell = Callable[[int, int, str], None]
"""Rows done, rows in all, and what is done now. What it raises ends the load."""


def _tell_nobody(_done: int, _total: int, _text: str) -> None:
    return None


def load_file(
    odoo: Environment, path: Path, name: str, options: LoadOptions, tell: Tell = _tell_nobody
) -> Loaded:
    """Create or write a record for each row of a file that is called ``name``.

    Bad rows are named in the answer; the others are loaded. When it stopped in the middle, calling
    it again with the same file goes on. Raises ``Permanent`` when the file or its header cannot be
    understood, and ``Retryable`` when Odoo stayed away.
    """
    loader = loader_of(odoo)
    known = loader.known(options.model)
    described = odoo[options.model].fields_get([], ["type", "relation", "selection"])
    mapping = RowMapping(options.model, described, options.zone)
    parents = [options.parent] if options.parent else known.parents
    loaded = Loaded()
    with closing(Spool()) as spool, closing(read_rows(path, name, options.file)) as rows:
        for row in rows:
            if not loaded.rows:
                mapping.check(row.cells)
            loaded.rows += 1
            _take(row, mapping, parents, spool, loaded)
            if not loaded.rows % 1_000:
                tell(0, 0, f"{loaded.rows} rows are read")
        digest = f"{spool.ready()} {options.batch}"
        if any(before != digest for before, _answer in known.batches.values()):
            raise Permanent(
                "the file or the params are not those of the attempt that began to load it: "
                "enqueue a new job for the new file"
            )
        _Run(loader, known, options, digest, spool, loaded, tell).all()
    loaded.errors.sort()
    return loaded


def _take(
    row: Row, mapping: RowMapping, parents: Sequence[str], spool: Spool, loaded: Loaded
) -> None:
    key = str(row.cells.get("id") or "")
    if row.error:
        loaded.refuse(row.line, key, row.error)
        return
    try:
        wire = mapping.to_wire(row.cells)
    except BadRow as error:
        loaded.refuse(row.line, key, str(error))
        return
    lane_key = _parent_of(wire, parents) or wire["id"]
    before = spool.add(row.line, wire, lane_key, mapping.own_references(wire))
    if before is not None:
        loaded.refuse(row.line, key, f"line {before} has the same external id")


def _parent_of(row: Json, parents: Sequence[str]) -> str:
    for parent in parents:
        if found := row["refs"].get(parent):
            return str(found)
        if found := row["ids"].get(parent):
            return f"{parent} {found}"
    return ""


@dataclass(slots=True)
class _Run:
    """The batches of one load, on their way to Odoo."""

    loader: Loader
    known: Known
    options: LoadOptions
    digest: str
    spool: Spool
    loaded: Loaded
    tell: Tell
    done: int = 0
    lock: Lock = field(default_factory=Lock)
    stop: Event = field(default_factory=Event)

    def all(self) -> None:
        """A level after another, the lanes of a level at once, the batches of a lane in order."""
        keys = list(self.spool.places)
        levels, circular = self.spool.levels()
        for place in circular:
            self._refuse(place, keys, "its record would have itself above it")
        with ThreadPoolExecutor(self.options.parallel, "load") as threads:
            try:
                for level in planned(self.spool, levels, self.options.batch):
                    waiting = {threads.submit(self._lane, lane, keys) for lane in level}
                    while waiting:
                        ended, waiting = wait(waiting, 1.0, FIRST_EXCEPTION)
                        for each in ended:
                            each.result()
                        text = f"{self.loaded.loaded} rows are loaded"
                        self.tell(self.done, len(self.spool), text)
            finally:
                self.stop.set()

    def _lane(self, lane: Sequence[Planned], keys: Sequence[str]) -> None:
        for plan in lane:
            if self.stop.is_set():
                return
            answer = self._answer(plan)
            _number, _lanes, places = plan
            with self.lock:
                self.done += len(places)
                self.loaded.loaded += answer.loaded
                self.loaded.created = _sum(self.loaded.created, answer.created)
                for place, error in answer.errors:
                    self._refuse(places[place], keys, error)

    def _answer(self, plan: Planned) -> Answer:
        number, lanes, places = plan
        if number in self.known.batches:
            return self.known.batches[number][1]
        rows = rows_of(self.spool, places)
        options = self.options
        return self.loader.load(
            Batch(options.model, number, self.digest, lanes, rows, options.tracking)
        )

    def _refuse(self, place: int, keys: Sequence[str], error: str) -> None:
        self.loaded.refuse(self.spool.lines[place], keys[place], error)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other
