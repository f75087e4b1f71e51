"""What the reports of sales and prices say, in the languages that somebody has written it in.

Names of fields come from Odoo, in the language of the job's user.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.reports.kit.words import in_language


@dataclass(frozen=True, slots=True)
class Words:
    """English, unless another language is known."""

    sales: str = "Sales"
    period: str = "Period"
    price_list: str = "Price list"
    date: str = "Date"
    price: str = "Price"
    min_quantity: str = "From quantity"

    @classmethod
    def of(cls, language: str) -> Words:
        """For ``nl_BE``: Dutch."""
        return in_language(_KNOWN, language, cls())


_KNOWN = {
    "ar": Words("المبيعات", "الفترة", "قائمة الأسعار", "التاريخ", "السعر", "ابتداءً من الكمية"),
    "de": Words("Umsätze", "Zeitraum", "Preisliste", "Stand", "Preis", "Ab Menge"),
    "es": Words("Ventas", "Periodo", "Lista de precios", "Fecha", "Precio", "Desde la cantidad"),
    "fr": Words("Ventes", "Période", "Liste de prix", "Date", "Prix", "À partir de"),
    "nl": Words("Verkopen", "Periode", "Prijslijst", "Datum", "Prijs", "Vanaf aantal"),
}
