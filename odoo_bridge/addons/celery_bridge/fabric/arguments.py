"""Arguments of a method on their way through a job: what JSON lacks, as marked objects.

    {"$records": ["sale.order", [1, 2]]}, {"$date": "2026-12-24"}, {"$datetime": "2026-12-24 18:00:00"}
"""

from datetime import date, datetime

from markupsafe import Markup

from odoo.exceptions import MissingError, ValidationError
from odoo.models import BaseModel

RESERVED = frozenset({"$records", "$date", "$datetime", "$ref"})
"""An object of one of these names alone means something: here, or in an operation (references.py)."""


def encoded(env, value, place):
    """``value`` as JSON; ``place`` names it in errors.

    Tuples become lists. Raises ``ValidationError`` for what would not come back as it went: records
    that are not saved, times with a zone, keys that are no texts, markup, objects.
    """
    try:
        return _encode(env, value, place)
    except RecursionError:
        raise _refused(env, place, env._("contains itself")) from None


def decoded(env, value):
    """What ``encoded`` was given, with the records in ``env``.

    Raises ``ValidationError`` for a mark that says nothing, ``MissingError`` for records that are gone.
    """
    if isinstance(value, list):
        return [decoded(env, each) for each in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(mark, marked)] = value.items()
        if decode := MARKS.get(mark):
            return decode(env, marked)
    return {name: decoded(env, each) for name, each in value.items()}


def existing(records):
    """The same records. Raises ``MissingError`` that names those that are no longer there."""
    if gone := records - records.exists():
        raise MissingError(
            records.env._(
                "%(model)s %(ids)s: deleted since the job was enqueued.",
                model=records._name,
                ids=", ".join(map(str, gone.ids)),
            )
        )
    return records


def saved_ids(env, records, place):
    """Raises ``ValidationError`` for records that have no id yet."""
    if not all(isinstance(each, int) for each in records._ids):
        raise _refused(env, place, env._("%s that is not saved yet", records._name))
    return list(records._ids)


def _encode(env, value, place):
    if isinstance(value, Markup):
        raise _refused(env, place, env._("markup would be taken for plain text: build it in the method"))
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, BaseModel):
        return {"$records": [value._name, saved_ids(env, value, place)]}
    if isinstance(value, datetime):
        if value.tzinfo:
            raise _refused(env, place, env._("a time with a zone: Odoo's times are UTC without one"))
        return {"$datetime": value.isoformat(" ")}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, (list, tuple)):
        return [_encode(env, each, f"{place}[{index}]") for index, each in enumerate(value)]
    if isinstance(value, dict):
        return _encode_dict(env, value, place)
    kind = type(value).__name__
    raise _refused(env, place, env._("%s is neither JSON, a record, nor a date", kind))


def _encode_dict(env, value, place):
    if set(value) <= RESERVED and len(value) == 1:
        raise _refused(env, place, env._("an object of %s alone is reserved", *value))
    for name in value:
        if not isinstance(name, str):
            raise _refused(env, place, env._("the key %r is not a text", name))
    return {name: _encode(env, each, f"{place}.{name}") for name, each in value.items()}


def _refused(env, place, reason):
    return ValidationError(env._("%(place)s: %(reason)s.", place=place, reason=reason))


def _records(env, marked):
    match marked:
        case [str(model), list(ids)] if model in env.registry and all(type(each) is int for each in ids):
            return existing(env[model].browse(ids))
    raise ValidationError(env._("{$records: %s} names no records.", marked))


def _moment(kind):
    def decode(env, marked):
        try:
            return kind.fromisoformat(marked)
        except (TypeError, ValueError) as error:
            raise ValidationError(env._("%s is neither a date nor a time.", marked)) from error

    return decode


MARKS = {"$records": _records, "$date": _moment(date), "$datetime": _moment(datetime)}
