from odoo import fields, models


class CeleryPriceRun(models.Model):
    """Which pricelists have all their prices in the table, of now or of a day, and of when those are."""

    _name = "celery.price.run"
    _description = "Computed Pricelist"
    _order = "company_id, pricelist_id, date NULLS FIRST"
    _rec_name = "pricelist_id"

    pricelist_id = fields.Many2one("product.pricelist", required=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade", readonly=True)
    date = fields.Date(readonly=True, help="The day whose prices they are. None: now.")
    zone = fields.Char(readonly=True, help="The time zone in which that day begins and ends.")
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

    _key_unique = models.UniqueIndex(
        "(company_id, pricelist_id, COALESCE(date, '-infinity'))",
        "There already is a computed pricelist of this company and day.",
    )
