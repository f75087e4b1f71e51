"""Files of all kinds, and broken ones."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from odoo_bridge.errors import Permanent
from tasks.records import sources
from tasks.records.sources import FileOptions, Row, read_rows


def rows(path: Path, content: bytes, name: str = "x.csv", **options: Any) -> list[Row]:
    (path / "file").write_bytes(content)
    return list(read_rows(path / "file", name, FileOptions(**options)))


def cells(found: list[Row]) -> list[Any]:
    return [row.cells for row in found]


@pytest.mark.parametrize(
    "content",
    [
        "id,name\n1,é\n".encode(),
        "\ufeffid,name\r\n1,é\r\n".encode(),
        "id;name\n1;é".encode(),
        "id\tname\n\n1\té\n\n".encode(),
        "id,name\n1,é\n".encode("utf-16"),
        '"id",name,\n1,"é",\n'.encode(),
    ],
)
def test_csv(tmp_path: Path, content: bytes) -> None:
    found = rows(tmp_path, content)
    assert cells(found) == [{"id": "1", "name": "é"}]


def test_csv_in_a_given_encoding(tmp_path: Path) -> None:
    content = "id,name\n1,é\n".encode("cp1252")
    assert cells(rows(tmp_path, content, encoding="cp1252")) == [{"id": "1", "name": "é"}]
    with pytest.raises(Permanent, match="give encoding, such as cp1252"):
        rows(tmp_path, content)
    with pytest.raises(Permanent, match="no encoding 'klingon'"):
        rows(tmp_path, content, encoding="klingon")


def test_lines_of_cells_with_line_breaks(tmp_path: Path) -> None:
    found = rows(tmp_path, b'id,name\n1,"a\nb"\n2,c\n3\n')
    assert [(row.line, row.error) for row in found] == [
        (2, ""),
        (4, ""),
        (5, "1 cells, but the header has 2"),
    ]
    assert found[0].cells["name"] == "a\nb"


def test_a_quotation_mark_that_never_ends(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="quotation mark missing"):
        rows(tmp_path, b'id,name\n1,"a\n2,b\n')


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_a_line_without_end(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LONGEST", 10_000)
    with pytest.raises(Permanent, match="line 1 is longer than"):
        rows(tmp_path, b"x" * 20_000, name)


@pytest.mark.parametrize(
    ("name", "content"), [("x.csv", b""), ("x.csv", b"\n\n"), ("x.jsonl", b"")]
)
def test_an_empty_file(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(Permanent, match="the file is empty"):
        rows(tmp_path, content, name)


def test_a_file_of_an_unknown_kind(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="give format"):
        rows(tmp_path, b"", "x.pdf")


def test_json_lines(tmp_path: Path) -> None:
    found = rows(tmp_path, b'{"id": "a", "n": 1}\n\n[1]\n{"id": \n{"id": "b"}', "x.ndjson")
    assert [(row.line, row.cells) for row in found if not row.error] == [
        (1, {"id": "a", "n": 1}),
        (5, {"id": "b"}),
    ]
    assert [(row.line, row.error[:8]) for row in found if row.error] == [
        (3, "not a JS"),
        (4, "not JSON"),
    ]


def workbook(*lines: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.worksheets[0].append(line)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook(tmp_path: Path) -> None:
    day = dt.date(2026, 1, 2)
    content = workbook([], ["id", "n", "day"], ["a", 1.5, day], [], ["b", None, None])
    assert [(row.line, row.cells) for row in rows(tmp_path, content, "x.xlsx")] == [
        (3, {"id": "a", "n": 1.5, "day": day}),
        (5, {"id": "b", "n": "", "day": ""}),
    ]


def test_cells_without_a_value_are_named(tmp_path: Path) -> None:
    content = workbook(["id", "n"], ["a", "=1+1"], ["b", "#N/A"], ["c", 3])
    bad, error, good = rows(tmp_path, content, "x.xlsx")
    assert (bad.line, bad.error[:44]) == (2, "cell B2 holds a formula without a value: ope")
    assert (error.line, error.error) == (3, "cell B3 holds the error #N/A")
    assert good.cells == {"id": "c", "n": 3.0}


def test_a_workbook_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="no XLSX file"):
        rows(tmp_path, b"id,name\n", "x.xlsx")
    with pytest.raises(Permanent, match="no sheet 'No'; there are: Sheet"):
        rows(tmp_path, workbook(["id"], ["a"]), "x.xlsx", sheet="No")


def test_parquet(tmp_path: Path) -> None:
    file = BytesIO()
    pq.write_table(pa.table({"id": ["a", "b"], "n": [1, None]}), file)
    found = rows(tmp_path, file.getvalue(), "x.parquet")
    assert cells(found) == [{"id": "a", "n": 1}, {"id": "b", "n": None}]
    with pytest.raises(Permanent, match="no Parquet file"):
        rows(tmp_path, b"PAR1", "x.parquet")
