"""Prices of a pricelist, computed outside Odoo and equal to Odoo's own."""
