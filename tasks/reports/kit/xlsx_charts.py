"""Charts in a workbook: a last sheet with the numbers and the pictures of them."""

from __future__ import annotations

from typing import Any

from tasks.reports.kit.document import Chart, Document
from tasks.reports.kit.xlsx_cells import legal

_TYPES = {"bar": "column", "line": "line", "pie": "pie"}
_GRID = {"visible": True, "line": {"color": "#D9D9D9"}}
_HEIGHT = 18
"""Rows that a chart covers."""


def add_charts(workbook: Any, name: str, document: Document) -> None:
    """On a sheet of this name. XlsxWriter knows charts well."""
    sheet = workbook.add_worksheet(name)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    if document.letterhead.locale.rtl:
        sheet.right_to_left()
    row = 0
    for chart in document.charts:
        _add(workbook, sheet, chart, row)
        row += max(len(chart.labels) + 3, _HEIGHT + 2)


def _add(workbook: Any, sheet: Any, chart: Chart, top: int) -> None:
    made = workbook.add_chart({"type": _TYPES[chart.kind]})
    last = top + len(chart.labels)
    amounts = workbook.add_format({"num_format": "#,##0.00"})
    for place, label in enumerate(chart.labels, start=top + 1):
        sheet.write_string(place, 0, legal(label))
    for column, (name, values) in enumerate(chart.series.items(), start=1):
        sheet.write_string(top, column, legal(name))
        for place, value in enumerate(values, start=top + 1):
            sheet.write_number(place, column, value, amounts)
        made.add_series(
            {
                "name": [sheet.name, top, column],
                "categories": [sheet.name, top + 1, 0, last, 0],
                "values": [sheet.name, top + 1, column, last, column],
            }
        )
    made.set_x_axis({"num_font": {"size": 8}})
    made.set_y_axis({"num_font": {"size": 8}, "num_format": "#,##0", "major_gridlines": _GRID})
    made.set_title({"name": legal(chart.title), "name_font": {"size": 12}})
    if len(chart.series) < 2 and chart.kind != "pie":
        made.set_legend({"none": True})
    made.set_size({"width": 720, "height": _HEIGHT * 20})
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, len(chart.series), 14)
    sheet.insert_chart(top, len(chart.series) + 2, made)
