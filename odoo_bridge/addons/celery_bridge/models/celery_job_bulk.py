"""What large jobs do before they are done: load rows, store what they computed, files in pieces.

All of it is fenced as the write-back is, and what a job that never ends leaves behind is collected.
"""

import gc
import json
from base64 import b64decode, b64encode

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError

from ..fabric.calls import call_public
from ..fabric.guarded import model_to_change
from ..fabric.loading import load_rows
from ..fabric.statements import statement
from ..fabric.subject import for_an_attempt, on_behalf
from ..fabric.values import parsed

SWEEP = 16
"""After so many chunks those of ended requests are let go: Python alone would keep them for long.

A file of 256 MiB cost Odoo 94 MB afterwards (192 at the most), 308 (317) without, for 0.3 s of 7 s of CPU.
"""


class CeleryJob(models.Model):
    _inherit = "celery.job"

    @api.model
    @for_an_attempt
    def fabric_load(self, request):
        """Create or write rows of a batch by external id, as the job's user, at most once.

        Commits without the job's outcome. ``busy``: another load writes the same lane now.
        """
        self._check_service()
        asked = parsed(request)
        env = self._acting_for(asked["subject"])
        model = model_to_change(env, asked["model"])
        batch = {"uuid": asked["subject"]["uuid"], "number": asked["number"], "digest": asked["digest"]}
        if not self._one("bulk.batch_lane", {"model": asked["model"], "lanes": asked["lanes"]})[0]:
            return json.dumps({"busy": True})
        if not self._one("bulk.batch_begin", batch):
            return json.dumps(self._loaded_before(batch))
        tracking = {"import_file": True, **({} if asked["tracking"] else {"tracking_disable": True})}
        answer = load_rows(model.with_context(**tracking), asked["rows"])
        self.env.cr.execute(statement("bulk.batch_end"), {**batch, "answer": json.dumps(answer)})
        return json.dumps(answer)

    def _loaded_before(self, batch):
        digest, answer = self._one("bulk.batch", batch)
        if digest != batch["digest"]:
            raise ValidationError(
                self.env._("Batch %s was loaded before, with other rows: has the file changed?", batch["number"])
            )
        return answer

    @api.model
    @for_an_attempt
    def fabric_loaded(self, request):
        """The batches that attempts of a job have loaded, and by which fields records have parents."""
        self._check_service()
        asked = json.loads(request)
        model = model_to_change(self._acting_for(asked["subject"]), asked["model"])
        self.env.cr.execute(statement("bulk.batches"), {"uuid": asked["subject"]["uuid"]})
        return json.dumps({
            "batches": self.env.cr.dictfetchall(),
            "parents": [
                name
                for name, field in model._fields.items()
                if name == model._parent_name
                or (field.type == "many2one" and getattr(field, "ondelete", None) == "cascade")
            ],
        })

    @api.model
    @for_an_attempt
    def fabric_call_ahead(self, request):
        """Call a method that a model lists in ``_celery_ahead_methods``, as the job's user, and commit.

        It does not wait for the job's outcome, and may come twice: the method sees to it that this
        does no harm. Raises ``AccessError`` for another method, and what the method does.
        """
        self._check_service()
        call = parsed(request)
        env = self._acting_for(call["subject"])
        model = model_to_change(env, call["model"])
        if call["method"] not in getattr(model, "_celery_ahead_methods", ()):
            name = f"{call['model']}.{call['method']}"
            raise AccessError(self.env._("%s is not to be called before a job is done.", name))
        with on_behalf(env):
            result = call_public(model, call["method"], call["args"], {})
            # What is still to be written must be so as this user.
            env.flush_all()
        return json.dumps({"result": result})

    @api.model
    @for_an_attempt
    def fabric_upload(self, request):
        """Keep a chunk of a file until an ``attach`` of the job's outcome takes it."""
        self._check_service()
        asked = json.loads(request)
        self._acting_for(asked["subject"])
        if "uuid" not in asked["subject"]:
            raise ValidationError(self.env._("A delivery has no job that a file could be attached to."))
        chunk = {
            "uuid": asked["subject"]["uuid"],
            "upload": asked["upload"],
            "number": asked["number"],
            "data": b64decode(asked["data"]),
        }
        self.env.cr.execute(statement("bulk.upload_add"), chunk)
        if asked["number"] % SWEEP == SWEEP - 1:
            # Odoo's requests end in reference cycles, each with the body that it came with.
            gc.collect()
        return json.dumps({"stored": len(chunk["data"])})

    @api.model
    @for_an_attempt
    def fabric_download(self, request):
        """A piece of an attachment that the job's user may read: ``{"name", "size", "data"}``."""
        self._check_service()
        asked = json.loads(request)
        env = self._acting_for(asked["subject"])
        attachment = env["ir.attachment"].browse(asked["attachment"]).exists()
        if not attachment or attachment.type != "binary":
            raise AccessError(self.env._("There is no file with the id %s.", asked["attachment"]))
        with on_behalf(env):
            attachment.check_access("read")
        data = attachment.sudo()._celery_piece(asked["offset"], asked["length"])
        facts = {"name": attachment.name, "size": attachment.file_size}
        return json.dumps({**facts, "data": b64encode(data).decode()})

    def _one(self, name, values):
        self.env.cr.execute(statement(name), values)
        return self.env.cr.fetchone()

    @api.autovacuum
    def _collect_bulk(self):
        self.env.cr.execute(statement("bulk.collect"))
