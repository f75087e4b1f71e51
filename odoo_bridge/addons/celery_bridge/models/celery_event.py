import uuid
from datetime import UTC, datetime
from typing import Any

from odoo import api, models, tools
from odoo.exceptions import ValidationError
from odoo.models import BaseModel

from ..fabric.arguments import saved_ids
from ..fabric.events import check_name, matches, params_of
from ..fabric.limits import limit
from .celery_job_enqueue import Rules


class CeleryEvent(models.AbstractModel):
    """What happened in the business, told to whoever subscribed: a job for each of them.

    There is no table of events: their jobs are what the transaction stores.
    """

    _name = "celery.event"
    _description = "Celery Event"

    @api.model
    @api.private
    def publish(
        self, event: str, payload: dict[str, Any] | None = None, record: BaseModel | None = None
    ) -> BaseModel:
        """Tell subscribers of an event, inside the caller's transaction; answers their jobs.

            env["celery.event"].publish("order.confirmed", {"total": order.amount_total}, record=order)

        ``payload`` is a small JSON object, ``record`` the records that the event is about. Each active
        ``celery.event.subscription`` whose pattern fits, of a task's own (``@task(…, events=…)``) or
        added in Odoo, makes one job, with the user, the companies and the language of the environment
        and one correlation id for all; so does each ``celery.webhook``, whose job sends the event to
        another service. Without subscribers nothing is stored.

        Anybody's action may publish: it needs no right to enqueue. Whether a task still takes events is
        for its worker to say, and does not fail the business transaction.
        Raises ``ValidationError`` for a name that is none, a payload that is no JSON object or over the
        limit, records that are not saved.
        """
        check_name(self.env, event)
        task_ids = dict.fromkeys(
            task_id for pattern, task_id in self._subscriptions() if matches(pattern, event)
        )
        webhooks = self.env["celery.webhook"]._wanting(event)
        return self._tell(event, payload, record, task_ids, webhooks)

    @api.model
    def _tell(self, event, payload, record=None, task_ids=(), webhooks=()):
        """A job for each of these tasks and ``celery.webhook`` records."""
        if record is not None:
            saved_ids(self.env, record, "record")
        jobs = self.env["celery.job"].sudo()
        params = jobs._checked_params(
            Rules(event, {}, limit(self.env, "params_limit")),
            params_of(event, {} if payload is None else payload, record, *_stamp()),
        )
        if not isinstance(params["payload"], dict):
            raise ValidationError(self.env._("%s: the payload must be a JSON object.", event))
        if not task_ids and not webhooks:
            return self.env["celery.job"]
        options = {"records": record} if record else {}
        rows = [
            {**jobs._columns(task, {**options, "description": f"{event}: {task.name}"}), "params": params}
            for task in self.env["celery.task"].sudo().browse(task_ids)
        ]
        rows += [webhook._row(event, params, options) for webhook in webhooks]
        return jobs._insert_jobs(rows).sudo(self.env.su)

    @api.model
    @tools.ormcache()
    def _subscriptions(self):
        """Pattern and task id of what is subscribed, kept until a subscription changes."""
        subscriptions = self.env["celery.event.subscription"].sudo().search([("active", "=", True)])
        return tuple((each.event, each.task_id.id) for each in subscriptions)


def _stamp():
    return str(uuid.uuid4()), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
