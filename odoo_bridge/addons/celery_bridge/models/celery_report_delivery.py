from odoo import api, fields, models
from odoo.exceptions import ValidationError

KEEP_DAYS = "celery_bridge.report_keep_days"
DEFAULT = 30
LONGEST = 3650


class CeleryReportDelivery(models.AbstractModel):
    """Where a report goes once it is made, and how long its file is kept."""

    _name = "celery.report.delivery"
    _description = "Delivery of a Report"

    partner_ids = fields.Many2many(
        "res.partner",
        string="E-Mail To",
        domain=[("email", "!=", False)],
        help="They get the file, or a link to it when it is large, whatever they may see in Odoo.",
    )
    keep_days = fields.Integer(
        "Keep For (Days)",
        required=True,
        default=lambda self: self._default_keep_days(),
        aggregator=None,
        help="Afterwards the file is removed.",
    )

    @api.model
    def _default_keep_days(self):
        """What the settings say; what is no number of days means the default."""
        value = self.env["ir.config_parameter"].sudo().get_param(KEEP_DAYS) or ""
        return int(value) if value.isdecimal() and 0 < int(value) <= LONGEST else DEFAULT

    @api.constrains("partner_ids")
    def _check_addresses(self):
        for delivery in self:
            if without := delivery.partner_ids.filtered(lambda partner: not partner.email):
                raise ValidationError(
                    self.env._("No e-mail address is known of %s.", ", ".join(without.mapped("display_name")))
                )

    @api.constrains("keep_days")
    def _check_keep_days(self):
        for delivery in self:
            if not 0 < delivery.keep_days <= LONGEST:
                raise ValidationError(
                    self.env._(
                        "A file is kept for 1 to %(longest)s days, not %(days)s.",
                        longest=LONGEST,
                        days=delivery.keep_days,
                    )
                )

    def _env_of_mails(self, user):
        """An environment that speaks as ``user`` does."""
        return self.env(context={**self.env.context, "lang": user.lang, "tz": user.tz})

    def _send(self, user, subject, body, partners, files=()):
        """Mail ``partners`` in the name of ``user``, when this transaction has committed."""
        self.env["mail.mail"].create({
            "subject": subject,
            "body_html": body,
            "author_id": user.partner_id.id,
            "email_from": user.email_formatted or self.env.company.email_formatted,
            "recipient_ids": [fields.Command.set(partners.ids)],
            "attachment_ids": [fields.Command.set([file.id for file in files])],
            "auto_delete": True,
        })
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
