import re
from pathlib import Path

import polib

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from .terms import ADDON, template

FOLDER = Path(__file__).parents[1] / "i18n"
PLACES = re.compile(r"%(?:\(\w+\))?[sdrf]|</?\w+[^>]*>|\{\{.*?\}\}")
AGAIN = "run `make i18n`, then translate what it names"


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    def test_the_template_has_the_terms_of_the_addon(self):
        stored = polib.pofile(str(FOLDER / f"{ADDON}.pot"))
        known, found = ({entry.msgid for entry in each} for each in (stored, template(self.env)))
        self.assertEqual(found - known, set(), f"terms that the template lacks: {AGAIN}")
        self.assertEqual(known - found, set(), f"terms that are gone: {AGAIN}")

    def test_every_language_is_complete(self):
        terms = {entry.msgid for entry in polib.pofile(str(FOLDER / f"{ADDON}.pot"))}
        languages = sorted(FOLDER.glob("*.po"))
        self.assertIn("fr.po", [path.name for path in languages])
        for path in languages:
            entries = polib.pofile(str(path))
            ready = {entry.msgid for entry in entries if entry.translated()}
            self.assertEqual(terms - ready, set(), f"{path.name}: terms without a translation: {AGAIN}")

    def test_translations_keep_the_places_of_their_terms(self):
        for path in FOLDER.glob("*.po"):
            for entry in polib.pofile(str(path)):
                places, translated = (
                    sorted(PLACES.findall(text)) for text in (entry.msgid, entry.msgstr)
                )
                self.assertEqual(places, translated, f"{path.name}: {entry.msgid}")

    def test_a_french_user_reads_french(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"].search([("name", "=", ADDON)])._update_translations(["fr_FR"])
        jobs = self.env["celery.job"].with_context(lang="fr_FR")
        states = dict(jobs.fields_get(["state"])["state"]["selection"])
        self.assertEqual(states["done"], "Terminé")
        with self.assertRaisesRegex(ValidationError, "tâche"):
            jobs.enqueue("no.such.task", {})
