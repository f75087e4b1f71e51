import json
import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..fabric.statements import statement

_logger = logging.getLogger(__name__)

REFRESH = "pricing.refresh"
SOON = timedelta(seconds=2)
"""Changes of a moment are computed together."""
MOST = 1_000
"""So many marks say as much as one about everything."""


class CeleryPriceMark(models.Model):
    """What has changed that computed prices rest on: written by the transaction that changed it.

    A scope is ``{"pricelists", "currencies", "products", "templates", "categories"}``, lists of ids:
    prices of these pricelists (and of what rests on them) and of the products in any of the last
    three. What is not named is not limited.
    """

    _name = "celery.price.mark"
    _description = "Change of Prices"

    xid = fields.Char(required=True, readonly=True, help="PostgreSQL's number of the transaction.")
    scope = fields.Json(readonly=True)

    @api.model
    def _put(self, scopes):
        """Say what has changed, and have the prices that anybody keeps computed again."""
        if not scopes:
            return
        scopes = scopes if len(scopes) < MOST else [{}]
        self.env.cr.execute(statement("price.mark"), {"scopes": [json.dumps(scope) for scope in scopes]})
        for company_id, user_id in self.env.cr.fetchall():
            key = f"{REFRESH}.{company_id}"
            if key not in self.env.cr.precommit.data:
                self._refresh_soon(company_id, user_id)
                # Until the transaction ends, or something of it is undone (``Cursor.clear``).
                self.env.cr.precommit.data[key] = True

    @api.model
    def _refresh_soon(self, company_id, user_id):
        company = self.env["res.company"].browse(company_id)
        user = self.env["res.users"].browse(user_id)
        self._refresh(company, user, SOON, f"{REFRESH}.{company.id}")

    @api.model
    def _refresh(self, company, user, eta, identity_key):
        """Enqueue ``pricing.refresh`` once, if a worker has it; the business goes on if it cannot be."""
        if not self.env["celery.task"].sudo().search_count([("name", "=", REFRESH)], limit=1):
            return
        jobs = self.env["celery.job"].with_user(user).with_context(allowed_company_ids=company.ids)
        try:
            with self.env.cr.savepoint():
                jobs.enqueue(REFRESH, {}, identity_key=identity_key, identity="until_started", eta=eta)
        except (AccessError, ValidationError) as error:
            _logger.warning("Changed prices are not computed again: %s", error)

    @api.model
    def _since(self, seen):
        """The scopes of what a snapshot did not see; one about everything when they are many."""
        self.env.flush_all()
        self.env.cr.execute(statement("price.marks"), {"seen": seen, "limit": MOST})
        scopes = [scope for (scope,) in self.env.cr.fetchall()]
        return scopes if len(scopes) < MOST else [{}]

    @api.model
    def _touched(self, scopes, pricelist, products):
        """Those products whose prices in a pricelist may have changed."""
        touched = products.browse()
        if not scopes:
            return touched
        chain = pricelist._celery_price_chain()
        for scope in scopes:
            if "pricelists" in scope and not chain & set(scope["pricelists"]):
                continue
            touched |= self._about(scope, products)
        return touched

    def _about(self, scope, products):
        if not scope.keys() & {"products", "templates", "categories"}:
            return products
        ids = {name: set(scope.get(name, ())) for name in ("products", "templates", "categories")}
        return products.filtered(lambda p: (
            p.id in ids["products"]
            or p.product_tmpl_id.id in ids["templates"]
            or ids["categories"] & {int(step) for step in (p.categ_id.parent_path or "").split("/") if step}
        ))
