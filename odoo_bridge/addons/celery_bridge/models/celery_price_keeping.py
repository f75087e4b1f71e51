"""What workers and people do with the table of computed prices besides reading it."""

from odoo import api, fields, models

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
        runs = self.env["celery.price.run"].sudo().search([("company_id", "=", self.env.company.id)])
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

        From ``valid_until`` on, a UTC time, they are computed again.

        Raises ``AccessError`` unless the user may change the pricelist.
        """
        pricelist = self._pricelist(pricelist_id, "write")
        self.env.flush_all()
        self.env.cr.execute(statement("price.settle"), {
            "company": self.env.company.id,
            "pricelist": pricelist.id,
            "user": self.env.uid,
            "seen": seen,
            "valid_until": valid_until or None,
        })
        self.env.cr.execute(statement("price.forget_marks"))
        self.env["celery.price.run"].invalidate_model()
        if valid_until:
            company = self.env.company
            key = f"pricing.refresh.{company.id}.{valid_until}"
            self.env["celery.price.mark"]._refresh(company, self.env.user, valid_until, key)
        return True

    @api.model
    def unsettle(self, pricelist_id):
        """The table's prices of the pricelist are not those of now: nobody reads them back."""
        pricelist = self._pricelist(pricelist_id, "write")
        runs = self.env["celery.price.run"].sudo()
        company = self.env.company
        runs.search([("pricelist_id", "=", pricelist.id), ("company_id", "=", company.id)]).unlink()
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

    @api.model
    def recalculate(self, pricelist_ids=None, sample=20):
        """Enqueue a job for each pricelist that computes all its prices; answers the jobs' ids.

        ``None``: every pricelist that the company may use. Of a pricelist that already waits to be
        computed there is no second job. Raises what ``celery.job.enqueue`` raises.
        """
        pricelists = self.env["product.pricelist"]
        if pricelist_ids is None:
            pricelists = pricelists.search([("company_id", "in", [False, self.env.company.id])])
        else:
            pricelists = pricelists.browse(pricelist_ids)
        company = self.env.company
        jobs = self.env["celery.job"].with_context(allowed_company_ids=company.ids).enqueue_many(
            "pricing.recalculate",
            [{"pricelist_id": pricelist.id, "sample": sample} for pricelist in pricelists],
            identity_key=lambda params: f"pricing.{company.id}.{params['pricelist_id']}",
            identity="until_started",
        )
        return jobs.ids
