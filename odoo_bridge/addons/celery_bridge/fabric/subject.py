"""On whose behalf a call of the fabric happens."""

import json
from contextlib import contextmanager
from functools import wraps

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError

from .guarded import guarding
from .states import IN_FLIGHT


class NotInFlight(Exception):
    """The attempt that asks is over, or its claim was never committed."""


def is_in_flight(job, subject):
    """Whether a job, as ``_jobs_by_uuid`` gives it or ``None``, runs with exactly the attempt named."""
    attempt = subject.get("attempt")
    # True equals 1: a number means a number here.
    return bool(job) and job["state"] in IN_FLIGHT and type(attempt) is int and job["attempt"] == attempt


def for_an_attempt(method):
    """An attempt that is not in flight is told so by ``in_flight`` false: that is no error of its job."""

    @wraps(method)
    def answered(self, request):
        try:
            return method(self, request)
        except NotInFlight:
            return json.dumps({"in_flight": False})

    return answered


def acting_as(env, user_id, context=None):
    """An environment with the rights of a user, and nothing of the caller's.

    OdooBot, as whom Odoo runs its own scheduled actions, is archived by nature and still acts: as
    superuser, as it does there. Raises ``AccessError`` when any other user is archived or gone.
    """
    user = env["res.users"].sudo().browse(user_id).exists()
    if not user.active and user.id != SUPERUSER_ID:
        name = user.name or user_id
        raise AccessError(env._("The user %s of this job is archived or deleted.", name))
    context = dict(context or {})
    if first_and_others := context.get("allowed_company_ids"):
        context["allowed_company_ids"] = _companies_left(user, first_and_others)
    return env(user=user.id, context=context, su=False)


def _companies_left(user, company_ids):
    """The job's company, which Odoo checks on use, and those beside it that the user still has."""
    company, *others = company_ids
    return [company, *(other for other in others if other in user._get_company_ids())]


def source_named(env, name):
    """The ``celery.source`` of deliveries. Raises ``AccessError`` when there is none."""
    source = env["celery.source"].sudo().search([("name", "=", name)])
    if not source:
        raise AccessError(env._("No source of deliveries is named %s: make one in Odoo.", name))
    return source


def acting_for_source(env, source):
    """An environment with the rights of the user that a source is configured with."""
    context = {"allowed_company_ids": source.company_id.ids} if source.company_id else {}
    return acting_as(env, source.user_id.id, {**context, "lang": source.user_id.lang})


@contextmanager
def in_charge(env):
    """Make ``env`` the one that Odoo flushes with, and whose user it asks for rights meanwhile.

    Odoo sets it once for each call (``odoo.service.model.execute_cr``), here to the service account,
    which for example may not see the partners that a message is posted to
    (``odoo.orm.fields_relational``, ``_check_sudo_commands``).
    """
    transaction = env.transaction
    before, transaction.default_env = transaction.default_env, env
    try:
        yield env
    finally:
        transaction.default_env = before


@contextmanager
def on_behalf(env):
    """``in_charge``, for what the fabric does as a user: what is out of reach of jobs is so meanwhile."""
    with in_charge(env), guarding():
        yield env
