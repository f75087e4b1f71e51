"""What a worker that sends webhooks asks Odoo: the signed request, and what is to follow from its answer."""

import json
import time
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..fabric.signing import signature
from ..fabric.subject import for_an_attempt
from ..fabric.values import parsed
from .celery_webhook import TASK

GONE = 410
"""RFC 9110, 15.5.11: the receiver wants no more of it, and Standard Webhooks asks to stop at once."""


class CeleryTask(models.Model):
    _inherit = "celery.task"

    def _check_may_start(self):
        """Only an event makes such a job: else anybody could have a forged one signed."""
        if self.sudo().name == TASK and not self.env.su:
            raise AccessError(self.env._("Events start the task %s; publish one.", TASK))
        return super()._check_may_start()


class CeleryJob(models.Model):
    _inherit = "celery.job"

    # The deliveries of one subscription, newest first.
    _of_webhook = models.Index("(concurrency_key, id DESC) WHERE task = 'webhooks.send'")

    @api.model
    @for_an_attempt
    def fabric_webhook(self, request):
        """The request that an attempt is to send, signed now; ``off`` when nobody wants it any more."""
        self._check_service()
        job = self._webhook_job(parsed(request)["subject"])
        webhook = self._webhook_of(job)
        return json.dumps(webhook._signed(job) if webhook.active else {"off": True})

    @api.model
    @for_an_attempt
    def fabric_webhook_answered(self, request):
        """A receiver answered with this HTTP status, or 0: not at all."""
        self._check_service()
        request = parsed(request)
        webhook = self._webhook_of(self._webhook_job(request["subject"]))
        webhook._answered(request["status"])
        return json.dumps({"active": webhook.active})

    def _webhook_job(self, subject):
        job = self.sudo().browse(self._required_in_flight(subject)["id"])
        if job.task != TASK:
            raise AccessError(self.env._("The job %s sends no webhook.", job.uuid))
        return job

    @api.model
    def _webhook_of(self, job):
        return self.env["celery.webhook"].sudo().browse(job.params["webhook"]).exists()


class CeleryWebhook(models.Model):
    _inherit = "celery.webhook"

    def _signed(self, job):
        params, now = job.params, str(int(time.time()))
        body = json.dumps({
            "id": params["id"],
            "type": params["event"],
            "timestamp": params["at"],
            "data": params["payload"],
            "model": params["model"],
            "ids": params["ids"],
        })
        secrets = [each for each in (self.secret, self.old_secret) if each]
        return {
            "url": self.url,
            "body": body,
            "headers": {
                "content-type": "application/json",
                "webhook-id": params["id"],
                "webhook-timestamp": now,
                "webhook-signature": signature(secrets, params["id"], now, body),
            },
            "failing": bool(self.failing_since),
        }

    def _answered(self, status):
        """Remember since when it fails; give up on it when it says so, or after days."""
        if not self.active:
            return
        now = fields.Datetime.now()
        if 200 <= status < 300:
            if self.failing_since:
                self.failing_since = False
        elif status == GONE:
            self._give_up(self.env._("its receiver answered that it is gone for good (410)"))
        elif not self.failing_since:
            self.failing_since = now
        elif self.disable_after and self.failing_since < now - timedelta(days=self.disable_after):
            self._give_up(self.env._("its receiver has failed for %s days", self.disable_after))

    def _give_up(self, reason):
        """Archive it and tell the managers, each in their inbox or by e-mail as they like."""
        self.active = False
        managers = self.env.ref("celery_bridge.group_manager").sudo().all_user_ids
        self.env["mail.thread"].sudo().message_notify(
            author_id=self.env.ref("base.partner_root").id,
            partner_ids=managers.filtered("active").partner_id.ids,
            subject=self.env._("No more webhooks go to %s", self.name),
            body=Markup("<p>%s</p>")
            % self.env._(
                "The webhook subscription %(name)s was archived: %(reason)s. "
                "What waited for it is in the list of jobs; unarchive it and requeue them once it is mended.",
                name=self.name,
                reason=reason,
            ),
        )
