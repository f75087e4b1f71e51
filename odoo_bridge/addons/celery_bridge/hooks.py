"""What Odoo does not do by itself when the addon comes, and does not take away when it goes."""

import logging

from psycopg2 import IntegrityError

from odoo.exceptions import UserError

from .fabric.service import hold_to_the_list
from .fabric.statements import script

_logger = logging.getLogger(__name__)


def post_load():
    """Hold service accounts to the protocol, in this process of Odoo."""
    hold_to_the_list()


def uninstall_hook(env):
    """Remove what lives outside of Odoo's registry, and what names a model that will be gone."""
    env.cr.execute(script("uninstall"))
    # A condition on res_field, or those that are a field's content would not be found.
    files = [("res_model", "=like", "celery.%"), ("res_field", "!=", "")]
    env["ir.attachment"].search(files).unlink()
    filters = env["ir.filters"].with_context(active_test=False)
    filters.search([("model_id", "=like", "celery.%")]).unlink()
    # News that no browser has fetched yet, in the form of ``bus.bus._sendone``.
    env["bus.bus"].search([("message", "like", '"celery_bridge')]).unlink()
    _remove_service_account(env)


def _remove_service_account(env):
    """The account, with its keys, and the contact that Odoo made for it."""
    user = env.ref("celery_bridge.user_service", raise_if_not_found=False)
    if not user:
        return
    partner, name = user.partner_id, user.name
    try:
        with env.cr.savepoint():
            user.unlink()
            partner.unlink()
    except (IntegrityError, UserError):
        _logger.warning("%s stays, archived: records name it", name, exc_info=True)
        user.exists().active = False
        partner.active = False
