"""What the reports of the books say, in the languages that somebody has written it in.

Names of fields come from Odoo, in the language of the job's user.
"""

from __future__ import annotations

from dataclasses import dataclass

from odoo_bridge.job import Json


@dataclass(frozen=True, slots=True)
class Words:
    """English, unless another language is known."""

    general_ledger: str = "General Ledger"
    trial_balance: str = "Trial Balance"
    receivable: str = "Aged Receivable"
    payable: str = "Aged Payable"
    stock_valuation: str = "Stock Valuation"
    period: str = "Period"
    at: str = "As of"
    entries: str = "Entries"
    posted: str = "Posted"
    with_drafts: str = "Posted and drafts"
    opening: str = "Opening balance"
    opening_debit: str = "Opening debit"
    opening_credit: str = "Opening credit"
    closing_debit: str = "Closing debit"
    closing_credit: str = "Closing credit"
    code: str = "Code"
    nobody: str = "Without a partner"
    not_due: str = "Not due"
    older: str = "Older"
    total: str = "Total"

    @classmethod
    def of(cls, context: Json) -> Words:
        """In the language of a job's context."""
        language = str(context.get("lang") or "en")
        return _KNOWN.get(language.partition("_")[0].partition("@")[0], cls())


_KNOWN = {
    "de": Words(
        "Hauptbuch", "Saldenliste", "Offene Forderungen", "Offene Verbindlichkeiten",
        "Bestandsbewertung", "Zeitraum", "Zum", "Buchungen", "Gebucht", "Gebucht und Entwürfe",
        "Anfangssaldo", "Anfang Soll", "Anfang Haben", "Ende Soll", "Ende Haben", "Konto",
        "Ohne Partner", "Nicht fällig", "Älter", "Summe",
    ),
    "es": Words(
        "Libro mayor", "Balance de comprobación", "Cuentas por cobrar vencidas",
        "Cuentas por pagar vencidas", "Valoración de inventario", "Periodo", "A fecha de",
        "Asientos", "Publicados", "Publicados y borradores", "Saldo inicial", "Debe inicial",
        "Haber inicial", "Debe final", "Haber final", "Código", "Sin contacto", "No vencido",
        "Anterior", "Total",
    ),
    "fr": Words(
        "Grand livre", "Balance générale", "Balance âgée clients", "Balance âgée fournisseurs",
        "Valorisation du stock", "Période", "Au", "Écritures", "Comptabilisées",
        "Comptabilisées et brouillons", "Solde initial", "Débit initial", "Crédit initial",
        "Débit final", "Crédit final", "Code", "Sans partenaire", "Non échu", "Plus ancien",
        "Total",
    ),
    "nl": Words(
        "Grootboek", "Proef- en saldibalans", "Openstaande vorderingen", "Openstaande schulden",
        "Voorraadwaardering", "Periode", "Per", "Boekingen", "Geboekt", "Geboekt en concepten",
        "Beginsaldo", "Begin debet", "Begin credit", "Eind debet", "Eind credit", "Code",
        "Zonder relatie", "Niet vervallen", "Ouder", "Totaal",
    ),
}  # fmt: skip
