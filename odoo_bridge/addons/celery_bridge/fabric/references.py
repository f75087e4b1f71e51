"""``{"$ref": i}`` in an operation: the id of what an earlier operation of the same outcome made."""

from odoo.exceptions import ValidationError


def resolved(env, value, results):
    """``value`` with every reference replaced, through lists and objects.

    ``results`` are the answers of the operations before this one. Raises ``ValidationError`` for
    a reference to anything but one created or upserted record or one attached file of those.
    """
    if isinstance(value, list):
        return [resolved(env, each, results) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$ref"}:
        return _referred(env, value["$ref"], results)
    return {name: resolved(env, each, results) for name, each in value.items()}


def _referred(env, place, results):
    made = results[place] if _is_int(place) and 0 <= place < len(results) else None
    if isinstance(made, list) and len(made) == 1:
        made = made[0]
    elif isinstance(made, dict) and set(made) == {"id", "done"}:
        made = made["id"]
    if _is_int(made):
        return made
    raise ValidationError(env._("{$ref: %s} names no one record that an earlier operation made.", place))


def _is_int(value):
    return isinstance(value, int) and not isinstance(value, bool)
