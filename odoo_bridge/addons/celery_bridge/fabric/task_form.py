"""A task's JSON Schema as a form of Odoo's properties, and what was typed into it as params.

Numbers are typed as text, since Odoo's widget of a number property takes what it cannot read for 0.
A list of ids whose schema names a model (``"records": "res.partner"``) is chosen by their names.
What no widget fits (other lists, objects, unions) is typed as JSON.
"""

import json
from typing import NamedTuple

from odoo.tools import LazyTranslate

from .json_schema import TYPES, faults, resolved

_lt = LazyTranslate(__name__)

PREFIX = "p"
"""A property's name holds small letters and digits only, so it is the place of its param: p0, p1."""
KINDS = {"date": "date", "choice": "selection", "flag": "boolean", "json": "text",
         "records": "many2many"}
"""Types of properties by kind; of all others it is ``char``."""


class Field(NamedTuple):
    """One param as the form shows it."""

    key: str
    """Name of its property."""
    name: str
    title: str
    kind: str
    """``text``, ``integer``, ``number``, ``flag``, ``date``, ``choice``, ``records`` or ``json``."""
    required: bool
    schema: dict
    choices: tuple
    default: object
    """``None`` when there is none."""
    description: str
    records: str
    """The model of ``records``."""


def form_fields(schema):
    """The params of a task in their order."""
    required = schema.get("required", ())
    return [
        _field(f"{PREFIX}{place}", name, part, name in required, schema)
        for place, (name, part) in enumerate(schema.get("properties", {}).items())
    ]


def properties(schema):
    """The form, as the definition of a field of properties."""
    return [_property(field) for field in form_fields(schema)]


def params_of_form(schema, values, say=str):
    """The params that were typed, and what is wrong with them by title: ``(params, faults)``.

    ``say`` is ``env._``, for faults in the language of the user.
    ``values`` are those of the properties by name. What was left empty is left out, for its default.
    """
    fields = form_fields(schema)
    params, wrong = {}, []
    for field in fields:
        typed = values.get(field.key)
        if typed in (None, False, "", []) and field.kind != "flag":
            continue
        try:
            params[field.name] = _read(field.kind, typed, say)
        except ValueError as error:
            wrong.append(f"{field.title}: {error}")
    unreadable = {line.partition(":")[0] for line in wrong}
    for fault in faults(schema, params, say=say):
        field = next((each for each in fields if _is_about(fault, each.name)), None)
        if field is None:
            wrong.append(fault)
        elif field.title not in unreadable:
            wrong.append(field.title + fault.removeprefix(f"params.{field.name}"))
    return params, wrong


def _is_about(fault, name):
    path = f"params.{name}"
    return fault.startswith((f"{path}:", f"{path}.", f"{path}["))


def _field(key, name, part, required, root):
    schema, nullable = _one_of(part, root)
    choices = tuple(each for each in _choices(schema) if each is not None)
    records = part.get("records", "")
    return Field(
        key=key,
        name=name,
        title=part.get("title") or schema.get("title") or name,
        kind="records" if records else _kind(schema, nullable, choices),
        required=required,
        schema=schema,
        choices=choices or ((True, False) if schema.get("type") == "boolean" else ()),
        default=part.get("default", schema.get("default")),
        description=part.get("description") or schema.get("description") or "",
        records=records,
    )


def _one_of(part, root):
    """What a value must be if it is not null, and whether it may be."""
    part = resolved(part, root)
    kinds = [resolved(each, root) for each in part.get("anyOf") or part.get("oneOf") or ()]
    others = [each for each in kinds if each.get("type") != "null"]
    if len(others) == 1:
        return others[0], len(others) < len(kinds)
    return part, False


def _choices(schema):
    return (schema["const"],) if "const" in schema else schema.get("enum", ())


def _kind(schema, nullable, choices):
    if choices:
        return "choice"
    match schema.get("type"), schema.get("format"):
        case "boolean", _:
            return "choice" if nullable else "flag"
        case "string", "date":
            return "date"
        case ("string" | "integer" | "number") as kind, _:
            return "text" if kind == "string" else kind
    return "json"


def _property(field):
    found = {
        "name": field.key,
        "string": field.title + (" *" if field.required else ""),
        "type": KINDS.get(field.kind, "char"),
    }
    if field.choices and field.kind == "choice":
        found["selection"] = [[json.dumps(each), _label(each)] for each in field.choices]
    if field.records:
        found["comodel"] = field.records
    elif field.default not in (None, "", [], {}):
        found["default"] = _written(field.kind, field.default)
    return found


def _label(choice):
    return choice if isinstance(choice, str) else json.dumps(choice, ensure_ascii=False)


def _written(kind, value):
    """A value as its widget holds it; the other way round is ``_read``."""
    if kind in ("choice", "json"):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if kind in ("integer", "number") else value


def _read(kind, typed, say):
    """Raises ``ValueError`` with what it should have been."""
    if kind == "flag":
        return bool(typed)
    if kind == "records":
        # Before the form is saved they come with their names.
        return [each if isinstance(each, int) else each[0] for each in typed]
    if kind in ("choice", "json"):
        try:
            return json.loads(typed)
        except ValueError as error:
            raise ValueError(say(_lt("must be JSON (%s)")) % error) from error
    if kind in ("integer", "number"):
        return _number(kind, typed, say)
    return typed


def _number(kind, typed, say):
    try:
        return int(typed) if kind == "integer" else float(typed)
    except ValueError:
        form = say(TYPES[kind][1])
        raise ValueError(say(_lt("must be %(form)s, not %(typed)r")) % {"form": form, "typed": typed}) from None
