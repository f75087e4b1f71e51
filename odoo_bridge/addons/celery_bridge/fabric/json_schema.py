"""JSON Schema, the part of it that pydantic writes for a task's params.

Known: type, properties, required, additionalProperties, enum, const, anyOf, oneOf, allOf, $ref into
$defs, items, prefixItems, minItems, maxItems, minLength, maxLength, pattern, minimum, maximum,
exclusiveMinimum, exclusiveMaximum, and the formats date, date-time and uuid. Any other keyword is
passed over: the worker checks params once more with the model itself.
"""

import re
import uuid
from datetime import date, datetime
from typing import Any, NamedTuple

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

TYPES = {
    "object": (dict, _lt("an object")),
    "array": (list, _lt("a list")),
    "string": (str, _lt("a text")),
    "integer": (int, _lt("an integer")),
    "number": ((int, float), _lt("a number")),
    "boolean": (bool, _lt("true or false")),
    "null": (type(None), _lt("null")),
}
FORMATS = {
    "date": (date.fromisoformat, _lt("a date (YYYY-MM-DD)")),
    "date-time": (datetime.fromisoformat, _lt("a date and time (ISO 8601)")),
    "uuid": (uuid.UUID, _lt("a UUID")),
}
LENGTHS = {
    "minLength": (str, lambda size, bound: size >= bound, _lt("must have at least %s characters")),
    "maxLength": (str, lambda size, bound: size <= bound, _lt("must have at most %s characters")),
    "minItems": (list, lambda size, bound: size >= bound, _lt("must have at least %s items")),
    "maxItems": (list, lambda size, bound: size <= bound, _lt("must have at most %s items")),
}
BOUNDS = {
    "minimum": (lambda value, bound: value >= bound, _lt("must be at least %s")),
    "maximum": (lambda value, bound: value <= bound, _lt("must be at most %s")),
    "exclusiveMinimum": (lambda value, bound: value > bound, _lt("must be greater than %s")),
    "exclusiveMaximum": (lambda value, bound: value < bound, _lt("must be less than %s")),
}


MUST_BE = _lt("must be %s")
OR = _lt(" or ")


class Scope(NamedTuple):
    """What holds for all of a value."""

    root: Any
    """The schema that references point into."""
    say: Any
    """Translates a text, as ``env._`` does."""

    def must_be(self, choices):
        return self.say(MUST_BE) % self.say(OR).join(choices)


class Later:
    """Stands for a value that is known only when the job is claimed; it fits every schema."""


def faults(schema, value, path="params", say=str):
    """What is wrong with a value, as a list of ``path: reason``; empty when it fits.

    ``say`` is ``env._``, for reasons in the language of the user.
    """
    return list(_faults(schema, value, path, Scope(schema, say)))


def resolved(schema, root):
    """What a schema of one ``$ref`` refers to, else the schema itself."""
    return {**_resolve(schema["$ref"], root), **schema} if "$ref" in schema else schema


def _faults(schema, value, path, scope):
    if isinstance(value, Later):
        return
    if not isinstance(schema, dict):
        if schema is False:
            yield f"{path}: " + scope.say(_lt("is not allowed"))
        return
    if "$ref" in schema:
        yield from _faults(_resolve(schema["$ref"], scope.root), value, path, scope)
    reason = _type_fault(schema, value, scope) or _choice_fault(schema, value, scope)
    if reason:
        yield f"{path}: {reason}"
        return
    yield from _combination_faults(schema, value, path, scope)
    if isinstance(value, dict):
        yield from _object_faults(schema, value, path, scope)
    elif isinstance(value, list):
        yield from _list_faults(schema, value, path, scope)
    for reason in _scalar_faults(schema, value, scope):
        yield f"{path}: {reason}"


def _resolve(reference, root):
    target = root
    for part in reference.removeprefix("#/").split("/"):
        target = target[part.replace("~1", "/").replace("~0", "~")]
    return target


def _is(kind, value):
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, TYPES[kind][0])


def _type_fault(schema, value, scope):
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not kinds or any(_is(kind, value) for kind in kinds):
        return None
    return scope.must_be(scope.say(TYPES[kind][1]) for kind in kinds)


def _choice_fault(schema, value, scope):
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices is None or any(
        value == choice and isinstance(value, bool) == isinstance(choice, bool)
        for choice in choices
    ):
        return None
    return scope.must_be(repr(choice) for choice in choices)


def _combination_faults(schema, value, path, scope):
    for part in schema.get("allOf", ()):
        yield from _faults(part, value, path, scope)
    parts = schema.get("anyOf") or schema.get("oneOf")
    if not parts:
        return
    attempts = [list(_faults(part, value, path, scope)) for part in parts]
    if all(attempts):
        # The part that came furthest into the value knows best what is wrong with it.
        deepest = max(attempts, key=lambda found: max(len(fault.split(":")[0]) for fault in found))
        if any(not fault.startswith(f"{path}:") for fault in deepest):
            yield from deepest
        else:
            reasons = dict.fromkeys(fault.removeprefix(f"{path}: ") for fault in sum(attempts, []))
            yield f"{path}: " + scope.say(_lt(", or ")).join(reasons)


def _object_faults(schema, value, path, scope):
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}.{name}: " + scope.say(_lt("is missing"))
    for name, item in value.items():
        part = properties.get(name, schema.get("additionalProperties", True))
        if part is False:
            known = ", ".join(properties) or scope.say(_lt("none"))
            reason = scope.say(_lt("is not a parameter of this task (known: %s)")) % known
            yield f"{path}.{name}: {reason}"
        else:
            yield from _faults(part, item, f"{path}.{name}", scope)


def _list_faults(schema, value, path, scope):
    first = schema.get("prefixItems", [])
    for index, item in enumerate(value):
        part = first[index] if index < len(first) else schema.get("items", True)
        yield from _faults(part, item, f"{path}[{index}]", scope)


def _scalar_faults(schema, value, scope):
    for keyword, (kind, fits, reason) in LENGTHS.items():
        if keyword in schema and isinstance(value, kind) and not fits(len(value), schema[keyword]):
            yield scope.say(reason) % schema[keyword]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        for keyword, (fits, reason) in BOUNDS.items():
            if keyword in schema and not fits(value, schema[keyword]):
                yield scope.say(reason) % schema[keyword]
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield scope.say(_lt("must match %s")) % schema["pattern"]
        parse, form = FORMATS.get(schema.get("format"), (None, ""))
        if parse and not _parses(parse, value):
            yield scope.must_be([scope.say(form)])


def _parses(parse, value):
    try:
        parse(value)
    except ValueError:
        return False
    return True
