"""What workers and people do with the table of computed prices besides reading it."""

from odoo import api, fields, models

from ..exceptions import RetryLater
from ..fabric.statements import statement


class CeleryPrice(models.Model):
    _inherit = "celery.price"

    _celery_read_methods = (
        "reference_prices",
        "begin",
        "get_prices",
        "get_many_prices",
        "order_terms",
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
        runs = self.env["celery.price.run"].sudo().search([
            ("company_id", "=", self.env.company.id), ("seen", "!=", False)
        ])
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

        From ``valid_until`` on, a UTC time, they are computed again. Raises ``AccessError`` unless the
        user may change the pricelist, ``RetryLater`` where somebody computed it who saw more, or has
        written half of it.
        """
        pricelist = self._pricelist(pricelist_id, "write")
        self._refuse_older(pricelist, seen)
        self.env.cr.execute(statement("price.settle"), {
            "company": self.env.company.id,
            "pricelist": pricelist.id,
            "user": self.env.uid,
            "seen": seen,
            "valid_until": valid_until or None,
        })
        if not self.env.cr.rowcount:
            raise self._computed_meanwhile(pricelist)
        self._settled(valid_until)
        return True

    def _settled(self, valid_until):
        """Forget what all have seen, and see to it that the prices are computed again in time."""
        self.env.cr.execute(statement("price.forget_marks"))
        self.env["celery.price.run"].invalidate_model()
        if valid_until:
            company = self.env.company
            key = f"pricing.refresh.{company.id}.{valid_until}"
            self.env["celery.price.mark"]._refresh(company, self.env.user, valid_until, key)

    def _refuse_older(self, pricelist, seen):
        """Raises ``RetryLater`` where prices that rest on more than ``seen`` may be in the table."""
        self.env.flush_all()
        values = {"company": self.env.company.id, "pricelist": pricelist.id, "seen": seen}
        self.env.cr.execute(statement("price.later"), values)
        if self.env.cr.fetchone()[0]:
            raise self._computed_meanwhile(pricelist)

    def _computed_meanwhile(self, pricelist):
        return RetryLater(self.env._("%s was computed meanwhile.", pricelist.display_name), 2.0)

    @api.model
    def unsettle(self, pricelist_id):
        """The table's prices of the pricelist are not those of now: nobody reads them back."""
        pricelist = self.env["product.pricelist"].browse(pricelist_id).exists()
        pricelist.check_access("write")
        runs = self.env["celery.price.run"].sudo()
        company = self.env.company
        of_pricelist = [("pricelist_id", "=", pricelist.id), ("company_id", "=", company.id)]
        runs.search(of_pricelist).seen = False
        return True

    @api.model
    def forget(self, pricelist_id, product_ids, others=False):
        """Delete the company's prices of these products in a pricelist, or of all others.

        Answers how many. Raises ``AccessError`` unless the user may change the pricelist.
        """
        pricelist = self._pricelist(pricelist_id, "write")
        self.env.flush_all()
        self.env.cr.execute(statement("price.forget"), {
            "company": self.env.company.id,
            "pricelist": pricelist.id,
            "products": list(product_ids),
            "others": bool(others),
        })
        self.invalidate_model()
        return self.env.cr.rowcount

