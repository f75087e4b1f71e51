"""Kinds of fields that Odoo lacks."""

from odoo import fields


class LooseMany2one(fields.Many2one):
    """A many2one that PostgreSQL does not check, for rows that are stored by the ten thousand.

    Each foreign key costs a trigger and a row lock for every row: two thirds of the time of an
    enqueue. What it guards is guarded where it may break: whoever is named refuses to be deleted.
    """

    def update_db_foreign_key(self, model, column):
        pass


class ReadableJson(fields.Json):
    """JSON that can be read over XML-RPC, which knows no null: ``False`` stands for it there, as in
    every other field (Odoo's marshaller, odoo.addons.rpc.controllers.xmlrpc, refuses ``None``)."""

    def convert_to_read(self, value, record, use_display_name=True):
        return _without_none(super().convert_to_read(value, record, use_display_name))


def _without_none(value):
    if value is None:
        return False
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_none(item) for name, item in value.items()}
    return value
