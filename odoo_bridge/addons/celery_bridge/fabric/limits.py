"""How large what crosses the fabric may be: system parameters of Odoo, each with a default."""

from odoo.exceptions import ValidationError

PREFIX = "celery_bridge."
DEFAULTS = {
    "params_limit": 65_536,
    "result_limit": 262_144,
    "report_mail_limit": 5_242_880,
}
"""Bytes, as JSON or of the files of a mail. The parameters are named ``celery_bridge.params_limit`` and so on."""


def limit(env, name):
    """The limit of this name in bytes; an empty or deleted parameter means the default."""
    value = env["ir.config_parameter"].sudo().get_param(PREFIX + name)
    return int(value) if is_limit(value) else DEFAULTS[name]


def is_limit(value):
    """Whether a parameter's text is a number of bytes. ``ir.config_parameter`` refuses any other."""
    return isinstance(value, str) and value.isdecimal() and int(value) > 0


def too_large(env, what, size, most):
    """The error that says so."""
    return ValidationError(
        env._(
            "%(what)s is %(size)s bytes, more than %(limit)s. Attach it to the job as a file, or write "
            "it into records and return their ids.",
            what=what,
            size=size,
            limit=most,
        )
    )
