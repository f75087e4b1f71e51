"""Whose jobs, deliveries and schedules a user finds, and the ways to others' that were tried."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import FabricCase


@tagged("post_install", "-at_install")
class TestRules(FabricCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.manager = new_test_user(
            cls.env, login="celery_boss", groups="base.group_user,celery_bridge.group_manager"
        )
        cls.colleague = new_test_user(cls.env, login="celery_colleague", groups="base.group_user")
        cls.portal = new_test_user(cls.env, login="celery_portal", groups="base.group_portal")
        # Without it exporting is refused for another reason.
        for user in (cls.user, cls.manager):
            user.group_ids |= cls.env.ref("base.group_allow_export")

    def setUp(self):
        super().setUp()
        self.foreign = self.enqueue(self.colleague)
        self.jobs = self.env["celery.job"].with_user(self.user)

    def move_elsewhere(self, *jobs):
        self.env.cr.execute(
            "UPDATE celery_job SET company_id = %s WHERE id = ANY (%s)",
            [self.elsewhere.id, [job.id for job in jobs]],
        )
        self.env.invalidate_all()

    def test_domains_that_try_to_get_around_the_rule(self):
        for domain in (
            [],
            [(1, "=", 1)],
            ["|", ("user_id", "=", self.colleague.id), (1, "=", 1)],
            ["!", ("user_id", "=", self.user.id)],
            [("user_id.login", "=", "celery_colleague")],
            [("id", "in", [self.foreign.id])],
            [("task", "ilike", "' OR 1=1 --")],
        ):
            self.assertFalse(self.jobs.search(domain), domain)
            self.assertFalse(self.jobs.search_count(domain), domain)
            self.assertFalse(self.jobs.with_context(active_test=False).name_search("", domain))

    def test_groups_do_not_count_others_jobs(self):
        self.enqueue()
        [group] = self.jobs.formatted_read_group([], ["user_id"], ["__count"])
        self.assertEqual(group["__count"], 1)
        [(_task, count)] = self.jobs._read_group([], ["task"], ["__count"])
        self.assertEqual(count, 1)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_each_way_to_read_a_job_by_its_id(self):
        job = self.foreign.with_user(self.user)
        for way in (
            lambda: job.read(["params"]),
            lambda: job.export_data(["params_text"]),
            lambda: job.params,
            lambda: job.display_name,
            lambda: job.action_open_records(),
            lambda: job.action_cancel(),
            lambda: job.action_requeue(),
            lambda: job.copy(),
            lambda: job.write({"state": "done"}),
            lambda: job.unlink(),
            lambda: job.web_read({"params": {}}),
        ):
            self.env.invalidate_all()
            with self.assertRaises(AccessError):
                way()
        self.assertEqual(self.foreign.state, "pending")

    def test_nobody_makes_or_copies_a_job_by_hand(self):
        own = self.enqueue()
        for user in (self.user, self.manager, self.admin):
            with self.assertRaises(AccessError):
                own.with_user(user).copy()
            with self.assertRaises(AccessError):
                self.env["celery.job"].with_user(user).create({"task": "t", "queue": "q", "uuid": "u"})
            with self.assertRaises(AccessError):
                own.with_user(user).write({"user_id": self.admin.id})

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_files_of_others_jobs(self):
        attachment = self.env["ir.attachment"].create(
            {"name": "secret.txt", "raw": b"s", "res_model": "celery.job", "res_id": self.foreign.id}
        )
        files = self.env["ir.attachment"].with_user(self.user)
        self.assertFalse(files.search([("res_model", "=", "celery.job")]))
        self.assertFalse(files.search([("id", "=", attachment.id)]))
        for way in (
            lambda: attachment.with_user(self.user).read(["datas"]),
            lambda: attachment.with_user(self.user).write({"res_id": 0}),
            lambda: attachment.with_user(self.user).copy(),
            lambda: attachment.with_user(self.user).unlink(),
        ):
            with self.assertRaises(AccessError):
                way()
        _job, subject = self.in_flight(self.user)
        with self.assertRaises(AccessError):
            self.fabric("download", subject=subject, attachment=attachment.id, offset=0, length=9)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_waiting_on_anothers_job_does_not_show_its_result(self):
        with self.assertRaises(AccessError):
            self.jobs.enqueue(
                "demo.task", {"text": {"$result": 0}}, depends_on=self.foreign.with_user(self.user)
            )

    def test_the_traceback_is_for_managers(self):
        own, subject = self.in_flight(self.user)
        self.write_back(self.outcome(subject, state="dead", error="boom", traceback="of the code"))
        [row] = own.with_user(self.user).read()
        self.assertEqual(row["error"], "boom")
        self.assertNotIn("traceback", row)
        with self.assertRaises(AccessError):
            own.with_user(self.user).read(["traceback"])
        with self.assertRaises(AccessError):
            self.jobs.search([("traceback", "like", "code")])
        self.assertEqual(own.with_user(self.manager).traceback, "of the code")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_jobs_of_another_company_even_ones_own(self):
        own = self.enqueue()
        self.move_elsewhere(own, self.foreign)
        self.assertFalse(self.jobs.search([]))
        for user in (self.user, self.manager):
            with self.assertRaises(AccessError):
                own.with_user(user).read(["params"])
            with self.assertRaises(AccessError):
                own.with_user(user).with_context(allowed_company_ids=[self.elsewhere.id]).read(["params"])
        self.manager.company_ids |= self.elsewhere
        both = {"allowed_company_ids": (self.env.company | self.elsewhere).ids}
        found = self.env["celery.job"].with_user(self.manager).with_context(**both).search([])
        self.assertEqual(found, own | self.foreign)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_a_job_of_another_company_by_what_points_to_it(self):
        self.move_elsewhere(self.foreign)
        task = self.env["celery.task"].search([], limit=1)
        schedule = self.env["celery.schedule"].create(
            {"name": "S", "task_id": task.id, "user_id": self.manager.id}
        )
        schedule.last_job_id = self.foreign
        schedules = self.env["celery.schedule"].with_user(self.manager)
        self.assertTrue(schedules.search([("id", "=", schedule.id)]))
        self.assertFalse(schedules.search([("last_job_id.task", "=", "demo.task")]))
        self.assertFalse(schedules.search([("last_job_id", "any", [("state", "=", "pending")])]))
        with self.assertRaises(AccessError):
            schedule.with_user(self.manager).export_data(["last_job_id/params_text"])

    def test_how_many_jobs_a_record_has_elsewhere(self):
        partner = self.user.partner_id
        ours, theirs = (self.enqueue(self.colleague, records=partner) for _ in range(2))
        self.move_elsewhere(theirs)
        about = self.env["celery.job"].with_user(self.manager).about_record
        self.assertEqual(about("res.partner", partner.id), [1, 1])
        self.assertEqual(self.jobs.about_record("res.partner", partner.id), [0, 0])
        self.assertTrue(ours)

    def test_what_is_run_here_and_now_is_no_others_job(self):
        """An identity key may be held by a job of another user, which waits for its own time."""
        self.fabric("register_tasks", tasks=[{"name": "records.call", "queue": "default"}])
        params = {"model": "res.partner", "method": "search_count", "ids": [], "args": [[]]}
        options = {"identity_key": "one", "eta": "2126-01-01 00:00:00"}
        theirs = self.env["celery.job"].with_user(self.colleague).enqueue("records.call", params, **options)
        found = self.jobs.with_context(celery_inline=True).enqueue("records.call", params, **options)
        self.assertEqual(found, theirs)
        self.assertEqual(theirs.sudo().state, "scheduled")
        own = self.jobs.with_context(celery_inline=True).enqueue("records.call", params)
        self.assertEqual(own.sudo().state, "done")

    def test_schedules_of_users_elsewhere(self):
        task = self.env["celery.task"].search([], limit=1)
        stranger = new_test_user(
            self.env, login="celery_stranger", groups="base.group_user",
            company_id=self.elsewhere.id, company_ids=[(6, 0, self.elsewhere.ids)],
        )
        values = [{"name": user.name, "task_id": task.id, "user_id": user.id}
                  for user in (stranger, self.colleague)]
        _foreign, ours = self.env["celery.schedule"].create(values)
        self.assertEqual(self.env["celery.schedule"].with_user(self.manager).search([]), ours)

    def test_deliveries_of_another_company(self):
        ours, theirs = self.env["celery.source"].create([
            {"name": "ours", "user_id": self.admin.id, "company_id": self.env.company.id},
            {"name": "theirs", "user_id": self.admin.id, "company_id": self.elsewhere.id},
        ])
        for source in (ours, theirs):
            self.env["celery.inbox"]._add(source, "1")
        env = self.env(user=self.manager.id)
        self.assertEqual(env["celery.source"].search([("name", "in", ["ours", "theirs"])]), ours)
        self.assertEqual(env["celery.inbox"].search([]).source_id, ours)

    def test_prices_of_another_companys_product(self):
        pricelist = self.env["product.pricelist"].create({"name": "List", "company_id": False})
        product = self.env["product.product"].create({"name": "P", "company_id": self.elsewhere.id})
        price = self.env["celery.price"].sudo().create({
            "pricelist_id": pricelist.id, "product_id": product.id, "min_quantity": 0, "price": 7,
            "currency_id": pricelist.currency_id.id, "computed_at": "2026-11-22 00:00:00",
        })
        prices = self.env["celery.price"].with_user(self.user)
        self.assertFalse(prices.search([("id", "=", price.id)]))

    def test_portal_users_find_nothing(self):
        env = self.env(user=self.portal.id)
        for model in ("celery.job", "celery.task", "celery.queue", "celery.source", "celery.inbox",
                      "celery.schedule", "celery.price"):
            with self.assertRaises(AccessError):
                env[model].search([])

    def test_users_do_not_manage(self):
        own = self.enqueue()
        own.action_cancel()
        with self.assertRaises(AccessError):
            own.with_user(self.user).action_requeue()
        for model in ("celery.queue", "celery.source", "celery.inbox"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.user).search([])
        # Of these they have the reports that they may start, and their own schedules of them.
        task = self.env["celery.task"].search([("name", "=", "demo.task")])
        self.env["celery.schedule"].create({"name": "S", "task_id": task.id, "user_id": self.user.id})
        for model in ("celery.task", "celery.schedule"):
            self.assertFalse(self.env[model].with_user(self.user).search([]))

    def test_a_manager_who_is_no_administrator_schedules_as_himself_only(self):
        task = self.env["celery.task"].search([], limit=1)
        schedules = self.env["celery.schedule"].with_user(self.manager)
        with self.assertRaises(AccessError):
            schedules.create({"name": "S", "task_id": task.id, "user_id": self.admin.id})
        own = schedules.create({"name": "S", "task_id": task.id})
        with self.assertRaises(AccessError):
            own.user_id = self.admin
        foreign = self.env["celery.schedule"].create(
            {"name": "S", "task_id": task.id, "user_id": self.admin.id}
        )
        for way in (
            lambda: foreign.with_user(self.manager).write({"params_text": '{"text": "mine"}'}),
            lambda: foreign.with_user(self.manager).action_run_now(),
        ):
            with self.assertRaises(AccessError):
                way()
