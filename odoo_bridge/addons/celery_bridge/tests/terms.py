"""The terms of an addon that people read, as Odoo itself exports them, and that each is translated."""

import io
import re

import polib

from odoo.modules.module import get_module_path
from odoo.tools.translate import trans_export

OF_THE_DAY = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team", "Plural-Forms")
PLACES = re.compile(r"%(?:\(\w+\))?[sdrf]|</?\w+[^>]*>|\{\{.*?\}\}")
AGAIN = "run `make i18n`, then translate what it names"


def template(env, addon):
    """The translations template as a ``polib.POFile``, without what differs at each export."""
    buffer = io.BytesIO()
    trans_export(False, [addon], buffer, "po", env)
    found = polib.pofile(buffer.getvalue().decode(), wrapwidth=0)
    for name in OF_THE_DAY:
        found.metadata.pop(name, None)
    return found


class Translated:
    """Tests of one addon's translations, for a ``TransactionCase``."""

    addon = ""

    def file(self, name):
        return polib.pofile(f"{get_module_path(self.addon)}/i18n/{name}")

    def test_the_template_has_the_terms_of_the_addon(self):
        stored, exported = self.file(f"{self.addon}.pot"), template(self.env, self.addon)
        known, found = ({entry.msgid for entry in each} for each in (stored, exported))
        self.assertTrue(found)
        self.assertEqual(found - known, set(), f"terms that the template lacks: {AGAIN}")
        self.assertEqual(known - found, set(), f"terms that are gone: {AGAIN}")

    def test_french_is_complete(self):
        terms = {entry.msgid for entry in self.file(f"{self.addon}.pot")}
        ready = {entry.msgid for entry in self.file("fr.po") if entry.translated()}
        self.assertEqual(terms - ready, set(), f"terms without a translation: {AGAIN}")

    def test_translations_keep_the_places_of_their_terms(self):
        for entry in self.file("fr.po"):
            places, translated = (sorted(PLACES.findall(text)) for text in (entry.msgid, entry.msgstr))
            self.assertEqual(places, translated, entry.msgid)
