from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..fabric.events import check_pattern, params_of
from ..fabric.json_schema import faults


class CeleryEventSubscription(models.Model):
    """A task that wants to know of events: one job for it each time such an event is published."""

    _name = "celery.event.subscription"
    _description = "Celery Event Subscription"
    _order = "event, id"
    _rec_name = "event"

    event = fields.Char(
        required=True, help="order.confirmed, or order.* for all whose name begins so."
    )
    task_id = fields.Many2one("celery.task", required=True, index=True, ondelete="cascade")
    active = fields.Boolean(default=True)
    declared = fields.Boolean(
        "By Its Worker", readonly=True, copy=False, help="The task itself says that it wants these."
    )

    _once = models.Constraint(
        "UNIQUE (event, task_id)", "The task has a subscription to this event already."
    )

    @api.constrains("event", "task_id")
    def _check_fits(self):
        """A task that does not take events would only die of each."""
        for subscription in self:
            check_pattern(self.env, subscription.event)
            sample = params_of("order.confirmed", {}, None, "", "2026-01-01T00:00:00Z")
            if wrong := faults(subscription.task_id.sudo().schema or {}, sample, say=self.env._):
                raise ValidationError(
                    self.env._(
                        "%(task)s does not take events: %(faults)s",
                        task=subscription.task_id.name,
                        faults="; ".join(wrong),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, values):
        if {"event", "task_id"} & set(values) and any(self.mapped("declared")):
            raise UserError(
                self.env._("The task's worker declares this subscription: archive it, and add another.")
            )
        self.env.registry.clear_cache()
        return super().write(values)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
