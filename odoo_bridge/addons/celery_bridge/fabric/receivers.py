"""What a subscription says of events and of the address that they go to, checked."""

from urllib.parse import urlsplit

from odoo.exceptions import ValidationError

from .events import check_pattern, matches

LONGEST = 2000
"""Characters of an address."""


def patterns(text):
    """Names and patterns of events as a person writes them: with commas, spaces or lines between."""
    return tuple(dict.fromkeys((text or "").replace(",", " ").split()))


def check_events(env, text):
    """Raises ``ValidationError`` unless it names one event or pattern at least."""
    for pattern in patterns(text) or ("",):
        check_pattern(env, pattern)


def wants(found, event):
    """Whether one of these patterns means the event."""
    return any(matches(pattern, event) for pattern in found)


def check_url(env, url):
    """Raises ``ValidationError`` for what is no address of a web server.

    Which of them may be reached a worker decides when it connects: a name may stand for another address by then.
    """
    if problem := _problem(env, url):
        raise ValidationError(env._("%(url)s is no address for webhooks: %(problem)s", url=url, problem=problem))


def _problem(env, url):
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return env._("it cannot be read.")
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST:
        return env._("it must be plain ASCII without spaces, at most %s characters.", LONGEST)
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        return env._("it must begin with https:// and a host.")
    if "@" in parts.netloc:
        return env._("a login does not belong into it; the signature tells who sends.")
    return ""
