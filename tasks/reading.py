"""Reading much from Odoo in few calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any, TypeVar

from odoo_bridge.errors import RecordMissing
from odoo_bridge.job import Json
from odoo_bridge.rpc import reading
from tasks.job import Environment

PAGE = 2_000
"""Records a call: large enough that a call's own cost vanishes, small enough for its memory."""

T = TypeVar("T")


def chunks(items: Sequence[T], size: int = PAGE) -> Iterator[Sequence[T]]:
    """``items`` in order, ``size`` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items; the next one is made in a thread while one is used."""
    end = object()
    with ThreadPoolExecutor(1, "ahead") as pool:
        coming = pool.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = pool.submit(next, items, end)
            yield item  # type: ignore[misc]


def search_read_all(
    odoo: Environment, model: str, domain: Sequence[Any], fields: Sequence[str]
) -> Iterator[Json]:
    """Every record that the domain finds, in the model's own order.

    The ids are fixed by one search, so a record that appears or goes while the pages are read
    shifts nothing. Many2one fields come as plain ids (``load=""``), False when unset.
    """
    ids: list[int] = odoo[model].search(list(domain))
    for page in chunks(ids):
        yield from odoo[model].read(list(page), list(fields), load="")


def iter_records(
    odoo: Environment,
    model: str,
    domain: Sequence[Any],
    fields: Sequence[str],
    size: int = reading.PAGE,
) -> Iterator[Json]:
    """Every record that the domain finds, in the order of ids, in constant memory.

    As ``search_read`` gives them with ``load=""``. ``odoo_bridge.rpc.reading.iter_pages`` gives
    columns instead.
    """
    for page in reading.iter_pages(odoo, model, domain, fields, size):
        yield from page.rows()


def read_group(  # noqa: PLR0913 each option stands for itself, as in Odoo
    odoo: Environment,
    model: str,
    domain: Sequence[Any],
    groupby: Sequence[str],
    aggregates: Sequence[str],
    *,
    context: Json | None = None,
) -> Iterator[Json]:
    """Every group, as ``formatted_read_group`` of Odoo 19 gives it, in the order of ``groupby``.

    ``context`` is laid over the job's.
    """
    options = {"context": context} if context else {}
    for offset in count(0, PAGE):
        groups = odoo[model].formatted_read_group(
            list(domain),
            list(groupby),
            list(aggregates),
            order=", ".join(groupby),
            offset=offset,
            limit=PAGE,
            **options,
        )
        yield from groups
        if len(groups) < PAGE:
            return


def read_one(odoo: Environment, model: str, record_id: int, fields: Sequence[str]) -> Json:
    """One record by id. Raises ``RecordMissing``."""
    rows: list[Json] = odoo[model].read([record_id], list(fields), load="")
    if not rows:
        raise RecordMissing(f"{model} {record_id} does not exist")
    return rows[0]


def company_id_of(odoo: Environment, user_id: int, context: Json) -> int:
    """The company that Odoo takes for the job: the first allowed one, else the user's own.

    (``odoo/orm/environments.py``, ``Environment.company``.)
    """
    allowed = context.get("allowed_company_ids")
    if allowed:
        return int(allowed[0])
    return int(read_one(odoo, "res.users", user_id, ["company_id"])["company_id"])
