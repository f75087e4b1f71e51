from odoo import fields, models


class CeleryPriceRun(models.Model):
    """Which pricelists have all their prices in the table, and of when those are."""

    _name = "celery.price.run"
    _description = "Computed Pricelist"
    _order = "company_id, pricelist_id"
    _rec_name = "pricelist_id"

    pricelist_id = fields.Many2one("product.pricelist", required=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade", readonly=True)
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", readonly=True)
    valid_until = fields.Datetime(
        readonly=True, help="When a rule begins or ends to hold, or a new rate of a currency does."
    )
    seen = fields.Char(
        readonly=True,
        help="PostgreSQL's snapshot before the prices were computed. None: they are not all there.",
    )
    job = fields.Char(readonly=True, help="UUID of the job that took the pricelist last.")
    job_seen = fields.Char(
        readonly=True, help="The snapshot before that job, until it has done the pricelist."
    )
    done_to = fields.Integer(readonly=True, help="The last product that the job has done.")
    seconds = fields.Float(readonly=True, help="How long it took to compute and to store them.")

    _key_unique = models.Constraint(
        "UNIQUE (company_id, pricelist_id)", "There already is a computed pricelist of this company."
    )
