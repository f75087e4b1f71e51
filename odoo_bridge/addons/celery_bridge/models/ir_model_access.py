from odoo import api, models
from odoo.exceptions import AccessError

from ..fabric.guarded import is_guarded


class IrModelAccess(models.Model):
    _inherit = "ir.model.access"

    @api.model
    def check(self, model, mode="read", raise_exception=True):
        """What is out of reach of jobs stays so on every way that leads there.

        A one2many's commands, a path in a domain, a method that does the writing: all ask here.
        """
        if not self.env.su and is_guarded(model, mode):
            if raise_exception:
                raise self._make_access_error(model, mode)
            return False
        return super().check(model, mode, raise_exception)

    def _make_access_error(self, model, mode):
        if is_guarded(model, mode):
            return AccessError(self.env._("The model %s is out of reach of jobs.", model))
        return super()._make_access_error(model, mode)
