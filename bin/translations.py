"""Writes the addons' translations templates anew and adds their terms to French: ``make i18n``.

Odoo itself finds the terms: the addons are brought up to date in a database of its own, exported,
and merged into each ``i18n/fr.po``. A term that is new stands there without a translation, for a
person.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from benchmarks import peer
from workers.embedded import odoo

ADDONS = ("celery_bridge", "celery_bridge_queue_job")
FOLDER = Path(__file__).parents[1] / "odoo_bridge/addons"

SCRIPT = """
from pathlib import Path
import polib
from odoo.addons.celery_bridge.tests.terms import template
for addon in {addons!r}:
    folder = Path({folder!r}) / addon / "i18n"
    folder.mkdir(exist_ok=True)
    found = template(env, addon)
    (folder / f"{{addon}}.pot").write_text(str(found) + "\\n", encoding="utf-8")
    path = folder / "fr.po"
    language = polib.pofile(str(path), wrapwidth=0) if path.exists() else polib.POFile(wrapwidth=0)
    language.metadata = language.metadata or {{**found.metadata, "Language": "fr"}}
    language.merge(found)
    for entry in language.obsolete_entries():
        language.remove(entry)
    path.write_text(str(language) + "\\n", encoding="utf-8")
    missing = [entry.msgid for entry in language if not entry.translated()]
    print(addon + ":", len(missing), "terms without a translation", *missing, sep="\\n  ")
"""


def main() -> None:
    """Start an Odoo with the addons as they are now, let it write the files, stop it again."""
    console = Console(stderr=True)
    options = odoo.OdooOptions("fabric_i18n", ADDONS[1:], port=0, packages=(peer.packages(),))
    odoo.start(options, console.print)
    try:
        shell = odoo.process_of(options)
        print(shell.shell(SCRIPT.format(folder=str(FOLDER), addons=ADDONS)))
    finally:
        odoo.stop(options.database)


if __name__ == "__main__":
    main()
