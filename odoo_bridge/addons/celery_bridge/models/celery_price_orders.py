"""What ``pricing.update_orders`` asks of Odoo: how quotations are priced, and to write their prices."""

import json

from odoo import api, models
from odoo.exceptions import ValidationError

from ..fabric.settlement import OF_THE_TRANSACTION, message_of
from ..fabric.statements import statement

PRICING = {
    "sale.order": ("_recompute_prices", "_get_update_prices_lines"),
    "sale.order.line": (
        "_compute_price_unit",
        "_reset_price_unit",
        "_get_order_date",
        "_get_display_price",
        "_get_display_price_ignore_combo",
        "_get_pricelist_price",
        "_get_pricelist_kwargs",
        "_get_product_price_context",
        "_get_pricelist_price_before_discount",
        "_compute_discount",
        "_compute_pricelist_item_id",
        "_is_global_discount",
    ),
    "product.pricelist": (
        "_get_product_rule",
        "_compute_price_rule",
        "_get_applicable_rules",
        "_get_applicable_rules_domain",
    ),
    "product.pricelist.item": (
        "_is_applicable_for",
        "_compute_price",
        "_compute_base_price",
        "_compute_price_before_discount",
        "_is_discount_feature_enabled",
        "_show_discount",
    ),
    "product.product": (
        "_price_compute",
        "_get_attributes_extra_price",
        "_get_product_price_context",
        "_get_no_variant_attributes_price_extra",
        "_get_tax_included_unit_price_from_price",
    ),
}
"""The methods that the worker mirrors: where an addon has changed one, only Odoo knows the prices."""

MIRRORED = frozenset({"account", "delivery", "product", "sale", "uom"})
QUOTATION = ("draft", "sent")


class CeleryPrice(models.Model):
    _inherit = "celery.price"

    @api.model
    def order_terms(self):
        """How this database prices quotations.

        ``{"discounts_shown", "discount_digits", "deliveries", "changed_by"}``: whether a percentage shows
        as a discount, how many digits that has, whether lines may be a carrier's, and the addons that
        compute prices otherwise than Odoo's own ``sale``. Raises ``ValidationError`` without it.
        """
        lines = self._sales()["sale.order.line"]
        return {
            "discounts_shown": self.env["product.pricelist.item"]._is_discount_feature_enabled(),
            "discount_digits": lines._fields["discount"].get_digits(self.env)[1],
            "deliveries": "is_delivery" in lines._fields,
            "changed_by": sorted(self._changed_by()),
        }

    @api.model
    def write_orders(self, asked, job, pricelist_id=None, note=True):
        """Write unit prices and discounts that a worker computed; answers how many orders.

        ``asked`` are ``{"id", "seen", "lines": [[id, seen], …], "prices": [[id, price, discount], …]}``,
        where ``seen`` is what the prices were computed from. An order that is no quotation any more, is
        locked, or is not as it was seen stays as it is, and the log of ``job`` (a UUID) says so.
        """
        by_id = {each["id"]: each for each in asked}
        orders, left = self._quotations(by_id)
        changed = orders.filtered(lambda order: not self._is_as_seen(order, by_id[order.id]))
        left |= dict.fromkeys(changed.ids, self.env._("changed since its prices were computed"))

        def write(some):
            self._write_prices(some, [by_id[order.id] for order in some], pricelist_id)

        return self._each(orders - changed, left, write, job, note)

    @api.model
    def reprice_orders(self, order_ids, job, pricelist_id=None, note=True):
        """Have Odoo itself recompute the prices of quotations; answers how many orders."""
        orders, left = self._quotations(order_ids)

        def recompute(some):
            for order in some:
                if pricelist_id:
                    order.pricelist_id = pricelist_id
                order._recompute_prices()

        return self._each(orders, left, recompute, job, note)

    @api.model
    def update_orders(self, domain, pricelist_id=None, size=500):
        """Enqueue jobs that update the prices of the quotations that a domain finds; their ids.

        Each is about ``size`` orders at most. Raises ``MissingError`` or ``AccessError`` for a pricelist
        that the user cannot read, and what ``celery.job.enqueue`` raises.
        """
        if pricelist_id:
            self._pricelist(pricelist_id, "read")
        orders = self._sales()["sale.order"].search(
            [("state", "in", QUOTATION), ("locked", "=", False), *domain]
        )
        jobs = self.env["celery.job"].enqueue_many(
            "pricing.update_orders",
            [
                {"order_ids": orders[start : start + size].ids, "pricelist_id": pricelist_id or None}
                for start in range(0, len(orders), size)
            ],
            description=self.env._("Prices of %s quotations", len(orders)),
        )
        return jobs.ids

    def _sales(self):
        if "sale.order" not in self.env:
            raise ValidationError(self.env._("Quotations need the app Sales: install it."))
        return self.env

    def _changed_by(self):
        for model, names in PRICING.items():
            for kind in type(self.env[model]).__mro__:
                module = getattr(kind, "_module", None)
                if module and module not in MIRRORED and not kind.__dict__.keys().isdisjoint(names):
                    yield module

    def _quotations(self, order_ids):
        """Those that may be written, locked; and why the others may not, by id."""
        asked = self._sales()["sale.order"].browse(order_ids)
        orders = asked.exists().try_lock_for_update(allow_referencing=True)
        mine = orders._filtered_access("write")
        open_ = mine.filtered(lambda order: order.state in QUOTATION and not order.locked)
        left = dict.fromkeys((asked - orders).ids, self.env._("gone, or somebody is changing it"))
        left |= dict.fromkeys((orders - mine).ids, self.env._("the user may not change it"))
        left |= dict.fromkeys((mine - open_).ids, self.env._("confirmed or locked meanwhile"))
        return open_, left

    def _is_as_seen(self, order, asked):
        [now] = order.read(list(asked["seen"]), load="")
        seen = dict(asked["lines"])
        names = list(next(iter(seen.values()), {}))
        lines = order._get_update_prices_lines()
        found = {row.pop("id"): row for row in lines.read(names, load="")}
        return _as_json(now) == {"id": order.id, **asked["seen"]} and _as_json(found) == _as_json(seen)

    def _write_prices(self, orders, asked, pricelist_id):
        if pricelist_id:
            orders.filtered(lambda o: o.pricelist_id.id != pricelist_id).pricelist_id = pricelist_id
        alike = {}
        for each in asked:
            for line, price, discount in each["prices"]:
                alike.setdefault((price, discount), []).append(line)
        for (price, discount), ids in alike.items():
            values = {"price_unit": price, "technical_price_unit": price, "discount": discount}
            self.env["sale.order.line"].browse(ids).write(values)

    def _each(self, orders, left, act, job, note):
        """Act on all together, halved when that fails; say which orders were left, and why."""
        left |= self._halving(orders, act)
        done = orders.filtered(lambda order: order.id not in left)
        if note and done:
            done._message_log_batch({order.id: self._recomputed(order) for order in done})
        names = {order.id: order.name for order in self.env["sale.order"].browse(left).exists()}
        lines = [f"{names.get(each, each)}: {why}" for each, why in left.items()]
        if lines:
            values = {"uuid": job, "user": self.env.uid, "lines": "\n".join(lines)}
            self.env.cr.execute(statement("orders.note"), values)
        return len(done)

    def _halving(self, orders, act):
        if not orders:
            return {}
        try:
            with self.env.cr.savepoint():
                act(orders)
                self.env.flush_all()
        except OF_THE_TRANSACTION:
            raise
        except Exception as error:
            if len(orders) == 1:
                return {orders.id: message_of(error)}
            middle = len(orders) // 2
            return self._halving(orders[:middle], act) | self._halving(orders[middle:], act)
        return {}

    def _recomputed(self, order):
        if not order.pricelist_id:
            return self.env._("Product prices have been recomputed.")
        link = order.pricelist_id._get_html_link()
        return self.env._("Product prices have been recomputed according to pricelist %s.", link)


def _as_json(values):
    return json.loads(json.dumps(values, default=str))
