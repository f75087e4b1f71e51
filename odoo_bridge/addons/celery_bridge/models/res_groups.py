from odoo import models

from ..fabric.service import GROUP


class ResGroups(models.Model):
    _inherit = "res.groups"

    def _get_user_type_groups(self):
        """A service account is neither an employee nor a portal nor a public user.

        It is held to the protocol: a person who became one could use nothing else of Odoo.
        """
        groups = super()._get_user_type_groups()
        service = self.env["ir.model.data"]._xmlid_to_res_id(GROUP, raise_if_not_found=False)
        return groups + groups.browse(service or ())
