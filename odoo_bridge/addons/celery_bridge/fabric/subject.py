"""On whose behalf a call of the fabric happens."""

from odoo.exceptions import AccessError


def acting_as(env, user_id, context=None):
    """An environment with the rights of a user, and nothing of the caller's.

    Raises ``AccessError`` when the user is archived or gone.
    """
    user = env["res.users"].sudo().browse(user_id).exists()
    if not user.active:
        name = user.name or user_id
        raise AccessError(env._("The user %s of this job is archived or deleted.", name))
    return env(user=user.id, context=dict(context or {}), su=False)


def source_named(env, name):
    """The ``celery.source`` of deliveries. Raises ``AccessError`` when there is none."""
    source = env["celery.source"].sudo().search([("name", "=", name)])
    if not source:
        raise AccessError(env._("No source of deliveries is named %s.", name))
    return source


def acting_for_source(env, source):
    """An environment with the rights of the user that a source is configured with."""
    context = {"allowed_company_ids": source.company_id.ids} if source.company_id else {}
    return acting_as(env, source.user_id.id, {**context, "lang": source.user_id.lang})
