from odoo import api, models
from odoo.exceptions import AccessError

from ..fabric.guarded import refuse_accounts


class ResUsers(models.Model):
    _inherit = "res.users"
    _celery_read_methods = ("has_group",)

    def write(self, values):
        """Not by a job; see ``fabric/guarded.py``."""
        refuse_accounts(self.env, self._name)
        return super().write(values)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_jobs(self):
        self.env["celery.job"]._refuse_deletion("user_id", self)

    def _celery_check_group(self, xml_id):
        """Raises ``AccessError`` that names the group unless the user is in it."""
        if not self.has_group(xml_id):
            group = self.env.ref(xml_id).sudo().name
            raise AccessError(self.env._("This is for the group %s only.", group))
