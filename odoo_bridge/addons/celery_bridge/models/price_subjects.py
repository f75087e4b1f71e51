"""What prices rest on tells when it changes: each model names its fields and its scope."""

from odoo import api, models

COLLAPSED = 200
"""Rules of one transaction that are named one by one."""


class CeleryPriceSubject(models.AbstractModel):
    _name = "celery.price.subject"
    _description = "What Prices Rest On"

    _price_fields = frozenset()

    def _price_scopes(self):
        """What these records are about: see ``celery.price.mark``."""
        raise NotImplementedError

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._mark_prices(records._price_scopes())
        return records

    def write(self, vals):
        if not self._price_fields & vals.keys():
            return super().write(vals)
        before = self._price_scopes()
        done = super().write(vals)
        after = self._price_scopes()
        self._mark_prices(before + [scope for scope in after if scope not in before])
        return done

    def unlink(self):
        scopes = self._price_scopes()
        done = super().unlink()
        self._mark_prices(scopes)
        return done

    def _mark_prices(self, scopes):
        self.env["celery.price.mark"].sudo()._put(scopes)


class ProductPricelistItem(models.Model):
    _name = "product.pricelist.item"
    _inherit = ["product.pricelist.item", "celery.price.subject"]

    _price_fields = frozenset({
        "pricelist_id", "applied_on", "categ_id", "product_tmpl_id", "product_id", "min_quantity",
        "date_start", "date_end", "compute_price", "base", "base_pricelist_id", "fixed_price",
        "percent_price", "price_discount", "price_markup", "price_round", "price_surcharge",
        "price_min_margin", "price_max_margin",
    })

    def _price_scopes(self):
        rules = self.sudo()
        if len(rules) > COLLAPSED:
            return [{"pricelists": rules.pricelist_id.ids}] if rules else []
        return [rule._price_scope() for rule in rules]

    def _price_scope(self):
        scope = {"pricelists": self.pricelist_id.ids}
        if self.applied_on == "0_product_variant":
            scope["products"] = self.product_id.ids
        elif self.applied_on == "1_product":
            scope["templates"] = self.product_tmpl_id.ids
        elif self.applied_on == "2_product_category":
            scope["categories"] = self.categ_id.ids
        return scope


class ProductPricelist(models.Model):
    _name = "product.pricelist"
    _inherit = ["product.pricelist", "celery.price.subject"]

    _price_fields = frozenset({"currency_id", "company_id"})

    def _price_scopes(self):
        return [{"pricelists": self.ids}] if self else []

    def _celery_price_chain(self):
        """The ids of the pricelist and of all that it rests on."""
        rules = self.env["product.pricelist.item"].sudo()
        found, wanted = set(), set(self.ids)
        while wanted:
            found |= wanted
            based = rules.search([("pricelist_id", "in", list(wanted)), ("base", "=", "pricelist")])
            wanted = set(based.base_pricelist_id.ids) - found
        return found


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "celery.price.subject"]

    _price_fields = frozenset({"standard_price", "active", "product_template_attribute_value_ids"})

    def _price_scopes(self):
        return [{"products": self.ids}] if self else []


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "celery.price.subject"]

    _price_fields = frozenset({"list_price", "categ_id", "uom_id", "company_id", "active", "sale_ok"})

    def _price_scopes(self):
        return [{"templates": self.ids}] if self else []


class ProductTemplateAttributeValue(models.Model):
    _name = "product.template.attribute.value"
    _inherit = ["product.template.attribute.value", "celery.price.subject"]

    _price_fields = frozenset({"price_extra", "ptav_active"})

    def _price_scopes(self):
        templates = self.sudo().product_tmpl_id.ids
        return [{"templates": templates}] if templates else []


class ProductCategory(models.Model):
    _name = "product.category"
    _inherit = ["product.category", "celery.price.subject"]

    # Odoo sorts the rules of categories by their names.
    _price_fields = frozenset({"parent_id", "name"})

    def _price_scopes(self):
        return [{"categories": self.ids}] if self else []


class ResCurrencyRate(models.Model):
    _name = "res.currency.rate"
    _inherit = ["res.currency.rate", "celery.price.subject"]

    _price_fields = frozenset({"name", "rate", "company_rate", "inverse_company_rate", "company_id"})

    def _price_scopes(self):
        currencies = self.sudo().currency_id.ids
        return [{"currencies": currencies}] if currencies else []


class UomUom(models.Model):
    _name = "uom.uom"
    _inherit = ["uom.uom", "celery.price.subject"]

    _price_fields = frozenset({"relative_factor", "relative_uom_id"})

    def _price_scopes(self):
        return [{}] if self else []
