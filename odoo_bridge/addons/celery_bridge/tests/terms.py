"""The terms of this addon that people read, as Odoo itself exports them."""

import io

import polib

from odoo.tools.translate import trans_export

ADDON = "celery_bridge"
OF_THE_DAY = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team", "Plural-Forms")


def template(env):
    """The translations template as a ``polib.POFile``, without what differs at each export."""
    buffer = io.BytesIO()
    trans_export(False, [ADDON], buffer, "po", env)
    found = polib.pofile(buffer.getvalue().decode(), wrapwidth=0)
    for name in OF_THE_DAY:
        found.metadata.pop(name, None)
    return found
