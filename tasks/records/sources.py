"""Rows of a file, one at a time: CSV, JSON Lines, XLSX, Parquet."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain, count
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast, get_args

import orjson

from odoo_bridge.errors import Permanent
from tasks.records.workbook import workbook_rows

Format = Literal["csv", "jsonl", "xlsx", "parquet"]
SUFFIXES = {".tsv": "csv", ".txt": "csv", ".ndjson": "jsonl", ".xlsm": "xlsx"}

LONGEST = 16 * 1024 * 1024
"""Bytes of a line, and characters of a CSV cell: more is no table, and would fill the memory."""
csv.field_size_limit(LONGEST)

MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row, its cells by the header's names; ``line`` is where it begins, counted from 1."""

    line: int
    cells: dict[str, Any]
    error: str = ""
    """Why it cannot be read, when it cannot."""


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How to read a file; what is not said is found out."""

    format: Format | None = None
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


def read_rows(path: Path, name: str, options: FileOptions) -> Generator[Row]:
    """The rows of a file that is called ``name``. Raises ``Permanent`` that says what to do."""
    kind = options.format or _format_of(name)
    if kind == "csv":
        return _csv_rows(path, options)
    if kind == "jsonl":
        return _json_rows(path, options)
    if kind == "xlsx":
        return _numbered(workbook_rows(path, options.sheet))
    return _parquet_rows(path)


def _format_of(name: str) -> Format:
    suffix = Path(name).suffix.lower()
    kind = SUFFIXES.get(suffix, suffix.removeprefix("."))
    if kind not in get_args(Format):
        raise Permanent(
            f"{name!r} does not say what it is: give format, one of {', '.join(get_args(Format))}"
        )
    return cast(Format, kind)


def _csv_rows(path: Path, options: FileOptions) -> Generator[Row]:
    with path.open("rb") as file:
        lines = _lines(file, _encoding(path, options), keep_ends=True)
        first = next(lines, "")
        delimiter = options.delimiter or max(",;\t|", key=first.count)
        reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
        yield from _numbered(_csv_cells(reader))


def _csv_cells(reader: Any) -> Iterator[tuple[int, Sequence[Any], str]]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Permanent(
                f"line {line}: not CSV ({error}); is a quotation mark missing, or the delimiter "
                "another one?"
            ) from error
        yield line, cells, ""


def _numbered(rows: Iterator[tuple[int, Sequence[Any], str]]) -> Generator[Row]:
    """Rows by the names of the first one, which is the header. Empty ones are left out."""
    header: list[str] = []
    for line, cells, error in rows:
        if all(cell is None or cell == "" for cell in cells) and not error:
            continue
        if not header:
            header = _header(cells)
        elif len(cells) != len(header) and not error:
            text = f"{len(cells)} cells, but the header has {len(header)}"
            yield Row(line, dict(zip(header, cells, strict=False)), text)
        else:
            yield Row(line, dict(zip(header, cells, strict=False)), error)
    if not header:
        raise Permanent("the file is empty: the first row must name the fields")


def _header(cells: Sequence[Any]) -> list[str]:
    header = [str("" if cell is None else cell).strip() for cell in cells]
    while header and not header[-1]:
        header.pop()
    for name in header:
        if not name or header.count(name) > 1:
            raise Permanent(f"the header names {name!r} twice" if name else "the header has a gap")
    return header


def _json_rows(path: Path, options: FileOptions) -> Generator[Row]:
    found = False
    with path.open("rb") as file:
        for line, text in enumerate(_lines(file, _encoding(path, options)), 1):
            if not text.strip():
                continue
            found = True
            try:
                cells = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                yield Row(line, {}, f"not JSON: {error}")
                continue
            if isinstance(cells, dict):
                yield Row(line, cells)
            else:
                yield Row(line, {}, "not a JSON object")
    if not found:
        raise Permanent("the file is empty")


def _parquet_rows(path: Path) -> Generator[Row]:
    try:
        import pyarrow.parquet  # noqa: PLC0415 (an extra brings it)
    except ImportError as error:
        raise Permanent(
            "Parquet needs the extra odoo-celery-fabric[columns] on the workers"
        ) from error
    line = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=5_000):
                for cells in batch.to_pylist():
                    line += 1
                    yield Row(line, cells)
    except pyarrow.ArrowException as error:
        raise Permanent(f"this is no Parquet file: {error}") from error
    if not line:
        raise Permanent("the file is empty")


def _encoding(path: Path, options: FileOptions) -> str:
    """What is given, or what the file's mark says, or UTF-8."""
    if options.encoding:
        return options.encoding
    with path.open("rb") as file:
        return MARKS.get(file.read(2), "utf-8-sig")


def _lines(file: BinaryIO, encoding: str, *, keep_ends: bool = False) -> Iterator[str]:
    """The lines of a text, none longer than ``LONGEST``."""
    try:
        text = TextIOWrapper(file, encoding, newline="" if keep_ends else None)
    except LookupError as error:
        raise Permanent(f"there is no encoding {encoding!r}") from error
    with text:
        for number in count(1):
            try:
                line = text.readline(LONGEST)
            except UnicodeError as error:
                raise Permanent(
                    f"line {number} or a later one is not {encoding}: give encoding, such as cp1252"
                ) from error
            if not line:
                return
            if len(line) == LONGEST:
                raise Permanent(
                    f"line {number} is longer than {LONGEST} characters: this is no table"
                )
            yield line
