"""What no job may touch, whoever enqueued it.

The service account acts as other users. Should its key leak, it must not become a way to
administer Odoo by the job of an administrator: these models and methods stay out of its reach.

Named by a call they are refused at once. On any other way (a one2many's commands, a path in a
domain, a method that does it) ``ir.model.access`` refuses them while a job acts. A job of OdooBot acts
as superuser, as Odoo's scheduled actions do, whom no rights stop: for it only the first holds.
"""

from contextlib import contextmanager
from contextvars import ContextVar

from odoo.exceptions import AccessError

SECRET = frozenset({
    "auth.oauth.provider",  # client secrets
    "auth_totp.device",  # trusted devices
    "auth_totp.wizard",
    "celery.webhook",  # secrets, and addresses that may hold a token
    "fetchmail.server",  # passwords
    "iap.account",  # tokens that cost money
    "ir.config_parameter",  # database.secret, keys of all kinds
    "ir.mail_server",
    "payment.provider",
    "res.users.apikeys",
    "res.users.apikeys.description",
    "res.users.apikeys.show",
    "res.users.identitycheck",
})
"""Neither read nor written: what they hold opens other doors."""

PRIVILEGED = frozenset({
    "base.automation",  # runs code
    "base.language.import",
    "base.module.install.request",
    "base.module.uninstall",
    "base.module.update",
    "base.module.upgrade",
    "change.password.own",
    "change.password.user",
    "change.password.wizard",
    "portal.wizard",  # makes users
    "portal.wizard.user",
    "res.company",  # who belongs to it sees what is its
    "res.config",
    "res.config.settings",
    "res.groups",  # gives rights
    "res.groups.privilege",
    "res.users",
    "res.users.deletion",
    "res.users.settings",
})
"""Read as the job's user may, never written: they give rights, run code or change what is installed."""

FAMILIES = {
    "ir.": frozenset({  # code, rights, views, crons, parameters, models: Odoo's own machinery
        "ir.attachment",
        "ir.exports",
        "ir.exports.line",
        "ir.filters",
        "ir.sequence",
        "ir.sequence.date_range",
    }),
    "celery.": frozenset({"celery.price"}),  # jobs, their fences, as whom they act
}
"""Never written either, but for these: every model whose name begins so, also of a later addon."""

DENIED = {
    # What needs no model's rights, for it runs what the caller gives.
    "execute_query": "runs SQL",
    "execute_sql": "runs SQL",
    "run_sql": "runs SQL",
    "sql_execute": "runs SQL",
    # Private in Odoo; here for a model that made its own of them public.
    "sudo": "changes as whom a call acts",
    "with_env": "changes as whom a call acts",
    "with_user": "changes as whom a call acts",
    # What opens somebody's account (res.users, auth_signup).
    "action_reset_password": "opens an account",
    "action_signup_prepare": "opens an account",
    "change_password": "opens an account",
    "reset_password": "opens an account",
    "signup": "opens an account",
    "signup_get_auth_param": "opens an account",
    "signup_prepare": "opens an account",
}
"""Public methods, of whatever model, that no job calls, and why. A model names more in its class
attribute ``_celery_denied_methods``. ``unlink`` is not among them: a job may delete what its user may."""

_acting: ContextVar[bool] = ContextVar("celery_bridge_acting", default=False)


@contextmanager
def guarding():
    """While it is open, a job acts. No call can end it: it is neither context nor cache of Odoo's."""
    token = _acting.set(True)
    try:
        yield
    finally:
        _acting.reset(token)


def is_acting():
    """Whether a job acts now."""
    return _acting.get()


def is_guarded(name, mode):
    """Whether a job acts now that may not do this: ``read``, ``write``, ``create`` or ``unlink``.

    Who may write a user is asked about others' records too (``res.partner.write``, for the contacts
    of employees): ``refuse_accounts`` says no where an account is really written.
    """
    return (
        _acting.get()
        and (name, mode) != ("res.users", "write")
        and (name in SECRET or (mode != "read" and _is_privileged(name)))
    )


def refuse_accounts(env, name):
    """Raises ``AccessError`` while a job acts, unless as superuser."""
    if _acting.get() and not env.su:
        raise _out_of_reach(env, name)


def model_to_read(env, name):
    """Raises ``AccessError`` for a model that is unknown or holds secrets."""
    return _model(env, name, name in SECRET)


def model_to_change(env, name):
    """Raises ``AccessError`` for a model that is unknown or guarded."""
    return _model(env, name, name in SECRET or _is_privileged(name))


def check_method(model, name):
    """Raises ``AccessError`` for a public method that jobs do not call."""
    if name in DENIED or name in getattr(model, "_celery_denied_methods", ()):
        reason = DENIED.get(name, "its model says so")
        raise AccessError(
            model.env._(
                "%(model)s.%(method)s is not for jobs: %(reason)s.",
                model=model._name,
                method=name,
                reason=reason,
            )
        )


def _is_privileged(name):
    return name in PRIVILEGED or any(
        name.startswith(family) and name not in open_ones for family, open_ones in FAMILIES.items()
    )


def _model(env, name, guarded):
    if name not in env.registry:
        raise AccessError(env._("The model %s does not exist in this database.", name))
    if guarded:
        raise _out_of_reach(env, name)
    return env[name]


def _out_of_reach(env, name):
    return AccessError(env._("The model %s is out of reach of jobs.", name))
