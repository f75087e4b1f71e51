from odoo import fields, models


class CeleryWebhookSecret(models.TransientModel):
    """Shows a new secret once. The form is never saved."""

    _name = "celery.webhook.secret"
    _description = "Secret of a Webhook Subscription"

    secret = fields.Char(readonly=True, store=False)
