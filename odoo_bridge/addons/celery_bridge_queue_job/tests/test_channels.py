from unittest.mock import patch

from odoo.tests import tagged

from .common import QueueJobCase

CONFIGURED = "root:4,root.mail:2,edi.orders:1:throttle=5"
CHANNELS = "odoo.addons.celery_bridge_queue_job.models.queue_job_channel._channels"


@tagged("post_install", "-at_install")
class TestChannels(QueueJobCase):
    def channel(self, name):
        return self.env["queue.job.channel"].search([("complete_name", "=", name)])

    def adopt(self, configured):
        with patch(CHANNELS, lambda: configured):
            self.env["queue.job.channel"]._celery_adopt()

    def test_a_new_channel_has_a_queue_of_its_name_as_wide_as_the_one_above(self):
        root = self.env.ref("queue_job.channel_root")
        root.celery_window = 7
        mail = self.env["queue.job.channel"].create({"name": "mail", "parent_id": root.id})
        self.assertEqual((mail.celery_queue_id.name, mail.celery_window), ("root.mail", 7))

    def test_capacities_are_those_of_the_jobrunner(self):
        self.adopt(CONFIGURED)
        self.assertEqual(self.channel("root").celery_window, 4)
        self.assertEqual(self.channel("root.mail").celery_window, 2)
        orders = self.channel("root.edi.orders").celery_queue_id
        self.assertEqual((orders.window_size, orders.rate, orders.burst), (1, 0.2, 1))

    def test_a_configuration_that_cannot_be_read_keeps_nobody_from_installing(self):
        with self.assertLogs("odoo.addons.celery_bridge_queue_job", "WARNING"):
            self.adopt("root:many")
        self.assertEqual(self.channel("root").celery_queue_id.name, "root")

    def test_jobs_go_through_the_queue_of_the_nearest_channel(self):
        self.adopt(CONFIGURED)
        for channel, queue in (
            (None, "root"),
            ("root", "root"),
            ("mail", "root.mail"),
            ("root.mail", "root.mail"),
            ("root.mail.news", "root.mail"),
            ("root.mailing", "root"),
            ("root.nowhere", "root"),
        ):
            self.assertEqual(self.celery(self.delay(channel=channel)).queue, queue, channel)

    def test_pending_jobs_move_with_their_channel(self):
        self.adopt(CONFIGURED)
        job, other = self.delay(channel="root.mail"), self.delay()
        slow = self.env["celery.queue"].create({"name": "root.slow"})
        self.channel("root.mail").celery_queue_id = slow
        self.assertEqual((self.celery(job).queue, self.celery(other).queue), ("root.slow", "root"))
