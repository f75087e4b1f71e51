"""Names of events, and patterns of them."""

import re
from fnmatch import fnmatchcase

from odoo.exceptions import ValidationError

NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
PATTERN = re.compile(r"([a-z0-9_]+|\*)(\.([a-z0-9_]+|\*))*")


def check_name(env, name):
    """Raises ``ValidationError`` unless it is words with dots between them."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValidationError(
            env._("%r is no name of an event: small letters, like order.confirmed.", name)
        )


def check_pattern(env, pattern):
    """Raises ``ValidationError`` unless it is such a name, or has ``*`` in place of words."""
    if not isinstance(pattern, str) or not PATTERN.fullmatch(pattern):
        raise ValidationError(
            env._("%r is no event: a name like order.confirmed, or order.* for all that begin so.", pattern)
        )


def matches(pattern, name):
    """Whether an event of this name is meant; a ``*`` stands for one word or more."""
    return fnmatchcase(name, pattern)


def params_of(event, payload, records, event_id, at):
    """What a subscriber is called with: the fabric's ``tasks.events.Event``."""
    return {
        "event": event,
        "id": event_id,
        "at": at,
        "payload": payload,
        "model": records._name if records else None,
        "ids": list(records.ids) if records else [],
    }
