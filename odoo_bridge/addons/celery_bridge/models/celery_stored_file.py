from odoo import fields, models


class CeleryStoredFile(models.Model):
    """Where the file of an attachment lies in the storage of the fabric.

    A model of its own: whoever could write a key into an attachment could have any file of the
    storage, and a copy of an attachment is no second file there.
    """

    _name = "celery.stored.file"
    _description = "Stored File"
    _rec_name = "key"

    key = fields.Char(required=True, readonly=True)
    attachment_id = fields.Many2one(
        "ir.attachment", required=True, readonly=True, index=True, ondelete="cascade"
    )
