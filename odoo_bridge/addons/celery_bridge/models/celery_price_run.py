from odoo import api, fields, models

from ..fabric.statements import statement


class CeleryPriceRun(models.Model):
    """Which pricelists have all their prices in the table, and of when those are."""

    _name = "celery.price.run"
    _description = "Computed Pricelist"
    _order = "company_id, pricelist_id"
    _rec_name = "pricelist_id"
    _celery_read_methods = ("begin",)

    pricelist_id = fields.Many2one("product.pricelist", required=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade", readonly=True)
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", readonly=True)
    valid_until = fields.Datetime(
        readonly=True, help="When a rule begins or ends to hold, or a new rate of a currency does."
    )
    seen = fields.Char(
        required=True, readonly=True, help="PostgreSQL's snapshot before the prices were computed."
    )

    _key_unique = models.Constraint(
        "UNIQUE (company_id, pricelist_id)", "There already is a computed pricelist of this company."
    )

    @api.model
    def begin(self):
        """What a worker asks before it reads what prices are computed from.

        ``{"seen": snapshot, "runs": [{"pricelist_id", "valid_until", "marks": [scope, …]}]}`` with the
        pricelists that the company has computed and what has changed since; see ``celery.price.mark``.
        """
        self.env.flush_all()
        self.env.cr.execute(statement("price.snapshot"))
        (seen,) = self.env.cr.fetchone()
        marks = self.env["celery.price.mark"].sudo()
        runs = self.sudo().search([("company_id", "=", self.env.company.id)])
        readable = runs.pricelist_id.sudo(False)._filtered_access("read")
        return {
            "seen": seen,
            "runs": [
                {
                    "pricelist_id": run.pricelist_id.id,
                    "valid_until": fields.Datetime.to_string(run.valid_until),
                    "marks": marks._since(run.seen),
                }
                for run in runs
                if run.pricelist_id in readable
            ],
        }

    @api.model
    def settle(self, pricelist_id, seen, valid_until=None):
        """All prices of the pricelist are in the table, as they were when ``begin`` said ``seen``.

        Raises ``AccessError`` unless the user may change the pricelist.
        """
        pricelist = self.env["celery.price"]._pricelist(pricelist_id, "write")
        self.env.flush_all()
        self.env.cr.execute(statement("price.settle"), {
            "company": self.env.company.id,
            "pricelist": pricelist.id,
            "user": self.env.uid,
            "seen": seen,
            "valid_until": valid_until or None,
        })
        self.env.cr.execute(statement("price.forget_marks"))
        self.invalidate_model()
        return True

    @api.model
    def unsettle(self, pricelist_id):
        """The table's prices of the pricelist are not those of now: nobody reads them back."""
        pricelist = self.env["celery.price"]._pricelist(pricelist_id, "write")
        company = self.env.company
        self.sudo().search([("pricelist_id", "=", pricelist.id), ("company_id", "=", company.id)]).unlink()
        return True
