"""The few words that the kit itself writes, in the languages that somebody has written them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

Said = TypeVar("Said")


def in_language(known: Mapping[str, Said], language: str, otherwise: Said) -> Said:
    """What was written for ``nl_BE``: that of ``nl``."""
    return known.get(language.partition("_")[0].partition("@")[0], otherwise)


@dataclass(frozen=True, slots=True)
class Words:
    """English, unless another language is known."""

    total: str = "Total"
    page: str = "Page {page} of {pages}"
    carried: str = "Carried forward"
    brought: str = "Brought forward"
    nothing: str = "Nothing was found."
    yes: str = "Yes"
    no: str = "No"
    printed: str = "Printed on {moment}"
    unset: str = "None"

    @classmethod
    def of(cls, language: str) -> Words:
        """For ``nl_BE``: Dutch."""
        return in_language(_KNOWN, language, cls())


_KNOWN = {
    "ar": Words(
        "المجموع", "صفحة {page} من {pages}", "مرحّل إلى ما بعده", "مرحّل مما قبله",
        "لا توجد بيانات.", "نعم", "لا", "طُبع في {moment}", "لا شيء",
    ),
    "de": Words(
        "Summe", "Seite {page} von {pages}", "Übertrag", "Übertrag",
        "Es wurde nichts gefunden.", "Ja", "Nein", "Gedruckt am {moment}", "Ohne",
    ),
    "es": Words(
        "Total", "Página {page} de {pages}", "Suma y sigue", "Suma anterior",
        "No se encontró nada.", "Sí", "No", "Impreso el {moment}", "Ninguno",
    ),
    "fr": Words(
        "Total", "Page {page} sur {pages}", "À reporter", "Report",
        "Rien n'a été trouvé.", "Oui", "Non", "Imprimé le {moment}", "Aucun",
    ),
    "nl": Words(
        "Totaal", "Pagina {page} van {pages}", "Te transporteren", "Transport",
        "Niets gevonden.", "Ja", "Nee", "Afgedrukt op {moment}", "Geen",
    ),
}  # fmt: skip
