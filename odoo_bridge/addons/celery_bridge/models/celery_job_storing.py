"""Files that attempts put into the storage of objects: what no attachment takes is removed."""

import json

from odoo import SUPERUSER_ID, api, models

from ..fabric.statements import statement
from ..fabric.subject import for_an_attempt
from ..fabric.values import parsed


class CeleryJob(models.Model):
    _inherit = "celery.job"

    @api.model
    @for_an_attempt
    def fabric_storing(self, request):
        """Note the key under which an attempt is about to store a file; commits at once."""
        self._check_service()
        asked = parsed(request)
        self._acting_for(asked["subject"])
        self.env.cr.execute(statement("storing.note"), {
            "key": asked["key"], "uuid": asked["subject"]["uuid"], "attempt": asked["subject"]["attempt"]
        })
        return json.dumps({"noted": asked["key"]})

    @api.model
    def _forget_stored(self, settlements):
        """What these attempts stored goes, unless an attachment has taken it: they have ended."""
        subjects = [settlement.subject for settlement in settlements]
        attempts = [each for each in subjects if "uuid" in each and type(each.get("attempt")) is int]
        if not attempts:
            return
        self.env.flush_all()
        self._remove_stored("storing.ended", {
            "uuids": [each["uuid"] for each in attempts],
            "attempts": [each["attempt"] for each in attempts],
        })

    @api.autovacuum
    def _collect_stored(self):
        self._remove_stored("storing.left", {})

    def _remove_stored(self, name, values):
        self.env.cr.execute(statement(name), values)
        files = self.env["ir.attachment"].with_user(SUPERUSER_ID)
        files._celery_remove([key for (key,) in self.env.cr.fetchall()])
