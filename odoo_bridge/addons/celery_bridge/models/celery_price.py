from psycopg2 import DataError

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fabric.days import Day
from ..fabric.statements import script, statement

BEYOND = 2**31 - 1
"""No record has a higher id."""


class Named(fields.Many2one):
    """A record that PostgreSQL does not look up for each row: that took more than half of a store.

    ``price.store`` looks products up all at once, and what is deleted takes its prices along by the
    triggers of ``sql/price_cascade.sql``.
    """

    def update_db_foreign_key(self, model, column):
        """There is none (``odoo/orm/fields_relational.py``, ``Many2one``)."""


class Exact(fields.Float):
    """Shown with some digits, kept to the last bit: what Odoo computes is not rounded either."""

    @property
    def _column_type(self):
        return ("float8", "double precision")


class CeleryPrice(models.Model):
    """A price that a worker computed from a pricelist."""

    _name = "celery.price"
    _log_access = False
    _description = "Computed Price"
    _order = "company_id, pricelist_id, date NULLS FIRST, product_id, min_quantity"
    _rec_name = "product_id"

    company_id = Named(
        "res.company",
        required=True,
        ondelete="cascade",
        readonly=True,
        default=lambda self: self.env.company,
        help="Whose costs and whose rates of currencies the price rests on.",
    )
    pricelist_id = Named(
        "product.pricelist", required=True, ondelete="cascade", readonly=True
    )
    date = fields.Date(
        readonly=True, help="The day whose rules and rates of currencies count. None: prices of now."
    )
    product_id = Named(
        "product.product", required=True, ondelete="cascade", index=True, readonly=True
    )
    min_quantity = Exact(required=True, readonly=True, digits="Product Unit")
    price = Exact(required=True, readonly=True, digits="Product Price")
    currency_id = Named("res.currency", required=True, readonly=True)
    computed_at = fields.Datetime(required=True, readonly=True, help="When the price last changed.")

    _key_unique = models.UniqueIndex(
        "(company_id, pricelist_id, COALESCE(date, '-infinity'), product_id, min_quantity)",
        "There already is a price for this company, pricelist, day, product and quantity.",
    )

    def init(self):
        """The triggers by which what is deleted takes its prices along."""
        self.env.cr.execute(script("price_cascade"))

    @api.model
    def store_prices(self, pricelist_id, rows, day=None):
        """Keep the prices of some products in a pricelist for this company, writing only what differs.

        ``rows`` are ``[product_id, min_quantity, price]`` in the pricelist's currency and the
        product's unit. Quantities of those products that the call does not name are deleted.
        With a ``day``, ``[date, zone]`` of a time zone, they are prices of that day and not of now.
        Answers ``{"written", "unchanged", "deleted"}``, numbers of rows.
        Raises ``AccessError`` unless the user may change the pricelist, ``ValidationError`` where
        prices of that day are kept as another time zone has it.
        """
        prices = {
            (int(product), float(quantity)): float(price) for product, quantity, price in rows
        }
        columns = [
            [product for product, _quantity in prices],
            [quantity for _product, quantity in prices],
            list(prices.values()),
        ]
        texts = [",".join(map(repr, column)) for column in columns]
        return self.store_columns(pricelist_id, *texts, day=day)

    @api.model
    def store_columns(self, pricelist_id, products, quantities, prices, seen=None, day=None):
        """``store_prices`` of three texts: ``"7,7,8", "0,5,0", "9.5,8,7"``, each pair at most once.

        PostgreSQL reads them as they come; as Python's numbers they would take longer than to store.
        With ``seen``, what ``begin`` said before they were computed: raises ``RetryLater`` where
        somebody computed the pricelist who saw more. Raises ``ValidationError`` for other texts, and
        what ``store_prices`` does.
        """
        pricelist, day = self._pricelist(pricelist_id, "write"), Day.told(day)
        if seen:
            self._refuse_older(pricelist, seen, day)
        self.env.flush_all()
        self.env.cr.execute(statement("price.touch"), {**self._key(pricelist, day), "user": self.env.uid})
        if not self.env.cr.rowcount:
            raise ValidationError(self.env._(
                "Prices of %(date)s are kept as another time zone than %(zone)s has that day: "
                "recalculate those of all products.",
                date=day.date,
                zone=day.zone,
            ))
        return self._store(pricelist, products, quantities, prices, day)

    def _store(self, pricelist, products, quantities, prices, day, whole=None):
        """``whole`` are two ids: all that is kept of products above the first, up to the second, and
        is not among the columns, is deleted. The caller has changed the pricelist's run."""
        after, to = whole or (0, BEYOND)
        values = {
            **self._key(pricelist, day),
            "currency": pricelist.currency_id.id,
            "products": f"{{{products}}}",
            "quantities": f"{{{quantities}}}",
            "prices": f"{{{prices}}}",
            "whole": bool(whole),
            "after": after,
            "to": to,
        }
        try:
            self.env.cr.execute(statement("price.store"), values)
        except DataError as error:
            message = self.env._("These are no prices: %s", str(error).splitlines()[0])
            raise ValidationError(message) from error
        incoming, written, deleted = self.env.cr.fetchone()
        self.invalidate_model()
        return {"written": written, "unchanged": incoming - written, "deleted": deleted}

    @api.model
    def reference_prices(self, pricelist_id, lines, day=None):
        """Odoo's own prices of ``[product_id, quantity]`` lines, in order, to compare with.

        Of now, or of a ``day`` as ``store_prices`` takes it; in the pricelist's currency and the product's unit, not rounded
        (``product.pricelist._get_product_price``). Raises ``AccessError`` unless the user may read
        the pricelist and the products.
        """
        day = Day.told(day)
        prices = self.with_context(tz=day.zone) if day.zone else self
        pricelist = prices._pricelist(pricelist_id, "read")
        products = prices.env["product.product"].browse(product for product, _quantity in lines)
        products.check_access("read")
        return [
            pricelist._get_product_price(product, quantity, date=day.date)
            for product, (_id, quantity) in zip(products, lines, strict=True)
        ]

    @api.model
    def get_prices(self, pricelist_id, product_ids, quantity=1.0, date=None):
        """``[[product_id, price], …]`` of some products, in their order, each named once.

        For one of the product's own unit, in the pricelist's currency. From the table where it is known
        to be as Odoo would compute it now, and else computed by Odoo; so the prices are always right.
        With a ``date``, ``"2026-11-27"``, those of that day in the user's time zone. Raises
        ``AccessError`` unless the user may read the pricelist and the products, ``ValidationError``
        for what is no day.
        """
        pricelist, day = self._pricelist(pricelist_id, "read"), Day.asked(self.env, date)
        products = self.env["product.product"].browse(dict.fromkeys(product_ids))
        products.check_access("read")
        prices = self._fresh_prices(pricelist, products, quantity, day)
        others = products.filtered(lambda product: product.id not in prices)
        prices.update(pricelist._get_products_price(others, quantity, date=day.date))
        return [[product.id, prices[product.id]] for product in products]

    def _fresh_prices(self, pricelist, products, quantity, day):
        """Prices of the table, by product, where nothing has changed that they rest on."""
        run = self.env["celery.price.run"].sudo().search([
            ("pricelist_id", "=", pricelist.id),
            ("company_id", "=", self.env.company.id),
            ("date", "=", day.date or False),
            ("seen", "!=", False),
            "|", ("valid_until", "=", False), ("valid_until", ">", fields.Datetime.now()),
        ])
        if not run or not day.begins_as_in(run.zone):
            return {}
        marks = self.env["celery.price.mark"].sudo()
        kept = products - marks._touched(marks._since(run.seen), pricelist, products)
        self.env.cr.execute(statement("price.prices"), {
            **self._key(pricelist, day),
            "products": kept.ids,
            "quantity": quantity,
        })
        return dict(self.env.cr.fetchall())

    def _key(self, pricelist, day):
        """For statements: whose prices."""
        return {"company": self.env.company.id, "pricelist": pricelist.id, **day.key}

    def _pricelist(self, pricelist_id, operation):
        pricelist = self.env["product.pricelist"].browse(pricelist_id)
        pricelist.check_access("read")
        pricelist.check_access(operation)
        return pricelist
