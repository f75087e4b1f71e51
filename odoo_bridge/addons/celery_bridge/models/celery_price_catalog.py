"""Prices for many who ask at once: what the gateway's catalog reads in one call."""

import logging

from odoo import api, models
from odoo.exceptions import AccessError, MissingError

from ..fabric.settlement import OF_THE_TRANSACTION, message_of

_logger = logging.getLogger(__name__)


class CeleryPrice(models.Model):
    _inherit = "celery.price"

    @api.model
    def get_many_prices(self, asked):
        """An answer to each of ``{"pricelist_id", "product_ids", "quantity", "date", "correlation_id"}``,
        in order.

        ``{"currency", "date", "prices": [[product_id, price], …]}`` as ``get_prices`` says, or ``{"error",
        "message"}``: ``missing``, ``access`` or ``failed``. One that fails takes no other down with it.
        """
        return [self._get_some_prices(each) for each in asked]

    def _get_some_prices(self, asked):
        try:
            pricelist = self._pricelist(asked["pricelist_id"], "read")
            date = asked.get("date")
            prices = self.get_prices(pricelist.id, asked["product_ids"], asked["quantity"], date)
            return {"currency": pricelist.currency_id.name, "date": date, "prices": prices}
        except OF_THE_TRANSACTION:
            raise
        except MissingError as error:
            return {"error": "missing", "message": message_of(error)}
        except AccessError as error:
            return {"error": "access", "message": message_of(error)}
        except Exception as error:
            _logger.warning("no prices for %s", asked.get("correlation_id"), exc_info=True)
            return {"error": "failed", "message": message_of(error)}
