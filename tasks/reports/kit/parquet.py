"""A report as Parquet: its lines, typed, for programs. Moments are in UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from odoo_bridge.errors import ConfigurationError
from tasks.reports.kit.data import data_blocks, data_columns
from tasks.reports.kit.document import Column, Document, of_kind
from tasks.reports.kit.locale import day, sound

GROUP = 20_000
"""Lines of a row group at least: what is in memory at a time."""


def write(document: Document, target: Path) -> int:
    """Returns how many lines there are.

    Raises ``ConfigurationError`` without the extra ``columns``, ``Permanent`` for sheets of
    different columns.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra brings it
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError("Parquet needs the extra: odoo-celery-fabric[columns]") from None
    columns = data_columns(document)
    types = _types(pa)
    schema = pa.schema([(each.name, types.get(each.kind, pa.string())) for each in columns])
    lines = waiting = 0
    batches: list[Any] = []
    with parquet.ParquetWriter(target, schema, compression="zstd") as file:
        for block in data_blocks(document):
            arrays = []
            for column, values in zip(columns, block, strict=True):
                with of_kind(column):
                    kind = types.get(column.kind, pa.string())
                    arrays.append(pa.array(_values(column, values), kind))
            batches.append(pa.record_batch(arrays, schema=schema))
            lines += len(block[0])
            waiting += len(block[0])
            if waiting >= GROUP:
                file.write_table(pa.Table.from_batches(batches, schema))
                batches, waiting = [], 0
        file.write_table(pa.Table.from_batches(batches, schema))
    return lines


def _types(pa: Any) -> dict[str, Any]:
    return {
        "integer": pa.int64(),
        "number": pa.float64(),
        "money": pa.float64(),
        "percent": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "month": pa.date32(),
        "datetime": pa.timestamp("s", "UTC"),
    }


def _values(column: Column, values: Sequence[Any]) -> Sequence[Any]:
    if column.kind in {"date", "month"}:
        return [None if each is None else day(each) for each in values]
    if column.kind == "datetime":
        return [None if each is None else _utc(each) for each in values]
    if column.kind in {"number", "money", "percent"}:
        return [None if each is None else float(each) for each in values]
    if column.kind == "text":
        return [None if each is None else sound(str(each)) for each in values]
    return values


def _utc(value: dt.datetime | str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
