"""What ``enqueue`` was asked for, checked: wrong values are told in words, before PostgreSQL does."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.models import BaseModel

LARGEST = 2**31 - 1
LONGEST = 500
"""Characters of a text; an index of PostgreSQL cannot hold a key of any length."""
SCOPES = ("until_started", "until_done", "replace")


def checked(env, options):
    """Options by name as the columns that ``celery_job_enqueue`` reads; what is ``None`` is left out.

    Raises ``ValidationError`` that names the option.
    """
    columns = {}
    for name, value in options.items():
        if value is not None:
            columns.update(CHECKS[name](env, name, value))
    return columns


def _text(env, name, value):
    if not isinstance(value, str) or not value.strip():
        raise ValidationError(env._("%(name)s must be a text, not %(value)r.", name=name, value=value))
    if len(value) > LONGEST:
        raise ValidationError(
            env._(
                "%(name)s has %(size)s characters, more than %(limit)s.",
                name=name,
                size=len(value),
                limit=LONGEST,
            )
        )
    return {name: value}


def _number(least):
    def check(env, name, value):
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= LARGEST:
            raise ValidationError(
                env._(
                    "%(name)s must be a whole number from %(least)s to %(most)s, not %(value)r.",
                    name=name,
                    least=least,
                    most=LARGEST,
                    value=value,
                )
            )
        return {name: value}

    return check


def _eta(env, name, value):
    try:
        if isinstance(value, timedelta):
            value = fields.Datetime.now() + value
        moment = fields.Datetime.to_datetime(value)
        return {"eta": fields.Datetime.to_string(moment)} if moment else {}
    except (TypeError, ValueError, OverflowError) as error:
        raise ValidationError(
            env._("eta must be a date and time in UTC, or a timedelta from now, not %(value)r.", value=value)
        ) from error


def _key(env, name, value):
    """A text, or a function of the params that gives one."""
    return {name: value} if callable(value) else _text(env, name, value)


def _flag(env, name, value):
    if not isinstance(value, bool):
        raise ValidationError(env._("%(name)s must be true or false, not %(value)r.", name=name, value=value))
    return {name: value}


def _identity(env, _name, value):
    if isinstance(value, (list, tuple)) and len(value) == 2 and value[0] == "window":
        seconds = value[1]
        if isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and seconds > 0:
            return {"identity_scope": "window", "identity_seconds": seconds}
    elif isinstance(value, str) and value in SCOPES:
        return {"identity_scope": value}
    raise ValidationError(
        env._(
            "identity must be until_started, until_done, replace or (window, seconds), not %(value)r.",
            value=value,
        )
    )


def _jobs(env, name, value):
    """Jobs as a recordset or ids of the user's own; they must exist."""
    jobs = value if isinstance(value, BaseModel) else env["celery.job"].browse(value)
    if jobs._name != "celery.job" or len(jobs.exists()) != len(jobs):
        raise ValidationError(env._("%(name)s must be jobs that exist.", name=name))
    jobs.check_access("read")
    return {name: jobs.mapped("uuid")} if jobs else {}


def _records(env, _name, value):
    if isinstance(value, BaseModel):
        return {"res_model": value._name, "res_ids": value.ids}
    if not value:
        return {}
    match value:
        case [str(model), list(ids) | tuple(ids)] if model in env and all(type(each) is int for each in ids):
            return {"res_model": model, "res_ids": list(ids)}
    raise ValidationError(env._("records must be records, or a model and ids, not %r.", value))


CHECKS = {
    "priority": _number(-LARGEST),
    "eta": _eta,
    "queue": _text,
    "max_attempts": _number(1),
    "description": _text,
    "records": _records,
    "identity_key": _key,
    "identity": _identity,
    "concurrency_key": _key,
    "concurrency_limit": _number(1),
    "depends_on": _jobs,
    "on_failure_of": _jobs,
    "notify": _flag,
}

