"""What workers and people do with the table of computed prices besides reading it."""

from odoo import api, fields, models

from ..exceptions import RetryLater
from ..fabric.days import Day
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

        ``{"seen": snapshot, "runs": [{"pricelist_id", "day", "valid_until", "marks": [scope, …]}]}`` with
        the pricelists that the company has computed, now (``day`` is ``None``) or for a day ``[date,
        zone]``, and what has changed since; see ``celery.price.mark``.
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
                    "day": [fields.Date.to_string(run.date), run.zone] if run.date else None,
                    "valid_until": fields.Datetime.to_string(run.valid_until),
                    "marks": marks._since(run.seen),
                }
                for run in runs
                if run.pricelist_id in readable
            ],
        }

    @api.model
    def settle(self, pricelist_id, seen, valid_until=None, day=None):
        """All prices of the pricelist are in the table, as they were when ``begin`` said ``seen``.

        Those of now, or of a ``day`` as ``store_prices`` takes it. From ``valid_until`` on, a UTC time, they are computed again. Raises ``AccessError`` unless the
        user may change the pricelist, ``RetryLater`` where somebody computed it who saw more, or has
        written half of it.
        """
        pricelist, day = self._pricelist(pricelist_id, "write"), Day.told(day)
        self._refuse_older(pricelist, seen, day)
        self.env.cr.execute(statement("price.settle"), {
            **self._key(pricelist, day),
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

    def _refuse_older(self, pricelist, seen, day):
        """Raises ``RetryLater`` where prices that rest on more than ``seen`` may be in the table."""
        self.env.flush_all()
        self.env.cr.execute(statement("price.later"), {**self._key(pricelist, day), "seen": seen})
        if self.env.cr.fetchone()[0]:
            raise self._computed_meanwhile(pricelist)

    def _computed_meanwhile(self, pricelist):
        return RetryLater(self.env._("%s was computed meanwhile.", pricelist.display_name), 2.0)

    @api.model
    def unsettle(self, pricelist_id, day=None):
        """The table's prices of the pricelist, now or of a day, are wrong: nobody reads them back."""
        pricelist = self.env["product.pricelist"].browse(pricelist_id).exists()
        pricelist.check_access("write")
        runs = self.env["celery.price.run"].sudo()
        runs.search([
            ("pricelist_id", "=", pricelist.id),
            ("company_id", "=", self.env.company.id),
            ("date", "=", Day.told(day).date or False),
        ]).seen = False
        return True

    @api.model
    def forget(self, pricelist_id, product_ids, others=False, day=None):
        """Delete the company's prices of these products in a pricelist, or of all others.

        Of now, or of a ``day`` as ``store_prices`` takes it. Answers how many. Raises ``AccessError`` unless the user may change the pricelist.
        """
        pricelist = self._pricelist(pricelist_id, "write")
        self.env.flush_all()
        self.env.cr.execute(statement("price.forget"), {
            **self._key(pricelist, Day.told(day)),
            "products": list(product_ids),
            "others": bool(others),
        })
        self.invalidate_model()
        return self.env.cr.rowcount

