"""Price lists as bytes of XLSX, CSV or Parquet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from xlsxwriter import Workbook

from odoo_bridge.errors import ConfigurationError
from tasks.cells import plain

MIMETYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}
LONGEST = 31
"""Characters of a sheet's name in Excel."""


@dataclass(frozen=True, slots=True)
class PriceLine:
    """What a customer reads."""

    reference: str
    product: str
    min_quantity: float
    """In the product's unit; from it on the price holds."""
    price: float
    currency: str


COLUMNS = tuple(each.name for each in fields(PriceLine))
Lists = Mapping[str, Sequence[PriceLine]]
"""Lines by the name of their pricelist; each name is another one."""


def render(lists: Lists, form: str) -> bytes:
    """Raises ``ConfigurationError`` for Parquet without the extra ``columns``."""
    return {"xlsx": _xlsx, "csv": _csv, "parquet": _parquet}[form](lists)


def _xlsx(lists: Lists) -> bytes:
    """A sheet each; constant_memory writes rows to disk as they come."""
    buffer = io.BytesIO()
    with Workbook(buffer, {"constant_memory": True, "strings_to_formulas": False}) as workbook:
        bold = workbook.add_format({"bold": True, "bottom": 1})
        for number, (name, lines) in enumerate(lists.items(), start=1):
            sheet = workbook.add_worksheet(sheet_name(name, number))
            for column, title in enumerate(COLUMNS):
                sheet.write_string(0, column, title, bold)
            for row, line in enumerate(lines, start=1):
                _write_line(sheet, row, line)
            sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def _write_line(sheet: Any, row: int, line: PriceLine) -> None:
    for column, value in enumerate(asdict(line).values()):
        if isinstance(value, str):  # a product named "=1+1" stays a text
            sheet.write_string(row, column, value)
        else:
            sheet.write_number(row, column, value)


def sheet_name(name: str, number: int) -> str:
    """As Excel takes it: short, without some characters, and no other sheet's."""
    clean = re.sub(r"[\[\]:*?/\\']", " ", name)
    return f"{number} {clean}"[:LONGEST].strip()


def _csv(lists: Lists) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["pricelist", *COLUMNS])
    for row in _rows(lists):
        writer.writerow(plain(each) if isinstance(each, str) else each for each in row.values())
    return text.getvalue().encode("utf-8-sig")  # without a mark Excel reads another encoding


def _parquet(lists: Lists) -> bytes:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra brings it
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError("Parquet needs the extra: odoo-celery-fabric[columns]") from None
    numbers = {"min_quantity": pa.float64(), "price": pa.float64()}
    names = ("pricelist", *COLUMNS)
    schema = pa.schema([(name, numbers.get(name, pa.string())) for name in names])
    buffer = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(list(_rows(lists)), schema), buffer)
    return buffer.getvalue()


def _rows(lists: Lists) -> Iterator[dict[str, Any]]:
    for name, lines in lists.items():
        for line in lines:
            yield {"pricelist": name, **asdict(line)}
