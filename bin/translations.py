"""Writes an addon's translations template anew and adds its terms to the languages: ``make i18n``.

Odoo itself finds the terms: the addon is brought up to date in a database of its own, exported, and
merged into each ``i18n/*.po``. A term that is new stands there without a translation, for a person.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from workers.embedded import odoo

ADDON = "celery_bridge"
FOLDER = Path(__file__).parents[1] / "odoo_bridge/addons" / ADDON / "i18n"
OPTIONS = odoo.OdooOptions(database="fabric_i18n", port=0)

SCRIPT = """
from pathlib import Path
import polib
from odoo.addons.celery_bridge.tests.terms import template
folder = Path({folder!r})
folder.mkdir(exist_ok=True)
found = template(env)
(folder / "{addon}.pot").write_text(str(found) + "\\n", encoding="utf-8")
for path in sorted(folder.glob("*.po")):
    language = polib.pofile(str(path), wrapwidth=0)
    language.merge(found)
    for entry in language.obsolete_entries():
        language.remove(entry)
    path.write_text(str(language) + "\\n", encoding="utf-8")
    missing = [entry.msgid for entry in language if not entry.translated()]
    print(path.name + ":", len(missing), "terms without a translation", *missing, sep="\\n  ")
"""


def main() -> None:
    """Start an Odoo with the addon as it is now, let it write the files, stop it again."""
    console = Console(stderr=True)
    odoo.start(OPTIONS, console.print)
    try:
        shell = odoo.process_of(OPTIONS)
        print(shell.shell(SCRIPT.format(folder=str(FOLDER), addon=ADDON)))
    finally:
        odoo.stop(OPTIONS.database)


if __name__ == "__main__":
    main()
