"""Reading much: pages by id, the next one on its way while one is used.

A page begins after the last id of the one before, so a record that appears or goes meanwhile
shifts nothing: none comes twice, and none of those that were there at the start is missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from odoo_bridge.job import Json
from odoo_bridge.rpc.bulk import Bulk

if TYPE_CHECKING:
    import pyarrow

PAGE = 10_000
"""Records a call: few enough for memory; with more, a call's own cost no longer counts."""

ZEROS = frozenset({"boolean", "integer", "float", "monetary", "many2one_reference"})
"""Types that have a value of their own for what is unset; elsewhere it is ``None``."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some records in the order of their ids, as columns by field name; ``id`` is one of them.

    What is unset is ``None``, or the zero of its type. Many2one fields are ids.
    """

    types: Mapping[str, str]
    """Odoo's types of the fields."""
    columns: Mapping[str, list[Any]]
    more: bool

    def __len__(self) -> int:
        return len(self.columns["id"])

    def rows(self) -> Iterator[Json]:
        """As ``search_read`` gives them with ``load=""``: what is unset is ``False``."""
        names = list(self.columns)
        columns = [
            [False if cell is None else cell for cell in column] if None in column else column
            for column in self.columns.values()
        ]
        return (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))

    def to_arrow(self) -> pyarrow.RecordBatch:
        """Typed columns; needs the extra ``columns``. See ``odoo_bridge.rpc.arrow``."""
        from odoo_bridge.rpc.arrow import record_batch  # noqa: PLC0415 (an extra brings pyarrow)

        return record_batch(self.types, self.columns)


ReadPage = Callable[[int], Page]
"""The page that begins after an id."""


def iter_pages(
    odoo: Any, model: str, domain: Sequence[Any], fields: Sequence[str], size: int = PAGE
) -> Iterator[Page]:
    """Pages of what the domain finds, in the order of ids, in constant memory.

    ``odoo`` is a job's environment, or that of a client without the addon, which is slower.
    Raises ``FabricError``s: what a single call raises.
    """
    names = list(dict.fromkeys(["id", *fields]))
    domain = [*_implied(model, domain), *domain]
    bulk = getattr(odoo, "bulk", None)
    if isinstance(bulk, Bulk):
        read = _from_addon(bulk, model, domain, names, size)
    else:
        read = _from_model(odoo[model], domain, names, size)
    return _read_ahead(read)


def _implied(model: str, domain: Sequence[Any]) -> list[Any]:
    """What Odoo adds to a domain that does not mention the id, as ours always does.

    Only ``ir.attachment`` does that: it hides the values of binary fields
    (``addons/base/models/ir_attachment.py``, ``_search``).
    """
    mentioned = {term[0] for term in domain if isinstance(term, list | tuple)}
    hidden = model == "ir.attachment" and not mentioned & {"id", "res_field"}
    return [("res_field", "=", False)] if hidden else []


def _read_ahead(read: ReadPage) -> Iterator[Page]:
    """One page on its way at most, so that two are in memory."""
    with ThreadPoolExecutor(1, "read-ahead") as ahead:
        coming = ahead.submit(read, 0)
        while True:
            page = coming.result()
            if page.more:
                coming = ahead.submit(read, page.columns["id"][-1])
            if len(page):
                yield page
            if not page.more:
                return


def _from_addon(
    bulk: Bulk, model: str, domain: Sequence[Any], names: list[str], size: int
) -> ReadPage:
    def read(after: int) -> Page:
        answer = bulk.read_page(model, domain, names, after, size)
        columns = dict(zip(names, answer["columns"], strict=True))
        return Page(answer["types"], columns, answer["more"])

    return read


def _from_model(model: Any, domain: Sequence[Any], names: list[str], size: int) -> ReadPage:
    """``search`` and ``read``, as every Odoo since 14 offers them.

    The search says whether there is more: a record may be deleted before it is read.
    """
    described = model.fields_get(names, ["type"])
    types = {name: described[name]["type"] for name in names}

    def read(after: int) -> Page:
        ids = model.search([("id", ">", after), *domain], order="id", limit=size)
        rows = model.read(ids, names, load="") if ids else []
        columns = {name: [_cell(types[name], row[name]) for row in rows] for name in names}
        if ids and not rows:
            return read(ids[-1])
        return Page(types, columns, len(ids) == size)

    return read


def _cell(kind: str, value: Any) -> Any:
    return None if value is False and kind not in ZEROS else value
