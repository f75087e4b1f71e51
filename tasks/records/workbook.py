"""Rows of a sheet (XLSX), with the cells that have no value named.

Calamine reads an error (``#N/A``) and a formula that was never computed as empty. Loading those as
empty would lose data silently, so the sheet's XML is asked which cells they are (ECMA-376 part 1,
18.3.1.4).
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring, iterparse
from python_calamine import CalamineError, CalamineWorkbook

from odoo_bridge.errors import Permanent

LARGEST = 4 * 1024 * 1024 * 1024
"""Bytes of the unpacked file."""

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def workbook_rows(path: Path, sheet: str) -> Iterator[tuple[int, Sequence[Any], str]]:
    """Number, cells and error of each row of a sheet, the first one unless named.

    Raises ``Permanent`` when it is no workbook or has no such sheet.
    """
    try:
        with ZipFile(path) as parts:
            if sum(each.file_size for each in parts.infolist()) > LARGEST:
                raise Permanent(f"the workbook is larger than {LARGEST} bytes when unpacked")
            names, member = _sheet(parts, sheet)
            without_value = _without_value(parts, member)
        with CalamineWorkbook.from_path(path) as workbook:
            found = workbook.get_sheet_by_name(sheet or names[0])
            for number, cells in enumerate(found.iter_rows(), 1):
                yield number, cells, "; ".join(without_value.get(number, ()))
    except (BadZipFile, KeyError, ParseError, DefusedXmlException, CalamineError) as error:
        raise Permanent(f"this is no XLSX file: {error}") from error


def _sheet(parts: ZipFile, name: str) -> tuple[list[str], str]:
    """The names of all sheets, and the part of the zip that holds the wanted one."""
    links = {
        link.get("Id"): link.get("Target", "")
        for link in fromstring(parts.read("xl/_rels/workbook.xml.rels"))
    }
    sheets = fromstring(parts.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")
    targets = {each.get("name", ""): links[each.get(_LINK)] for each in sheets}
    names = list(targets)
    if name and name not in targets:
        raise Permanent(f"there is no sheet {name!r}; there are: {', '.join(names)}")
    return names, posixpath.normpath(posixpath.join("/xl", targets[name or names[0]])).lstrip("/")


def _without_value(parts: ZipFile, member: str) -> dict[int, list[str]]:
    """By row, what is wrong with cells that show no value."""
    found: dict[int, list[str]] = defaultdict(list)
    with parts.open(member) as sheet:
        for _event, element in iterparse(sheet):
            if element.tag == f"{_MAIN}c":
                value = element.findtext(f"{_MAIN}v")
                place = element.get("r", "")
                if element.get("t") == "e":
                    found[_row(place)].append(f"cell {place} holds the error {value}")
                elif element.find(f"{_MAIN}f") is not None and not value:
                    found[_row(place)].append(
                        f"cell {place} holds a formula without a value: open the file in a "
                        "spreadsheet program and save it"
                    )
            elif element.tag == f"{_MAIN}row":
                element.clear()
    return found


def _row(place: str) -> int:
    return int("".join(filter(str.isdigit, place)) or 0)
