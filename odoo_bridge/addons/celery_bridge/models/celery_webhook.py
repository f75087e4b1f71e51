from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import NO_ACCESS

from ..fabric.receivers import check_events, check_url, patterns, wants
from ..fabric.signing import is_secret, make_secret
from ..fabric.statements import statement

TASK = "webhooks.send"
TEST = "webhook.test"
CHOICE = {"active", "events", "company_id"}
"""Fields that say which events go to a subscription."""


class CeleryWebhook(models.Model):
    """A service that wants to know of events: each makes one job, which sends it there, signed."""

    _name = "celery.webhook"
    _description = "Webhook Subscription"
    _order = "name, id"

    name = fields.Char(required=True)
    url = fields.Char("Address", required=True, help="Where events are posted to, https://…")
    events = fields.Char(
        required=True,
        default="*",
        help="Names with spaces between: order.confirmed, or order.* for all whose name begins so.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", help="Events of this company alone. Empty: of all companies."
    )
    parallel = fields.Integer(
        "Requests at Once",
        default=2,
        required=True,
        help="A slow receiver never holds up more workers than this.",
    )
    disable_after = fields.Integer(
        "Give Up After (Days)",
        default=5,
        required=True,
        help="A receiver that fails for so many days is archived, and managers are told. 0: never.",
    )
    secret = fields.Char(groups=NO_ACCESS, copy=False)
    old_secret = fields.Char(groups=NO_ACCESS, copy=False)
    new_secret = fields.Char(
        "Set Secret",
        compute="_compute_new_secret",
        inverse="_inverse_new_secret",
        copy=False,
        help="Only to be written: whsec_ and base64. The one before stays live until it is forgotten.",
    )
    rotating = fields.Boolean(compute="_compute_rotating", help="Two secrets are live.")
    failing_since = fields.Datetime(readonly=True, copy=False)

    _parallel_positive = models.Constraint("CHECK (parallel > 0)", "One request at once, at least.")
    _disable_after_positive = models.Constraint("CHECK (disable_after >= 0)", "Days, or 0 for never.")

    def init(self):
        """The task is known before any worker is: an event must not fail for want of one."""
        self.env.cr.execute(statement("task.add_webhooks"), {"name": TASK})

    @api.constrains("url")
    def _check_url(self):
        for webhook in self:
            check_url(self.env, webhook.url)

    @api.constrains("events")
    def _check_events(self):
        for webhook in self:
            check_events(self.env, webhook.events)

    def _compute_new_secret(self):
        self.new_secret = False

    def _inverse_new_secret(self):
        for webhook in self.filtered("new_secret"):
            if not is_secret(webhook.new_secret):
                raise ValidationError(
                    self.env._("A secret is whsec_ and the base64 of 24 to 64 bytes.")
                )
            webhook._rotate(webhook.new_secret)

    @api.depends("secret", "old_secret")
    def _compute_rotating(self):
        for webhook in self:
            webhook.rotating = bool(webhook.sudo().old_secret)

    def _rotate(self, secret):
        webhook = self.sudo()
        webhook.write({"old_secret": webhook.secret, "secret": secret})

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        webhooks = super().create(vals_list)
        for webhook in webhooks.sudo().filtered(lambda each: not each.secret):
            webhook.secret = make_secret()
        return webhooks

    def write(self, values):
        if CHOICE & set(values):
            self.env.registry.clear_cache()
        if values.get("active") or "url" in values:
            values = {**values, "failing_since": False}
        return super().write(values)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def action_new_secret(self):
        """Make a secret and show it, this once; both sign until the old one is forgotten."""
        self.ensure_one()
        self.check_access("write")
        secret = make_secret()
        self._rotate(secret)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Secret of %s", self.name),
            "res_model": "celery.webhook.secret",
            "view_mode": "form",
            "target": "new",
            # Of a form that is never saved: it is stored nowhere else.
            "context": {"default_secret": secret},
        }

    def action_forget_old_secret(self):
        """From now on the new one signs alone."""
        self.check_access("write")
        self.sudo().old_secret = False
        return True

    def action_test(self):
        """Send an event of the name ``webhook.test`` to this one; opens the job that does it."""
        self.ensure_one()
        self.check_access("write")
        job = self.env["celery.event"]._tell(TEST, {"from": self.env.company.name}, webhooks=self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "celery.job",
            "res_id": job.id,
            "view_mode": "form",
        }

    def action_open_jobs(self):
        """What was sent there, and is to be."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("celery_bridge.celery_job_action")
        domain = [("task", "=", TASK), ("concurrency_key", "=", self._key())]
        return {**action, "domain": domain, "context": {}, "display_name": self.name}

    @api.model
    def _wanting(self, event):
        """The subscriptions that an event of the current company goes to."""
        company = self.env.company.id
        return self.sudo().browse(
            webhook_id
            for webhook_id, found, company_id in self._subscribed()
            if company_id in (False, company) and wants(found, event)
        )

    @api.model
    @tools.ormcache()
    def _subscribed(self):
        """Id, patterns and company of what is active, kept until a subscription changes."""
        webhooks = self.sudo().search([("active", "=", True)])
        return tuple((each.id, patterns(each.events), each.company_id.id) for each in webhooks)

    def _row(self, event, params, options):
        """Its job, as ``celery.job._insert_jobs`` takes it."""
        webhook = self.sudo()
        own = {
            "description": f"{event}: {webhook.name}"[:500],
            "concurrency_key": webhook._key(),
            "concurrency_limit": webhook.parallel,
        }
        task = self.env["celery.task"].sudo()._named(TASK)
        columns = self.env["celery.job"].sudo()._columns(task, {**options, **own})
        return {**columns, "params": {**params, "webhook": webhook.id}}

    def _key(self):
        return f"webhook/{self.id}"
