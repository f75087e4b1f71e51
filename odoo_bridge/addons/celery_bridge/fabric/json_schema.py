"""JSON Schema, the part of it that pydantic writes for a task's params.

Known: type, properties, required, additionalProperties, enum, const, anyOf, oneOf, allOf, $ref into
$defs, items, prefixItems, minItems, maxItems, minLength, maxLength, pattern, minimum, maximum,
exclusiveMinimum, exclusiveMaximum, and the formats date, date-time and uuid. Any other keyword is
passed over: the worker checks params once more with the model itself.
"""

import re
import uuid
from datetime import date, datetime

TYPES = {
    "object": (dict, "an object"),
    "array": (list, "a list"),
    "string": (str, "a text"),
    "integer": (int, "an integer"),
    "number": ((int, float), "a number"),
    "boolean": (bool, "true or false"),
    "null": (type(None), "null"),
}
FORMATS = {
    "date": (date.fromisoformat, "a date (YYYY-MM-DD)"),
    "date-time": (datetime.fromisoformat, "a date and time (ISO 8601)"),
    "uuid": (uuid.UUID, "a UUID"),
}
LENGTHS = {
    "minLength": (str, lambda size, bound: size >= bound, "must have at least %s characters"),
    "maxLength": (str, lambda size, bound: size <= bound, "must have at most %s characters"),
    "minItems": (list, lambda size, bound: size >= bound, "must have at least %s items"),
    "maxItems": (list, lambda size, bound: size <= bound, "must have at most %s items"),
}
BOUNDS = {
    "minimum": (lambda value, bound: value >= bound, "must be at least %s"),
    "maximum": (lambda value, bound: value <= bound, "must be at most %s"),
    "exclusiveMinimum": (lambda value, bound: value > bound, "must be greater than %s"),
    "exclusiveMaximum": (lambda value, bound: value < bound, "must be less than %s"),
}


class Later:
    """Stands for a value that is known only when the job is claimed; it fits every schema."""


def faults(schema, value, path="params"):
    """What is wrong with a value, as a list of ``path: reason``; empty when it fits."""
    return list(_faults(schema, value, path, schema))


def resolved(schema, root):
    """What a schema of one ``$ref`` refers to, else the schema itself."""
    return {**_resolve(schema["$ref"], root), **schema} if "$ref" in schema else schema


def _faults(schema, value, path, root):
    if isinstance(value, Later):
        return
    if not isinstance(schema, dict):
        if schema is False:
            yield f"{path}: is not allowed"
        return
    if "$ref" in schema:
        yield from _faults(_resolve(schema["$ref"], root), value, path, root)
    reason = _type_fault(schema, value) or _choice_fault(schema, value)
    if reason:
        yield f"{path}: {reason}"
        return
    yield from _combination_faults(schema, value, path, root)
    if isinstance(value, dict):
        yield from _object_faults(schema, value, path, root)
    elif isinstance(value, list):
        yield from _list_faults(schema, value, path, root)
    for reason in _scalar_faults(schema, value):
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


def _type_fault(schema, value):
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if not kinds or any(_is(kind, value) for kind in kinds):
        return None
    return "must be " + " or ".join(TYPES[kind][1] for kind in kinds)


def _choice_fault(schema, value):
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices is None or any(
        value == choice and isinstance(value, bool) == isinstance(choice, bool)
        for choice in choices
    ):
        return None
    return "must be " + " or ".join(repr(choice) for choice in choices)


def _combination_faults(schema, value, path, root):
    for part in schema.get("allOf", ()):
        yield from _faults(part, value, path, root)
    parts = schema.get("anyOf") or schema.get("oneOf")
    if not parts:
        return
    attempts = [list(_faults(part, value, path, root)) for part in parts]
    if all(attempts):
        # The part that came furthest into the value knows best what is wrong with it.
        deepest = max(attempts, key=lambda found: max(len(fault.split(":")[0]) for fault in found))
        if any(not fault.startswith(f"{path}:") for fault in deepest):
            yield from deepest
        else:
            reasons = dict.fromkeys(fault.removeprefix(f"{path}: ") for fault in sum(attempts, []))
            yield f"{path}: " + ", or ".join(reasons)


def _object_faults(schema, value, path, root):
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}.{name}: is missing"
    for name, item in value.items():
        part = properties.get(name, schema.get("additionalProperties", True))
        if part is False:
            known = ", ".join(properties) or "none"
            yield f"{path}.{name}: is not a parameter of this task (known: {known})"
        else:
            yield from _faults(part, item, f"{path}.{name}", root)


def _list_faults(schema, value, path, root):
    first = schema.get("prefixItems", [])
    for index, item in enumerate(value):
        part = first[index] if index < len(first) else schema.get("items", True)
        yield from _faults(part, item, f"{path}[{index}]", root)


def _scalar_faults(schema, value):
    for keyword, (kind, fits, reason) in LENGTHS.items():
        if keyword in schema and isinstance(value, kind) and not fits(len(value), schema[keyword]):
            yield reason % schema[keyword]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        for keyword, (fits, reason) in BOUNDS.items():
            if keyword in schema and not fits(value, schema[keyword]):
                yield reason % schema[keyword]
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"must match {schema['pattern']}"
        parse, form = FORMATS.get(schema.get("format"), (None, ""))
        if parse and not _parses(parse, value):
            yield f"must be {form}"


def _parses(parse, value):
    try:
        parse(value)
    except ValueError:
        return False
    return True
