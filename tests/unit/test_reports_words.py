"""What reports say in each language."""

from __future__ import annotations

from dataclasses import astuple, fields
from string import Formatter
from typing import Any

import pytest

from tasks.reports import words as sales_words
from tasks.reports.books import words as books_words
from tasks.reports.kit import words as kit_words

LANGUAGES = {"ar", "de", "es", "fr", "nl"}


def places(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


@pytest.mark.parametrize("module", [kit_words, books_words, sales_words])
def test_every_language_has_every_word(module: Any) -> None:
    assert set(module._KNOWN) == LANGUAGES
    english = module.Words()
    for language, words in module._KNOWN.items():
        for field, theirs, ours in zip(
            fields(words), astuple(words), astuple(english), strict=True
        ):
            assert places(theirs) == places(ours), (language, field.name)
            # All of Arabic is in its own letters; a word left out would be the English one.
            assert not (language == "ar" and theirs == ours), field.name


def test_columns_of_a_trial_balance_are_told_apart() -> None:
    for words in books_words._KNOWN.values():
        titles = [getattr(words, f"{when}_{side}") for when in ("opening", "closing")
                  for side in ("debit", "credit")]  # fmt: skip
        assert len(set(titles)) == 4


def test_regional_languages_are_known() -> None:
    assert kit_words.Words.of("nl_BE").page == "Pagina {page} van {pages}"
    assert books_words.Words.of({"lang": "ar_001"}).general_ledger == "دفتر الأستاذ العام"
    assert sales_words.Words.of("pt_BR") == sales_words.Words()
