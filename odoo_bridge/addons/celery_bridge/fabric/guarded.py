"""What no job may touch, whoever enqueued it.

The service account acts as other users. Should its key leak, it must not become a way to
administer Odoo by the job of an administrator: these models stay out of its reach.
"""

from odoo.exceptions import AccessError

SECRET = frozenset({
    "ir.config_parameter",
    "ir.mail_server",
    "fetchmail.server",
    "res.users.apikeys",
    "res.users.apikeys.description",
    "res.users.apikeys.show",
    "res.users.identitycheck",
})
"""Neither read nor written."""

PRIVILEGED = SECRET | frozenset({
    "base.automation",
    "base.module.upgrade",
    "celery.inbox",
    "celery.job",
    "celery.queue",
    "celery.source",
    "celery.task",
    "change.password.own",
    "change.password.user",
    "change.password.wizard",
    "ir.actions.server",
    "ir.cron",
    "ir.model",
    "ir.model.access",
    "ir.model.fields",
    "ir.module.module",
    "ir.rule",
    "ir.ui.view",
    "res.config.settings",
    "res.groups",
    "res.users",
})
"""Read as the job's user may, never written."""


def model_to_read(env, name):
    """Raises ``AccessError`` for a model that is unknown or holds secrets."""
    return _model(env, name, SECRET)


def model_to_change(env, name):
    """Raises ``AccessError`` for a model that is unknown or guarded."""
    return _model(env, name, PRIVILEGED)


def _model(env, name, guarded):
    if name not in env.registry:
        raise AccessError(env._("The model %s does not exist in this database.", name))
    if name in guarded:
        raise AccessError(env._("The model %s is out of reach of jobs.", name))
    return env[name]
