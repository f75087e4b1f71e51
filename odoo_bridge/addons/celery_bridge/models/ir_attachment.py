from odoo import models


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _celery_piece(self, offset, length):
        """So many bytes of the content; from a file without reading the rest of it."""
        if not self.store_fname or self._storage() != "file":
            return (self.raw or b"")[offset : offset + length]
        with open(self._full_path(self.store_fname), "rb") as file:
            file.seek(offset)
            return file.read(length)

    def _celery_link(self):
        """Where whoever holds this address gets the file, as long as it is there."""
        [token] = self.generate_access_token()
        return f"{self.get_base_url()}/web/content/{self.id}?download=true&access_token={token}"
