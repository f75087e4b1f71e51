"""Charts as drawings, for PDF and HTML. reportlab draws them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reportlab.graphics import renderSVG
from reportlab.graphics.charts.barcharts import VerticalBarChart
from reportlab.graphics.charts.legends import Legend
from reportlab.graphics.charts.linecharts import HorizontalLineChart
from reportlab.graphics.charts.piecharts import Pie
from reportlab.graphics.shapes import Drawing, String
from reportlab.lib.colors import HexColor

from tasks.reports.kit.document import Chart
from tasks.reports.kit.fonts import Fonts
from tasks.reports.kit.locale import Locale

COLOURS = ("#714B67", "#017E84", "#E9A23B", "#4C78A8", "#D1495B", "#6A994E", "#9C89B8", "#8D6E63")
"""Told apart in print and by those who do not see red and green apart."""
_MOST_LABELS = 14
_LONGEST = 22
"""Characters of a label."""
_SMALL = 7


def drawing(
    chart: Chart, locale: Locale, fonts: Fonts, width: float = 680, height: float = 185
) -> Drawing:
    """In points."""
    made = Drawing(width, height)
    title = fonts.shaped(chart.title)
    made.add(String(8, height - 16, title, fontName=fonts.bold, fontSize=11))
    plot: Any = _pie(chart, fonts) if chart.kind == "pie" else _axes(chart, locale, fonts)
    side = 150 if len(chart.series) > 1 or chart.kind == "pie" else 10
    plot.x, plot.y = 62, 46
    plot.height = height - 46 - 30
    plot.width = plot.height if chart.kind == "pie" else width - 62 - side
    made.add(plot)
    if side > 10:
        made.add(_legend(chart, fonts, width - side + 12, height - 34))
    return made


def svg(chart: Chart, locale: Locale, fonts: Fonts) -> str:
    """An ``<svg>`` element on its own."""
    text: str = renderSVG.drawToString(drawing(chart, locale, replace(fonts, shapes=False)))
    return text[text.index("<svg") :]


def _axes(chart: Chart, locale: Locale, fonts: Fonts) -> Any:
    plot: Any = VerticalBarChart() if chart.kind == "bar" else HorizontalLineChart()
    plot.data = [tuple(map(float, values)) for values in chart.series.values()]
    values = [value for series in plot.data for value in series]
    labels = [fonts.shaped(_short(each)) for each in chart.labels]
    plot.categoryAxis.categoryNames = _thinned(labels)
    plot.categoryAxis.labels.fontName = plot.valueAxis.labels.fontName = fonts.regular
    plot.categoryAxis.labels.fontSize = plot.valueAxis.labels.fontSize = _SMALL
    if any(len(each) > 8 for each in labels):
        plot.categoryAxis.labels.angle = 20
        plot.categoryAxis.labels.boxAnchor = "ne"
    plot.categoryAxis.labelAxisMode = "low"
    plot.valueAxis.forceZero = 1
    largest = max(map(abs, values), default=0.0)
    if not largest:  # nothing to scale by
        plot.valueAxis.valueMin, plot.valueAxis.valueMax = 0.0, 1.0
    plot.valueAxis.avoidBoundFrac = 0.05
    digits = 0 if largest >= 10 else 2
    plot.valueAxis.labelTextFormat = lambda value: locale.number(value, digits)
    plot.valueAxis.visibleGrid = 1
    plot.valueAxis.gridStrokeColor = HexColor("#DDDDDD")
    for place in range(len(plot.data)):
        colour = HexColor(COLOURS[place % len(COLOURS)])
        if chart.kind == "bar":
            plot.bars[place].fillColor = colour
            plot.bars[place].strokeColor = None
        else:
            plot.lines[place].strokeColor = colour
            plot.lines[place].strokeWidth = 1.6
    return plot


def _pie(chart: Chart, fonts: Fonts) -> Any:
    plot: Any = Pie()
    plot.data = [max(0.0, float(value)) for value in next(iter(chart.series.values()), ())] or [1.0]
    plot.labels = None
    for place in range(len(plot.data)):
        plot.slices[place].fillColor = HexColor(COLOURS[place % len(COLOURS)])
        plot.slices[place].strokeColor = HexColor("#FFFFFF")
        plot.slices[place].fontName = fonts.regular
    return plot


def _legend(chart: Chart, fonts: Fonts, x: float, y: float) -> Any:
    names = chart.labels if chart.kind == "pie" else list(chart.series)
    made: Any = Legend()
    made.x, made.y, made.boxAnchor = x, y, "nw"
    made.fontName, made.fontSize, made.alignment = fonts.regular, _SMALL, "right"
    made.columnMaximum, made.dx, made.dy = 18, 7, 7
    made.colorNamePairs = [
        (HexColor(COLOURS[place % len(COLOURS)]), fonts.shaped(name)[:24])
        for place, name in enumerate(names)
    ]
    return made


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"


def _thinned(labels: list[str]) -> list[str]:
    """As many as have room."""
    step = -(-len(labels) // _MOST_LABELS) or 1
    return [each if place % step == 0 else "" for place, each in enumerate(labels)]
