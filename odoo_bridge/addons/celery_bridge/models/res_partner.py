from odoo import models

from ..fabric.guarded import is_acting, refuse_accounts


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, values):
        """A job does not change to which address an employee's new password goes."""
        if "email" in values and is_acting() and any(user._is_internal() for user in self.sudo().user_ids):
            refuse_accounts(self.env, "res.users")
        return super().write(values)
