"""The report kit: one document in all formats, read again by programs that are not ours."""

from __future__ import annotations

import csv
import datetime as dt
import re
import shutil
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pyarrow import parquet
from python_calamine import CalamineWorkbook

from odoo_bridge.errors import Cancelled, Permanent
from odoo_bridge.job import Envelope
from tasks.job import Job
from tasks.reports.kit import (
    Block,
    Chart,
    Column,
    Currency,
    Document,
    Format,
    Heading,
    Letterhead,
    Locale,
    Opening,
    ReportParams,
    Row,
    Sheet,
    Subtotal,
    produce,
    render,
    xlsx_sheet,
)
from tasks.reports.kit.fonts import Fonts
from tasks.reports.kit.layout import money
from tasks.reports.kit.totals import rounded

EURO = Currency("EUR", "€")
COLUMNS = [
    Column("account", "Account"),
    Column("day", "Day", "date"),
    Column("at", "At", "datetime"),
    Column("amount", "Amount", "money", total=True),
    Column("share", "Share", "percent", digits=1),
    Column("paid", "Paid", "boolean"),
    Column("pieces", "Pieces", "integer", total=True),
]
DAY = dt.date(2026, 11, 30)
MIDNIGHT = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "http://a.example"]


def lines() -> list[Row]:
    return [
        Heading("Receivable <&>"),
        Opening(("Opening", None, None, 100.0, None, None, None)),
        ("A", DAY, "2026-11-30 23:30:00", 10.25, 0.215, True, 1),
        ("B", "2026-12-01", MIDNIGHT, Decimal("-3.15"), None, False, 2),
        Subtotal("Total receivable", cells={"share": 0.5}),
        Heading("Payable"),
        ("C", None, None, 7.0, None, None, None),
        Subtotal("Total payable"),
    ]  # fmt: skip


def document(rows: Any = None, columns: Any = None, **options: Any) -> Document:
    language = options.pop("language", "en_US")
    locale = Locale(language, ZoneInfo("Europe/Brussels"))
    sheets = options.pop("sheets", None)
    found = lines() if rows is None else rows
    return Document(
        **{
            "name": "ledger",
            "title": "General ledger",
            "letterhead": Letterhead("My Company", EURO, locale),
            "sheets": sheets or [Sheet("Lines", columns or COLUMNS, found)],
            **options,
        }
    )


def written(found: Document, form: Format, directory: Path) -> Path:
    target = directory / f"report.{form}"
    render(found, form, target)
    return target


def values(path: Path, **options: Any) -> list[tuple[Any, ...]]:
    return list(load_workbook(path, **options).active.iter_rows(values_only=True))


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_sheet_as_openpyxl_reads_it(tmp_path: Path) -> None:
    path = written(document(facts=[("Period", "2026")]), "xlsx", tmp_path)
    rows = values(path)
    assert [row[0] for row in rows[:4]] == ["General ledger", "My Company", "Period: 2026", None]
    assert rows[4] == ("Account", "Day", "At", "Amount", "Share", "Paid", "Pieces")
    assert rows[5][0] == "Receivable <&>"
    at = dt.datetime(2026, 12, 1, 0, 30)  # on the reader's clock
    assert rows[7] == ("A", dt.datetime(2026, 11, 30), at, 10.25, 0.215, True, 1)
    assert rows[9][:1] + rows[9][3:5] == ("Total receivable", "=SUBTOTAL(9,D7:D9)", 0.5)
    assert rows[-1] == (
        "Total",
        None,
        None,
        "=SUBTOTAL(9,D6:D13)",
        None,
        None,
        "=SUBTOTAL(9,G6:G13)",
    )
    shown = values(path, data_only=True)
    assert [shown[9][3], shown[12][3], shown[-1][3], shown[-1][6]] == [107.1, 7.0, 114.1, 3]
    page = load_workbook(path).active
    assert page.freeze_panes == "A6"
    assert page.auto_filter.ref == "A5:G13"
    assert page["D8"].number_format == '#,##0.00 "€"_-'
    assert page["E8"].number_format == "0.0%_-"
    assert page.row_dimensions[8].outlineLevel == 1


def test_a_sheet_as_calamine_reads_it(tmp_path: Path) -> None:
    sheet = CalamineWorkbook.from_path(
        str(written(document(), "xlsx", tmp_path))
    ).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert rows[6][0] == "A"
    assert rows[6][3] == 10.25
    assert rows[-1][3] == 114.1


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_what_libreoffice_computes(tmp_path: Path) -> None:
    path = written(
        document(charts=[Chart("By month", ["a", "b"], {"x": [1, 2]})]), "xlsx", tmp_path
    )
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "csv", "--outdir", tmp_path, path]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    rows = table(tmp_path / "report.csv")
    sums = [float(row[3]) for row in rows if row[0].startswith("Total")]
    assert sums == [107.1, 7.0, 114.1]


@pytest.mark.parametrize("text", EVIL)
def test_no_text_is_ever_a_formula(text: str, tmp_path: Path) -> None:
    found = document([(text,)], [Column("name", text)], title="")
    path = written(found, "xlsx", tmp_path)
    for cell in (load_workbook(path).active[place] for place in ("A1", "A2")):
        assert cell.data_type in {"s", "inlineStr"}
        assert cell.value == text.replace("\r", "\n")
        assert cell.hyperlink is None
    assert "<f>" not in zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    found = document([(text,)], [Column(text, text)])
    rows = table(written(found, "csv", tmp_path))
    assert all(cell[0] not in "=+-@\t\r" for row in rows for cell in row)


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_comes_back(texts: list[str]) -> None:
    target = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path("/tmp")  # noqa: S108
    path = target / "kit-any-text.xlsx"
    try:
        render(document([(text,) for text in texts], [Column("text", "T")], title=""), "xlsx", path)
        read = [row[0] for row in values(path)][1:]
    finally:
        path.unlink(missing_ok=True)
    legal = [re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", t) for t in texts]
    kept = [
        t.replace("\r\n", "\n").replace("\r", "\n").replace("_x005F_", "_") or None for t in legal
    ]
    assert [each and each.replace("_x005F_", "_") for each in read] == kept


def test_lines_alone_are_csv_and_parquet(tmp_path: Path) -> None:
    rows = table(written(document(), "csv", tmp_path))
    assert rows[0] == [column.name for column in COLUMNS]
    assert rows[2] == ["A", "2026-11-30", "2026-12-01 00:30:00", "10.25", "0.215", "true", "1"]
    assert [row[0] for row in rows[1:]] == ["Opening", "A", "B", "C"]
    found = parquet.read_table(written(document(), "parquet", tmp_path)).to_pylist()
    at = dt.datetime(2026, 11, 30, 23, 30, tzinfo=dt.UTC)
    assert found[1] == {
        "account": "A",
        "day": DAY,
        "at": at,
        "amount": 10.25,
        "share": 0.215,
        "paid": True,
        "pieces": 1,
    }
    assert found[2]["amount"] == -3.15


def test_sheets_of_one_form_are_one_table(tmp_path: Path) -> None:
    column = [Column("n", "N", "integer")]
    sheets = [Sheet("First", column, [(1,)]), Sheet("Second", column, [(2,)])]
    extra = Sheet("Summary", [Column("text", "T")], [("x",)], data=False)
    path = written(document(sheets=[*sheets, extra]), "csv", tmp_path)
    assert path.read_text("utf-8-sig").split() == ["sheet,n", "First,1", "Second,2"]
    with pytest.raises(Permanent, match="different columns; ask for xlsx"):
        written(document(sheets=[*sheets, Sheet("x", COLUMNS, [])]), "parquet", tmp_path)


def texts_of(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as pdf:
        return [page.get_textpage().get_text_bounded() for page in pdf]


def many(count: int) -> Iterator[Row]:
    return ((f"Line {n}", DAY, None, 1.10, None, None, 1) for n in range(count))


def test_sums_are_carried_over_pages(tmp_path: Path) -> None:
    pages = texts_of(written(document(many(100)), "pdf", tmp_path))
    assert len(pages) == 3
    assert "Page 1 of 3" in " ".join(pages[0].split())
    carried = re.search(r"Carried forward\s+([\d.]+)", pages[0])
    assert carried
    on_page = len(re.findall(r"Line \d+", pages[0]))
    assert carried[1] == f"{1.1 * on_page:.2f}"
    assert re.search(rf"Brought forward\s+{re.escape(carried[1])}", pages[1])
    assert re.search(r"Total\s+110\.00", pages[-1])
    assert sum(len(re.findall(r"Line \d+", page)) for page in pages) == 100
    assert "My Company" in pages[2]


def ledger(accounts: int, count: int) -> Iterator[Row]:
    for account in range(accounts):
        yield Heading(f"Account {account}")
        yield Opening((f"Opening {account}", None, 100.0))
        yield from ((f"Line {n}", 1.0, 101.0 + n) for n in range(count))
        yield Subtotal(f"Total {account}", cells={"balance": 100.0 + count})


def test_a_running_balance_is_carried_with_its_groups_sums(tmp_path: Path) -> None:
    columns = [
        Column("line", "Line"),
        Column("debit", "Debit", "number", total=True),
        Column("balance", "Balance", "number", running=True),
    ]
    found = document(ledger(3, 50), columns)
    pages = [" ".join(page.split()) for page in texts_of(written(found, "pdf", tmp_path))]
    carries = 0
    for page, following in pairwise(pages):
        if not (carried := re.search(r"Carried forward ([\d.]+) ([\d.]+) ", page)):
            # It ended with an account, of which nothing is left to carry.
            assert re.search(r"Total \d 50.00 150.00 Printed", page)
            assert "Brought forward" not in following
            continue
        debit, balance = map(float, carried.groups())
        account = re.findall(r"Account \d", page)[-1]
        assert balance == 100 + debit
        assert f"Brought forward · {account} {carried[1]} {carried[2]} " in following
        carries += 1
    assert carries >= 2
    assert "Total 150.00" in pages[-1]


def test_a_page_may_end_at_any_line_of_an_account(tmp_path: Path) -> None:
    columns = [
        Column("line", "Line"),
        Column("debit", "Debit", "number", total=True),
        Column("balance", "Balance", "number", running=True),
    ]
    for count in range(20, 60):
        found = document(ledger(2, count), columns)
        pages = [" ".join(page.split()) for page in texts_of(written(found, "pdf", tmp_path))]
        text = " ".join(pages)
        for debit, balance in re.findall(r"Carried forward ([\d.]+) ([\d.]+) ", text):
            assert float(balance) == 100 + float(debit) <= 100 + count
        assert text.count("Carried forward") == text.count("Brought forward · Account")
        assert len(re.findall(rf"Total \d {count}.00 {100 + count}.00", text)) == 2


def test_a_zero_that_people_need_not_see(tmp_path: Path) -> None:
    columns = [Column("name", "Name"), Column("debit", "Debit", "money", blank_zero=True)]
    found = [document([("A", 0.0), ("B", 7.5)], columns) for _ in range(4)]
    html = written(found[0], "html", tmp_path).read_text("utf-8")
    assert '<td>A</td><td class="n"></td>' in html
    assert "7.50" in html
    cell = load_workbook(written(found[1], "xlsx", tmp_path)).active["B5"]
    assert cell.value == 0
    assert cell.number_format == '#,##0.00 "€"_-;-#,##0.00 "€"_-;'
    assert "0.0" in written(found[2], "csv", tmp_path).read_text("utf-8-sig").splitlines()[1]
    assert "0.00" not in texts_of(written(found[3], "pdf", tmp_path))[0].replace("7.50", "")


def test_a_page_that_begins_inside_a_group_names_it(tmp_path: Path) -> None:
    columns = [
        Column("line", "Line"),
        Column("debit", "Debit", "number", total=True),
        Column("balance", "Balance", "number", running=True),
    ]

    def by_partner() -> Iterator[Row]:
        yield Heading("Account")
        for number in range(30):
            yield Heading(f"Partner {number}", 1)
            yield ("Line", 1.0, 1.0)
            yield Subtotal(f"Total {number}", 1, {"balance": 1.0})
        yield Subtotal("Total", 0, {"balance": 30.0})

    pages = texts_of(written(document(by_partner(), columns), "pdf", tmp_path))
    assert len(pages) > 2
    for page in pages[1:]:
        first = page.split("Balance", 1)[1].split()[0]
        assert first in ("Account", "Brought"), page


def test_titles_take_several_lines(tmp_path: Path) -> None:
    title = "Amount in the currency of the entry"
    columns = [Column(f"c{n}", f"{n} {title}", "money") for n in range(8)]
    (page,) = texts_of(written(document([[1.0] * 8], columns), "pdf", tmp_path))
    assert page.count("currency") == 8
    assert "…" not in page


def test_a_number_is_never_cut(tmp_path: Path) -> None:
    columns = [Column(f"c{n}", f"C{n}", "money") for n in range(24)]
    (page,) = texts_of(written(document([[123456789.25] * 24], columns), "pdf", tmp_path))
    assert page.count("123,456,789.25") == 24
    columns = [Column(f"c{n}", f"C{n}", "date") for n in range(30)]
    (page,) = texts_of(written(document([[DAY] * 30], columns), "pdf", tmp_path))
    assert page.count("11/30/26") == 30


def test_html_stands_alone(tmp_path: Path) -> None:
    chart = Chart("<script>alert(1)</script>", ["Jan", "Feb"], {"Sales": [1.0, 2.0]})
    evil = [("<img src=x onerror=alert(1)>", DAY, None, 1234.5, 0.2, True, 3)]
    text = written(document(evil, charts=[chart]), "html", tmp_path).read_text("utf-8")
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;img src=x" in text
    assert "<svg" in text
    assert not re.findall(
        r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text.replace("xlink:href", "")
    )
    assert "default-src 'none'" in text
    assert "1,234.50\N{NO-BREAK SPACE}€" in text
    assert "20.0%" in text


@pytest.mark.parametrize(
    ("language", "number", "day", "percent"),
    [
        ("en_US", "-1,234.50", "11/30/26", "21.5%"),
        ("de_DE", "-1.234,50", "30.11.26", "21,5\N{NO-BREAK SPACE}%"),
        ("fr_FR", "-1\u202f234,50", "30/11/2026", "21,5\N{NO-BREAK SPACE}%"),
        ("hi_IN", "-1,234.50", "30/11/26", "21.5%"),
        ("xx_YY", "-1,234.50", "11/30/26", "21.5%"),
    ],
)
def test_numbers_and_days_as_the_reader_writes_them(
    language: str, number: str, day: str, percent: str
) -> None:
    locale = Locale(language)
    assert locale.number(-1234.5) == number
    assert locale.date(DAY) == day
    assert locale.percent(0.215) == percent


def test_indian_grouping_and_halves() -> None:
    assert Locale("hi_IN").number(12345678.125) == "1,23,45,678.12"
    assert Locale("en_US").number(2.675) == "2.68"
    assert Locale("en_US").number(-0.001) == "0.00"


def test_right_to_left(tmp_path: Path) -> None:
    found = document(language="ar_001")
    assert load_workbook(written(found, "xlsx", tmp_path)).active.sheet_view.rightToLeft
    assert 'dir="rtl"' in written(document(language="he_IL"), "html", tmp_path).read_text("utf-8")
    assert texts_of(written(document(language="ar_001"), "pdf", tmp_path))


def test_brackets_open_to_the_reader() -> None:
    shaped = Fonts("Helvetica", "Helvetica-Bold").shaped("חשבון (בנק)")
    assert shaped == "(קנב) ןובשח"


def test_titles_of_a_sheet_have_room(tmp_path: Path) -> None:
    columns = [Column("a", "A"), Column("b", "Amount in Currency", "number", width=12)]
    sheet = load_workbook(written(document([("x", 1)], columns), "xlsx", tmp_path)).active
    assert sheet.row_dimensions[4].height == 30
    assert sheet["B4"].value == "Amount in Currency"


@pytest.mark.parametrize("form", ["xlsx", "csv", "parquet", "pdf", "html"])
def test_an_empty_report_is_a_report(form: Format, tmp_path: Path) -> None:
    assert render(document([]), form, tmp_path / "report") == 0
    assert (tmp_path / "report").stat().st_size > 40


@pytest.mark.parametrize("form", ["xlsx", "csv", "parquet", "pdf", "html"])
def test_a_value_of_another_kind_is_named(form: Format, tmp_path: Path) -> None:
    rows = [("A", "yesterday", None, 1.0, None, None, 1)]
    with pytest.raises(Permanent, match="column day holds what is no date"):
        render(document(rows), form, tmp_path / "report")


def test_rows_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    for rows, message in (
        ([("A",)], "a row of 1 cells under 7 columns"),
        ([Subtotal("S")], "subtotal of level 0 stands in no group"),
        ([Heading("H", 1)], "heading of level 1 stands in no group"),
    ):
        with pytest.raises(Permanent, match=message):
            render(document(rows), "xlsx", tmp_path / "report")
    with pytest.raises(Permanent, match="text has no total"):
        render(document([("A",)], [Column("a", "A", total=True)]), "html", tmp_path / "report")


def test_not_a_number_is_blank(tmp_path: Path) -> None:
    rows = [(float("nan"),), (float("inf"),), (1.5,)]
    path = written(document(rows, [Column("n", "N", "number")], title=""), "xlsx", tmp_path)
    assert [row[0] for row in values(path)] == ["N", None, None, 1.5]


def test_more_rows_than_a_sheet_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_sheet, "MOST", 10)
    rows: list[Row] = [
        Heading("G"),
        Block([[f"L{n}" for n in range(20)], [1.0] * 20]),
        Subtotal("S"),
    ]
    columns = [Column("a", "A"), Column("b", "B", "number", total=True)]
    path = written(document(rows, columns, title=""), "xlsx", tmp_path)
    book = load_workbook(path)
    assert book.sheetnames == ["Lines", "Lines (2)", "Lines (3)"]
    assert all(page.max_row <= 10 for page in book)
    names = [cell.value for page in book for cell in page["A"][1:]]
    assert names == ["G", *(f"L{n}" for n in range(20)), "S", "Total"]
    assert [book["Lines (3)"].cell(row, 2).value for row in (7, 8)] == [20, 20]


def test_names_of_sheets(tmp_path: Path) -> None:
    column = [Column("a", "A")]
    titles = ["a/b:[c]", "x" * 40, "X" * 40, "'history'", "", "=1\x01\ud800"]
    chart = Chart("\x01", ["a\x02"], {"b\ufffe": [1.0]})
    sheets = [Sheet(title, column, [("v",)]) for title in titles]
    found = document(sheets=sheets, charts=[chart], title="\x01")
    book = load_workbook(written(found, "xlsx", tmp_path))
    assert len({name.lower() for name in book.sheetnames}) == 7
    assert all(0 < len(name) <= 31 for name in book.sheetnames)


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def largest(count: int) -> int:
        tracemalloc.start()
        blocks = (Block([[f"Line {n}"] * 500, [1.5] * 500]) for n in range(count // 500))
        columns = [Column("a", "A"), Column("b", "B", "money", total=True)]
        render(document(blocks, columns), "xlsx", tmp_path / "report")
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    largest(1_000)  # what is imported and cached
    assert largest(40_000) < largest(4_000) + 500_000


def test_a_cancelled_job_stops_in_the_middle() -> None:
    job = Job(Envelope("u-1", 1, "reports.sales", "reports"), {})
    seen = 0

    def rows() -> Iterator[Row]:
        nonlocal seen
        for seen in range(100_000):
            if seen == 5_000:
                job.pulse.cancelled = True
            yield ("A", None, None, 1.0, None, None, 1)

    with pytest.raises(Cancelled):
        produce(job, document(rows()), ReportParams())
    assert seen < 20_000
    assert not job.operations


def test_halves_of_sums_are_those_on_paper() -> None:
    assert rounded(0.1 + 0.2 + 1.005 - 0.3, 2) == 1.01
    assert rounded(-2.675, 2) == -2.68
    assert str(rounded(-0.001, 2)) == "0.0"


ODD = [
    "\x00\x01",
    "\ud800",
    "\uffff",
    "a\nb\tc",
    "\u202eabc",
    "😀",
    "नमस्ते",
    "שלום 123",
    "x" * 40_000,
]


@pytest.mark.parametrize("form", ["xlsx", "csv", "parquet", "pdf", "html"])
def test_odd_texts_anywhere(form: Format, tmp_path: Path) -> None:
    for text in ODD:
        rows = [Heading(text), (text,), Subtotal(text)]
        found = document(
            rows,
            [Column("a", text)],
            title=text,
            facts=[(text, text)],
            charts=[Chart(text, [text], {text: [1.0]}, kind) for kind in ("bar", "line", "pie")],
        )
        assert render(found, form, tmp_path / "report") == 1


@pytest.mark.parametrize(
    ("language", "number", "shown"),
    [
        ("en_US", -7945.02, "-$7,945.02"),
        ("sv_SE", -7945.02, "\N{MINUS SIGN}$7\N{NO-BREAK SPACE}945,02"),
        ("en_US", 0.0, "$0.00"),
    ],
)
def test_a_minus_stands_before_the_symbol(language: str, number: float, shown: str) -> None:
    locale = Locale.of({"lang": language})
    assert money(Currency("USD", "$", "before"), locale.number(number, 2)) == shown
