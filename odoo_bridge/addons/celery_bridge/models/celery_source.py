from odoo import fields, models


class CelerySource(models.Model):
    """Where webhook deliveries come from, and as whom they are written."""

    _name = "celery.source"
    _description = "Celery Delivery Source"
    _order = "name"

    name = fields.Char(required=True, help="As in the address of the webhook: /hooks/<name>.")
    user_id = fields.Many2one(
        "res.users",
        required=True,
        ondelete="restrict",
        help="Deliveries are written with the rights of this user.",
    )
    company_id = fields.Many2one(
        "res.company", help="The company that deliveries belong to. Empty: the user's own."
    )

    _name_unique = models.Constraint("UNIQUE (name)", "There already is a source of this name.")
