"""The rows of an export: in the order of ids, in another order, or in groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from odoo_bridge.job import Json
from odoo_bridge.rpc.reading import iter_pages
from tasks.job import Environment
from tasks.reading import ahead, chunks, read_group
from tasks.reports.export.tree import Tree
from tasks.reports.export.values import Values
from tasks.reports.kit import Block, Heading, Locale, Row, Subtotal
from tasks.reports.kit.words import Words

PAGE = 10_000
"""Records a call."""


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported; ``rows`` reads ahead in a thread while what came before is written."""

    odoo: Environment
    tree: Tree
    domain: Sequence[Any]
    values: Values
    locale: Locale

    def rows(self, order: str) -> Iterator[Row]:
        """Lines; in the order of ids, which is the fastest, unless another one is given."""
        return ahead(self._ordered(order) if order else self._by_id())

    def grouped(self, group_by: Sequence[str], *, as_columns: bool) -> Iterator[Row]:
        """Lines under headings, with subtotals; or with the groups as their first columns."""
        groups = self._groups(group_by)
        return ahead(self._columned(groups) if as_columns else self._headed(groups))

    def _by_id(self) -> Iterator[Block]:
        root = self.tree.root
        for page in iter_pages(self.odoo, root.model, self.domain, root.names, PAGE):
            yield Block(self.values.of_page(root, page.columns))

    def _ordered(self, order: str) -> Iterator[Block]:
        ids: list[int] = self.odoo[self.tree.root.model].search(list(self.domain), order=order)
        for some in chunks(ids, PAGE):
            yield from self._block(some, self.values.of_ids(self.tree.root, some))

    def _groups(self, group_by: Sequence[str]) -> Iterator[tuple[list[str], Block]]:
        """The names of a group, the outermost first, and lines of it; large ones in parts."""
        found = read_group(self.odoo, self.tree.root.model, self.domain, group_by, ["id:array_agg"])
        for some in _packed(found):
            ids = chain.from_iterable(ids for _group, ids in some)
            known = self.values.of_ids(self.tree.root, ids)
            for group, members in some:
                names = [self._name(spec, group[spec]) for spec in group_by]
                for block in self._block(members, known):
                    yield names, block

    def _block(self, ids: Sequence[int], known: dict[int, Any]) -> Iterator[Block]:
        """Lines of those that are still there."""
        met = [known[each] for each in ids if each in known]
        if self.values.lines and self.tree.root.many:
            met = list(chain.from_iterable(met))
        if met:
            yield Block(list(zip(*met, strict=True)))

    def _headed(self, groups: Iterable[tuple[list[str], Block]]) -> Iterator[Row]:
        total = Words.of(self.locale.language).total
        current: list[str] = []
        for names, block in groups:
            level = _common(current, names)
            yield from _closed(current, level, total)
            for deeper in range(level, len(names)):
                yield Heading(names[deeper], deeper)
            current = names if level < len(names) else current
            yield block
        yield from _closed(current, 0, total)

    @staticmethod
    def _columned(groups: Iterable[tuple[list[str], Block]]) -> Iterator[Row]:
        for names, block in groups:
            lines = len(block.columns[0])
            yield Block([*([name] * lines for name in names), *block.columns])

    def _name(self, spec: str, value: Any) -> str:
        """What a group is called, as Odoo's lists call it."""
        words = Words.of(self.locale.language)
        described = self.tree.field(spec.partition(":")[0].partition(".")[0]) or {}
        if described.get("type") == "boolean":
            return words.yes if value else words.no
        if isinstance(value, list):
            return str(value[1])
        if described.get("type") == "selection":
            return str(dict(described["selection"]).get(value, value or words.unset))
        return words.unset if value in {None, False} else str(value)


def _packed(groups: Iterable[Json]) -> Iterator[list[tuple[Json, list[int]]]]:
    """Groups with their ids, as many at once as make a call's worth; larger ones in parts."""
    pack: list[tuple[Json, list[int]]] = []
    size = 0
    for group in groups:
        for some in chunks(group["id:array_agg"], PAGE):
            if pack and size + len(some) > PAGE:
                yield pack
                pack, size = [], 0
            pack.append((group, list(some)))
            size += len(some)
    if pack:
        yield pack


def _common(current: Sequence[str], names: Sequence[str]) -> int:
    """How many of the outermost groups are the same."""
    pairs = zip(current, names, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(current), len(names)))


def _closed(current: Sequence[str], level: int, total: str) -> Iterator[Subtotal]:
    """The innermost first."""
    for deeper in reversed(range(level, len(current))):
        yield Subtotal(f"{total} {current[deeper]}", deeper)
