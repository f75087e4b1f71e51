"""Rows into a model by external id: created where it is new, written where it is known."""

import logging

from odoo.exceptions import UserError

from .external_ids import found
from .settlement import OF_THE_TRANSACTION, explained, message_of
from .subject import on_behalf

_logger = logging.getLogger(__name__)


def load_rows(model, rows):
    """What became of rows ``{"id", "values", "refs", "ids"}``: ``{"loaded", "created", "errors"}``.

    ``refs`` name records by external id, ``ids`` by number: one for a many2one field, a list for
    a many2many field. ``errors`` are pairs of a row's place and what is wrong with it; a bad row takes no other down.
    """
    keys = {row["id"] for row in rows} | {key for row in rows for key in _references(row)}
    load = _Load(model, found(model.env, keys))
    with on_behalf(model.env):
        load.all(list(enumerate(rows)))
    return {"loaded": load.loaded, "created": load.created, "errors": sorted(load.errors)}


def _references(row):
    for keys in (row.get("refs") or {}).values():
        yield from [keys] if isinstance(keys, str) else keys


class _Load:
    """One batch; ``known`` are the models and ids of records by external id."""

    def __init__(self, model, known):
        self.model = model
        self.known = known
        self.loaded = self.created = 0
        self.errors = []

    def all(self, numbered):
        """Optimistic: all rows in one savepoint with one flush, halved when that fails."""
        if not numbered:
            return
        try:
            with self.model.env.cr.savepoint():
                data = [self._data(row) for _place, row in numbered]
                self.model._load_records(data)
        except OF_THE_TRANSACTION:
            raise
        except Exception as error:
            if len(numbered) > 1:
                middle = len(numbered) // 2
                self.all(numbered[:middle])
                self.all(numbered[middle:])
            else:
                [(place, row)] = numbered
                _logger.info("row refused: %s", row["id"], exc_info=not isinstance(error, UserError))
                self.errors.append((place, message_of(explained(self.model.env, error))))
            return
        self.loaded += len(numbered)
        self.created += sum(row["id"] not in self.known for _place, row in numbered)

    def _data(self, row):
        values = dict(row["values"])
        for name, ids in (row.get("ids") or {}).items():
            values[name] = [(6, 0, ids)] if isinstance(ids, list) else ids
        for name, keys in (row.get("refs") or {}).items():
            comodel = self.model._fields[name].comodel_name
            if isinstance(keys, str):
                values[name] = self._id_of(keys, comodel)
            else:
                values[name] = [(6, 0, [self._id_of(key, comodel) for key in keys])]
        return {"xml_id": row["id"], "values": values, "noupdate": False}

    def _id_of(self, key, comodel):
        model, record_id = self.known.get(key, (None, None))
        if model != comodel:
            env = self.model.env
            text = "No record of %(model)s has the external id %(key)s."
            raise UserError(env._(text, model=comodel, key=key))
        return record_id
