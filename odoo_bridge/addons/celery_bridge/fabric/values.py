"""JSON values on their way to and from PostgreSQL and the wire."""

import json

from odoo.models import BaseModel
from odoo.tools.json import json_default


def to_json(value):
    """A value that a method returned, as plain JSON.

    Records become their ids, dates Odoo's strings, bytes text. What no rule fits (a generator, an
    object) becomes its ``str``, as Odoo's own JSON answers do.
    """
    return storable(json.loads(json.dumps(value, default=_default)))


def parsed(text):
    """The value of a JSON text, storable; most texts show at once that they are."""
    value = json.loads(text)
    return storable(value) if "\\u0000" in text or "\\ud" in text or "\\uD" in text else value


def storable(value):
    """The same value without what ``text`` and ``jsonb`` refuse: NUL and surrogates."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(name): storable(item) for name, item in value.items()}
    return value


def _default(value):
    if isinstance(value, BaseModel):
        return value.ids
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (set, frozenset)):
        return list(value)
    return json_default(value)
