from odoo.tests import tagged

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestViews(FabricCase):
    def test_all_views_load_for_a_manager(self):
        manager = self.env.ref("base.user_admin")
        for name in ("job", "queue", "task", "source", "price", "schedule"):
            action = self.env.ref(f"celery_bridge.celery_{name}_action")
            model = self.env[action.res_model].with_user(manager)
            views = [(False, kind) for kind in action.view_mode.split(",")] + [(False, "search")]
            loaded = model.get_views(views)["views"]
            self.assertEqual(len(loaded), len(views))

    def test_users_have_the_jobs_and_not_the_configuration(self):
        menus = self.env["ir.ui.menu"].with_user(self.user)._visible_menu_ids()
        self.assertIn(self.env.ref("celery_bridge.menu_jobs").id, menus)
        self.assertNotIn(self.env.ref("celery_bridge.menu_queues").id, menus)

    def test_the_form_shows_readable_json(self):
        job, subject = self.in_flight()
        self.assertFalse(job.result_text)
        self.write_back(self.outcome(subject, result={"rows": [1]}))
        self.assertEqual(job.result_text, '{\n  "rows": [\n    1\n  ]\n}')
        self.assertEqual(job.params_text, "{}")
        self.assertEqual((job.progress, job.record_count), (100, 0))
        self.assertGreaterEqual(job.seconds_waiting, 0)

    def test_queues_count_their_jobs(self):
        for _ in range(3):
            self.enqueue()
        self.claim(1)
        queue = self.env["celery.queue"].search([("name", "=", "default")])
        self.assertEqual((queue.pending_count, queue.in_flight_count), (2, 1))
