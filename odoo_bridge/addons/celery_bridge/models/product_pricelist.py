from lxml import etree

from odoo import api, models

COMPUTE = "action_compute_in_background"


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    @api.model
    def get_view(self, view_id=None, view_type="form", **options):
        """Without the button for those who may not change pricelists."""
        view = super().get_view(view_id, view_type, **options)
        if COMPUTE in view["arch"] and not self.has_access("write"):
            arch = etree.fromstring(view["arch"])
            for button in arch.findall(f".//button[@name='{COMPUTE}']"):
                button.getparent().remove(button)
            view["arch"] = etree.tostring(arch, encoding="unicode")
        return view

    def action_compute_in_background(self):
        """Have all prices of these pricelists computed, of none of all; opens the job that tells of it.

        Raises ``AccessError`` for who may not change them, and what ``celery.job.enqueue`` raises.
        """
        self.check_access("write")
        ids = self.env["celery.price"].recalculate(self.ids or None, notify=True)
        jobs = self.env["celery.job"].browse(ids)
        if readable := jobs._filtered_access("read"):
            return {
                "type": "ir.actions.act_window",
                "res_model": "celery.job",
                "res_id": readable.id,
                "views": [(False, "form")],
            }
        if jobs:
            text = self.env._("%s computes these prices already.", jobs.sudo().user_id.name)
        else:
            text = self.env._("There are no pricelists to compute.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": text, "type": "info"},
        }
