from odoo import api, models
from odoo.tools import split_every

from ..fabric import gateway
from ..fabric.statements import statement

REMOVE = "files.remove"
"""The task that removes files of the storage."""
AT_ONCE = 1000
"""Files of one job: its params are limited in size."""


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def unlink(self):
        """What lies in the storage goes with a job, which is there if this transaction commits."""
        keys = self._celery_files().mapped("key")
        unlinked = super().unlink()
        self._celery_remove(keys)
        return unlinked

    @api.model
    def _celery_remove(self, keys):
        """Have the files with these keys removed from the storage, by jobs of this transaction."""
        if keys and self.env["celery.task"].sudo().search_count([("name", "=", REMOVE)], limit=1):
            for some in split_every(AT_ONCE, keys, list):
                self.env["celery.job"].sudo().enqueue(REMOVE, {"keys": some})

    def _celery_stored(self, key, size):
        """Make this attachment one of a file in the storage; ``create`` takes neither of these."""
        self.write({"type": "url", "url": f"/celery_bridge/file/{self.id}"})
        self.env["celery.stored.file"].sudo().create({"key": key, "attachment_id": self.id})
        self.flush_recordset()
        self.env.cr.execute(statement("report.stored"), {"id": self.id, "size": size})
        self.invalidate_recordset()

    def _celery_files(self):
        """What of these attachments lies in the storage of the fabric."""
        return self.env["celery.stored.file"].sudo().search([("attachment_id", "in", self.ids)])

    def _celery_signed(self):
        """A link that opens the file for some minutes. Raises ``UserError``, see ``gateway.ask``."""
        asked = {"key": self._celery_files().key, "name": self.name}
        return gateway.ask(self.env, "link", asked, area="files")["url"]

    def _celery_link(self):
        """Where whoever holds this address gets the file, as long as it is there."""
        [token] = self.generate_access_token()
        return f"{self.get_base_url()}/celery_bridge/file/{self.id}?access_token={token}"

    def _celery_piece(self, offset, length):
        """So many bytes of the content; from a file without reading the rest of it."""
        if not self.store_fname or self._storage() != "file":
            return (self.raw or b"")[offset : offset + length]
        with open(self._full_path(self.store_fname), "rb") as file:
            file.seek(offset)
            return file.read(length)
