"""Which rows are loaded together, and in which order.

Rows of one lane never meet in two transactions: a lane is the hash of a row's parent, or of its own
external id, so that loads which run at once share it too. A row that names another one of the file
comes a level later.
"""

from __future__ import annotations

import os
from array import array
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from tempfile import TemporaryFile
from zlib import crc32

import orjson

from odoo_bridge.job import Json
from odoo_bridge.rpc.loading import LANES

Planned = tuple[int, Sequence[int], Sequence[int]]
"""Number, lanes and places of a batch."""


class Spool:
    """Rows in a temporary file; in memory are their places and external ids."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 (closed by ``close``)
        self._starts = array("Q", [0])
        self._digest = sha256()
        self.lines = array("Q")
        self.places: dict[str, int] = {}
        self._lanes = array("B")
        self._named: dict[int, list[str]] = {}

    def close(self) -> None:
        """Forget the rows."""
        self._file.close()

    def __len__(self) -> int:
        return len(self.lines)

    def add(self, line: int, row: Json, lane_key: str, names: Sequence[str]) -> int | None:
        """Keep a row; ``names`` are the external ids of its own model in it.

        The line of an earlier row with the same external id, if there is one: then it is not kept.
        """
        if (place := self.places.get(row["id"])) is not None:
            return self.lines[place]
        self.places[row["id"]] = len(self)
        if names:
            self._named[len(self)] = list(names)
        text = orjson.dumps(row)
        self._file.write(text)
        self._digest.update(text)
        self._starts.append(self._starts[-1] + len(text))
        self._lanes.append(crc32(lane_key.encode()) % LANES)
        self.lines.append(line)
        return None

    def text(self, place: int) -> bytes:
        """A row; threads may ask for it at once."""
        start, end = self._starts[place], self._starts[place + 1]
        return os.pread(self._file.fileno(), end - start, start)

    def ready(self) -> str:
        """All rows are there. What they are, as a digest."""
        self._file.flush()
        return self._digest.hexdigest()

    def levels(self) -> tuple[list[list[int]], list[int]]:
        """Places by level, and those that name each other in a circle."""
        waits: dict[int, int] = {}
        children: dict[int, list[int]] = defaultdict(list)
        for place, names in self._named.items():
            parents = {self.places[name] for name in names if name in self.places}
            waits[place] = len(parents)
            for parent in parents:
                children[parent].append(place)
        free = deque(place for place in range(len(self)) if not waits.get(place))
        found: list[list[int]] = []
        depth: dict[int, int] = {}
        while free:
            place = free.popleft()
            own = depth.pop(place, 0)
            while len(found) <= own:
                found.append([])
            found[own].append(place)
            for child in children.get(place, ()):
                depth[child] = max(depth.get(child, 0), own + 1)
                waits[child] -= 1
                if not waits[child]:
                    free.append(child)
        return [sorted(places) for places in found], sorted(p for p, left in waits.items() if left)

    def by_lane(self, places: Iterable[int], lanes: int) -> dict[int, list[int]]:
        """Places by lane, of so many."""
        found: dict[int, list[int]] = defaultdict(list)
        for place in places:
            found[self._lanes[place] % lanes].append(place)
        return found


def lanes_for(rows: int, size: int) -> int:
    """A power of two, so that every lane of a small load is made of whole lanes of a large one."""
    lanes = 1
    while lanes < LANES and rows >= 2 * lanes * size:
        lanes *= 2
    return lanes


def planned(
    spool: Spool, levels: Sequence[Sequence[int]], size: int
) -> Iterator[list[list[Planned]]]:
    """The batches by level and by lane, each ordered by external id.

    The same for the same file, whenever and wherever it is asked.
    """
    keys = list(spool.places)
    number = 0
    for places in levels:
        lanes = lanes_for(len(places), size)
        level: list[list[Planned]] = []
        for lane, mine in sorted(spool.by_lane(places, lanes).items()):
            mine.sort(key=lambda place: keys[place])
            batches: list[Planned] = []
            for start in range(0, len(mine), size):
                batches.append((number, range(lane, LANES, lanes), mine[start : start + size]))
                number += 1
            level.append(batches)
        yield level


def rows_of(spool: Spool, places: Sequence[int]) -> list[Json]:
    """Rows, read again."""
    return [orjson.loads(spool.text(place)) for place in places]
