"""The report kit: a report is a query, a shape and a layout, declared in one short file.

A task makes a ``Document`` of ``Sheet``s whose rows it reads as they are written, and ``produce``
attaches it in the format that was asked for (docs/howto/reports.md).
"""

from tasks.reports.kit.document import (
    Block,
    Chart,
    Column,
    Document,
    Heading,
    Opening,
    Row,
    Sheet,
    Subtotal,
)
from tasks.reports.kit.letterhead import Currency, Letterhead
from tasks.reports.kit.locale import Locale
from tasks.reports.kit.params import Format, ReportParams, ids_of
from tasks.reports.kit.produce import produce, render

__all__ = [
    "Block",
    "Chart",
    "Column",
    "Currency",
    "Document",
    "Format",
    "Heading",
    "Letterhead",
    "Locale",
    "Opening",
    "ReportParams",
    "Row",
    "Sheet",
    "Subtotal",
    "ids_of",
    "produce",
    "render",
]
