"""What the reports of the books say, in the languages that somebody has written it in.

Names of fields come from Odoo, in the language of the job's user.
"""

from __future__ import annotations

from dataclasses import dataclass

from odoo_bridge.job import Json
from tasks.reports.kit.words import in_language


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
    undistributed: str = "Undistributed Profits/Losses"

    @classmethod
    def of(cls, context: Json) -> Words:
        """In the language of a job's context."""
        return in_language(_KNOWN, str(context.get("lang") or "en"), cls())


_KNOWN = {
    "ar": Words(
        "دفتر الأستاذ العام", "ميزان المراجعة", "أعمار الذمم المدينة", "أعمار الذمم الدائنة",
        "تقييم المخزون", "الفترة", "كما في", "القيود", "المرحّلة", "المرحّلة والمسودات",
        "الرصيد الافتتاحي", "رصيد افتتاحي مدين", "رصيد افتتاحي دائن", "رصيد ختامي مدين",
        "رصيد ختامي دائن", "الرمز", "بدون شريك", "غير مستحق", "أقدم", "المجموع",
        "أرباح/خسائر غير موزعة",
    ),
    "de": Words(
        "Hauptbuch", "Summen- und Saldenliste", "Forderungen nach Fälligkeit",
        "Verbindlichkeiten nach Fälligkeit", "Bestandsbewertung", "Zeitraum", "Stichtag",
        "Buchungen", "Gebucht", "Gebucht und Entwürfe", "Saldovortrag", "Vortrag Soll",
        "Vortrag Haben", "Endsaldo Soll", "Endsaldo Haben", "Kontonr.", "Ohne Partner",
        "Nicht fällig", "Älter", "Summe", "Nicht verteilte Gewinne/Verluste",
    ),
    "es": Words(
        "Libro mayor", "Balance de sumas y saldos", "Antigüedad de saldos de clientes",
        "Antigüedad de saldos de proveedores", "Valoración de inventario", "Periodo",
        "A fecha de", "Asientos", "Publicados", "Publicados y borradores", "Saldo inicial",
        "Debe inicial", "Haber inicial", "Saldo deudor", "Saldo acreedor", "Código",
        "Sin contacto", "No vencido", "Más antiguo", "Total", "Resultados no distribuidos",
    ),
    "fr": Words(
        "Grand livre", "Balance générale", "Balance âgée clients", "Balance âgée fournisseurs",
        "Valorisation du stock", "Période", "Au", "Écritures", "Comptabilisées",
        "Comptabilisées et brouillons", "Solde initial", "Débit initial", "Crédit initial",
        "Solde débiteur", "Solde créditeur", "Code", "Sans partenaire", "Non échu",
        "Plus ancien", "Total", "Résultats non affectés",
    ),
    "nl": Words(
        "Grootboek", "Proef- en saldibalans", "Ouderdomsanalyse debiteuren",
        "Ouderdomsanalyse crediteuren", "Voorraadwaardering", "Periode", "Per", "Boekingen",
        "Geboekt", "Geboekt en concepten", "Beginsaldo", "Beginsaldo debet",
        "Beginsaldo credit", "Eindsaldo debet", "Eindsaldo credit", "Code", "Zonder relatie",
        "Niet vervallen", "Ouder", "Totaal", "Onverdeeld resultaat",
    ),
}  # fmt: skip
