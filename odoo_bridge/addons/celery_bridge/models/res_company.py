from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_jobs(self):
        self.env["celery.job"]._refuse_deletion("company_id", self)
