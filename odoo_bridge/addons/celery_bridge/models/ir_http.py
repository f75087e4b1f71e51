from odoo import models
from odoo.http import request

from ..fabric.service import check_allowed


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        """A key of the service account opens its own methods over JSON-2, and no other page.

        Here and not where the key is checked: what is raised there becomes a wrong key. JSON-2 keeps
        a reference of its own to ``get_public_method`` (``odoo.addons.rpc.controllers.json2``).
        """
        if rule.endpoint.routing["auth"] == "bearer":
            model, method = args.get("__model__"), args.get("__method__")
            known = request.env.registry.get(model)
            # What is not there at all is for Odoo to say: a fabric reads from it that the addon is too old.
            if not model or hasattr(known, method):
                check_allowed(request.env, model, method or rule.rule)
        return super()._pre_dispatch(rule, args)
