"""The generated reference pages are what the code says."""

from __future__ import annotations

import pytest

from docs.generate import PAGES, pages, settings_page
from workers.settings import Settings


@pytest.mark.parametrize("name", pages())
def test_a_page_is_what_the_code_says(name: str) -> None:
    assert (PAGES / name).read_text() == pages()[name], "run: python docs/generate.py"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_variable_and_a_comment(name: str) -> None:
    (row,) = [row for row in settings_page().splitlines() if f"`FABRIC_{name.upper()}`" in row]
    comment = row.split(" | ")[-1].rstrip(" |")
    assert comment.endswith(".")
