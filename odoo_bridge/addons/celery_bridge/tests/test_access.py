from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestAccess(FabricCase):
    def test_the_service_account_is_neither_internal_nor_portal(self):
        self.assertEqual(self.service.all_group_ids, self.env.ref("celery_bridge.group_service"))
        self.assertFalse(self.service._is_internal())
        self.assertFalse(self.service._is_portal())
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", [self.service.id])
        self.assertFalse(self.env.cr.fetchone()[0])

    def test_the_service_account_reads_nothing(self):
        readable = {
            name
            for name in self.env.registry
            if not self.env[name]._abstract and not self.env[name]._transient
            if self.env[name].with_user(self.service).has_access("read")
        }
        business = {"res.partner", "res.users", "res.company", "celery.job", "celery.task",
                    "celery.price", "product.product", "product.pricelist"}
        self.assertFalse(readable & business)
        everybodys = {
            access.model_id.model
            for access in self.env["ir.model.access"].search([("group_id", "=", False)])
            if access.perm_read
        }
        self.assertEqual(readable, everybodys & readable)

    def test_the_service_account_may_not_enqueue(self):
        with self.assertRaises(AccessError):
            self.env["celery.job"].with_user(self.service).enqueue("demo.task")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_users_see_their_own_jobs(self):
        own, other = self.enqueue(), self.enqueue(self.env.user)
        jobs = self.env["celery.job"].with_user(self.user)
        self.assertEqual(jobs.search([]), own)
        with self.assertRaises(AccessError):
            other.with_user(self.user).read(["params"])

    def test_managers_see_all_jobs_of_their_companies(self):
        own, other = self.enqueue(), self.enqueue(self.env.user)
        manager = new_test_user(
            self.env, login="celery_manager", groups="base.group_user,celery_bridge.group_manager"
        )
        jobs = self.env["celery.job"].with_user(manager)
        self.assertEqual(jobs.search([]), own + other if own.id > other.id else other + own)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.cr.execute(
            "UPDATE celery_job SET company_id = %s WHERE id = %s", [company.id, own.id]
        )
        self.assertEqual(jobs.search([]), other)

    def test_nobody_writes_a_job_by_hand(self):
        job = self.enqueue()
        for user in (self.user, self.env.ref("base.user_admin")):
            for operation in ("create", "write", "unlink"):
                self.assertFalse(job.with_user(user).has_access(operation))

    def test_sources_are_for_administrators(self):
        manager = new_test_user(
            self.env, login="celery_manager", groups="base.group_user,celery_bridge.group_manager"
        )
        sources = self.env["celery.source"].with_user(manager)
        self.assertTrue(sources.has_access("read"))
        with self.assertRaises(AccessError):
            sources.create({"name": "shop", "user_id": self.env.ref("base.user_admin").id})

    def test_managers_edit_queues(self):
        queue = self.env["celery.queue"].search([("name", "=", "default")])
        self.assertTrue(queue.with_user(self.env.ref("base.user_admin")).has_access("write"))
        self.assertFalse(queue.with_user(self.user).has_access("read"))
