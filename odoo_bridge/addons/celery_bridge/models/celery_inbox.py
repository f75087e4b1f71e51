import json

from odoo import api, fields, models

from ..fabric.field_kinds import ReadableJson
from ..fabric.limits import limit, too_large
from ..fabric.statements import statement


class CeleryInbox(models.Model):
    """What was already delivered: the fence of everything that has no job."""

    _name = "celery.inbox"
    _description = "Celery Delivery Inbox"
    _order = "id desc"
    _rec_name = "key"

    source_id = fields.Many2one("celery.source", required=True, ondelete="cascade", readonly=True)
    key = fields.Char(required=True, readonly=True, help="The sender's id of the event.")
    results = ReadableJson(readonly=True, help="What the operations answered.")

    _source_key_unique = models.Constraint(
        "UNIQUE (source_id, key)", "This delivery was already written."
    )

    @api.model
    def _add(self, source, key):
        """The id of a new row, or ``None`` when the delivery was written before."""
        values = {"source_id": source.id, "key": key, "uid": self.env.uid}
        self.env.cr.execute(statement("inbox.add"), values)
        row = self.env.cr.fetchone()
        return row and row[0]

    @api.model
    def _keep_results(self, inbox_id, results):
        text, most = json.dumps(results), limit(self.env, "result_limit")
        if len(text) > most:
            raise too_large(self.env, self.env._("What the operations answered"), len(text), most)
        values = {"id": inbox_id, "results": text}
        self.env.cr.execute(statement("inbox.keep_results"), values)

    @api.model
    def _first_results(self, source, key):
        values = {"source_id": source.id, "key": key}
        self.env.cr.execute(statement("inbox.first_results"), values)
        row = self.env.cr.fetchone()
        return (row and row[0]) or []
