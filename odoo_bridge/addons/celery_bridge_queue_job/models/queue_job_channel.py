"""The map from channels to queues: each channel says through which queue its jobs go."""

import logging

from odoo import api, fields, models

from odoo.addons.queue_job.jobrunner.channels import ChannelManager
from odoo.addons.queue_job.jobrunner.runner import _channels

_logger = logging.getLogger(__name__)


class QueueJobChannel(models.Model):
    _inherit = "queue.job.channel"

    celery_queue_id = fields.Many2one(
        "celery.queue",
        help="The queue that the channel's jobs go through: its workers, its window and its rate.",
    )
    celery_window = fields.Integer(
        related="celery_queue_id.window_size",
        readonly=False,
        string="Capacity",
        help="Jobs of the queue that may run at once.",
    )
    celery_rate = fields.Float(related="celery_queue_id.rate", readonly=False)
    celery_paused = fields.Boolean(related="celery_queue_id.paused", readonly=False)

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        channels._celery_give_queues()
        return channels

    def write(self, vals):
        result = super().write(vals)
        if "celery_queue_id" in vals:
            self._celery_give_queues()
            self._celery_move_jobs()
        return result

    def _celery_give_queues(self):  # pylint: disable=missing-return
        """A queue of the channel's name for each that has none, as wide as the one above it."""
        queues = self.env["celery.queue"].sudo()
        for channel in self.sudo().filtered(lambda each: not each.celery_queue_id):
            name = channel.complete_name
            above = channel.parent_id.celery_queue_id
            width = {"window_size": above.window_size} if above else {}
            queue = queues.search([("name", "=", name)]) or queues.create({"name": name, **width})
            super(QueueJobChannel, channel).write({"celery_queue_id": queue.id})

    def _celery_move_jobs(self):
        """Pending jobs of these channels, and of those below that have no queue, go there, too."""
        self.flush_model()
        jobs = self.env["queue.job"].sudo()
        for channel in self:
            name = channel.complete_name
            here = ["|", ("channel", "=", name), ("channel", "=like", f"{name}.%")]
            jobs.search([("state", "=", "pending"), *here])._celery_run("follow")

    @api.model
    def _celery_adopt(self):
        """Give all channels their queues, with the capacities that OCA's jobrunner was told."""
        told = {_full(each["name"]): each for each in self._celery_configured()}
        for name in sorted(told):
            self._celery_ensure(name)
        for channel in self.search([], order="complete_name"):  # pylint: disable=no-search-all
            channel._celery_give_queues()
            channel._celery_configure(told.get(channel.complete_name, {}))

    @api.model
    def _celery_configured(self):
        """``[{"name", "capacity", "throttle", …}]`` as Odoo's configuration says, or nothing."""
        try:
            return ChannelManager.parse_simple_config(_channels())
        except ValueError:
            _logger.warning("the configuration of channels cannot be read", exc_info=True)
            return []

    @api.model
    def _celery_ensure(self, name):
        """The channel of this complete name, made if it was only configured."""
        found = self.search([("complete_name", "=", name)])
        if found:
            return found
        above, _dot, last = name.rpartition(".")
        return self.create({"name": last, "parent_id": self._celery_ensure(above).id})

    def _celery_configure(self, told):
        values = {}
        if told.get("capacity"):
            values["window_size"] = told["capacity"]
        if throttle := int(told.get("throttle") or 0):
            values.update(rate=1 / throttle, burst=1)
        self.celery_queue_id.sudo().write(values)


def _full(name):
    return name if name == "root" or name.startswith("root.") else f"root.{name}"
