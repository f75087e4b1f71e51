import json

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..fabric.field_kinds import LooseMany2one, ReadableJson
from ..fabric.installing import install
from ..fabric.states import IDENTITY_HELD, STATES
from ..fabric.statements import statement


class CeleryJob(models.Model):
    """A job: the outbox row that the business transaction writes, and what became of it.

    Rows are written by ``enqueue``, by the claim function and by the ``fabric_*`` methods only.
    """

    _name = "celery.job"
    _description = "Celery Job"
    _order = "id desc"
    _rec_name = "task"

    uuid = fields.Char("UUID", required=True, readonly=True)
    task = fields.Char(required=True, readonly=True)
    description = fields.Char(readonly=True)
    queue = fields.Char(required=True, readonly=True)
    params = ReadableJson(readonly=True)
    params_text = fields.Text("Params (JSON)", compute="_compute_params_text")
    state = fields.Selection(STATES, required=True, readonly=True, default="pending")
    priority = fields.Integer(
        required=True, readonly=True, default=10, aggregator=None, help="Lower goes first."
    )
    eta = fields.Datetime("Not Before", readonly=True)
    attempt = fields.Integer(
        required=True, readonly=True, default=0, aggregator=None, help="How often it was claimed."
    )
    max_attempts = fields.Integer(required=True, readonly=True, default=1, aggregator=None)
    rescues = fields.Integer(
        readonly=True, default=0, aggregator=None, help="How often its worker was lost."
    )
    history = ReadableJson(readonly=True, help="The attempts that failed, the last 20.")
    history_text = fields.Text("Failed Attempts", compute="_compute_history_text")
    user_id = LooseMany2one(
        "res.users", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = LooseMany2one("res.company", readonly=True, ondelete="restrict")
    context = ReadableJson(readonly=True, help="Language, time zone and companies of the user.")
    correlation_id = fields.Char(
        "Correlation ID", readonly=True, index="btree_not_null", help="Follows a request."
    )
    res_model = fields.Char("Model", readonly=True)
    res_ids = ReadableJson("Record IDs", readonly=True)
    record_count = fields.Integer("Records", compute="_compute_record_count")
    result = ReadableJson(readonly=True)
    result_text = fields.Text("Result (JSON)", compute="_compute_result_text")
    error = fields.Text(readonly=True)
    # It quotes code and data of Odoo's that the user may not see; the error says what went wrong.
    traceback = fields.Text(readonly=True, groups="celery_bridge.group_manager")
    create_date = fields.Datetime("Enqueued On")
    date_claimed = fields.Datetime("Claimed On", readonly=True)
    date_started = fields.Datetime("Started On", readonly=True)
    date_finished = fields.Datetime("Finished On", readonly=True)
    seconds_waiting = fields.Float(
        "Waiting (s)",
        compute="_compute_seconds_waiting",
        digits=(16, 3),
        help="From its first possible start to the start of the last attempt.",
    )
    seconds_running = fields.Float("Running (s)", readonly=True, digits=(16, 3), aggregator="avg")
    worker = fields.Char(readonly=True)
    log = fields.Text(readonly=True, help="The worker's last lines: 200, at most 32 KiB.")
    progress_done = fields.Integer("Steps Done", readonly=True, aggregator=None)
    progress_total = fields.Integer("Steps", readonly=True, aggregator=None)
    progress_text = fields.Char("Progress Note", readonly=True)
    progress = fields.Float("Progress (%)", compute="_compute_progress")
    identity_key = fields.Char(readonly=True, help="While one job holds it, there is no second.")
    identity_scope = fields.Char(readonly=True, help="How long the job holds its identity key.")
    identity_until = fields.Datetime(readonly=True, help="When a window ends.")
    concurrency_key = fields.Char(readonly=True, help="Jobs that share it are limited together.")
    concurrency_limit = fields.Integer(
        readonly=True, default=1, aggregator=None, help="How many jobs of the key may be in flight."
    )
    rank = fields.Integer(
        readonly=True, aggregator=None, help="The place in line of a job that its key admitted."
    )
    notify = fields.Boolean(readonly=True, help="Tell the user when it has ended.")
    attachment_ids = fields.One2many(
        "ir.attachment",
        "res_id",
        string="Files",
        domain=[("res_model", "=", "celery.job")],
        readonly=True,
    )
    attachment_count = fields.Integer("Number of Files", compute="_compute_attachment_count")

    _uuid_unique = models.Constraint("UNIQUE (uuid)", "There already is a job of this UUID.")
    _state_known = models.Constraint(
        "CHECK (state IN ('waiting', 'scheduled', 'parked', 'pending', 'enqueued', 'started',"
        " 'done', 'dead', 'cancelled'))",
        "This is not a state of a job.",
    )
    # Names of their own for what replaced an index of an earlier version: Odoo drops that one.
    _ready_ranked = models.Index(
        "(queue, priority, coalesce(rank, id), id) WHERE state = 'pending'"
    )
    _ready_keyed = models.Index(
        "(queue) WHERE state = 'pending' AND concurrency_key IS NOT NULL"
    )
    _flying = models.Index("(date_claimed) WHERE state IN ('enqueued', 'started')")
    _scheduled = models.Index("(eta) WHERE state = 'scheduled'")
    _parked = models.Index("(concurrency_key, queue, priority, id) WHERE state = 'parked'")
    _key_taken = models.Index(
        "(concurrency_key) WHERE concurrency_key IS NOT NULL"
        " AND state IN ('pending', 'enqueued', 'started')"
    )
    # For people, see sql/queue.sql and sql/person.sql; technical jobs are in the first one only.
    _ended = models.Index("(queue, date_finished) WHERE date_finished IS NOT NULL")
    _dead = models.Index("(queue, date_finished) WHERE state = 'dead'")
    _notified = models.Index("(user_id, date_finished) WHERE notify")
    _about = models.Index("USING gin (res_ids jsonb_path_ops) WHERE res_ids IS NOT NULL")
    _identity = models.UniqueIndex(
        f"(task, identity_key) WHERE {IDENTITY_HELD}", "Another job holds this identity key."
    )

    def init(self):
        install(self.env.cr)

    @api.depends("task", "description")
    def _compute_display_name(self):
        for job in self:
            job.display_name = job.description or job.task

    @api.depends("params")
    def _compute_params_text(self):
        for job in self:
            job.params_text = json.dumps(job.params or {}, indent=2, ensure_ascii=False)

    @api.depends("result")
    def _compute_result_text(self):
        for job in self:
            done = job.state == "done"
            job.result_text = done and json.dumps(job.result, indent=2, ensure_ascii=False)

    @api.depends("history")
    def _compute_history_text(self):
        for job in self:
            job.history_text = "\n".join(
                f"{each['attempt']}. {each['started_at'] or ''} {each['seconds'] or 0} s"
                f" {each['worker'] or ''}: {each['error'] or ''}"
                for each in job.history or []
            )

    @api.depends("res_ids")
    def _compute_record_count(self):
        for job in self:
            job.record_count = len(job.res_ids or [])

    @api.depends("attachment_ids")
    def _compute_attachment_count(self):
        for job in self:
            job.attachment_count = len(job.attachment_ids)

    @api.depends("create_date", "eta", "date_started", "date_finished")
    def _compute_seconds_waiting(self):
        now = fields.Datetime.now()
        for job in self:
            since = max(filter(None, [job.create_date, job.eta]), default=now)
            until = job.date_started or job.date_finished or now
            job.seconds_waiting = max((until - since).total_seconds(), 0)

    @api.depends("progress_done", "progress_total", "state")
    def _compute_progress(self):
        for job in self:
            if job.state == "done":
                job.progress = 100
            elif job.progress_total:
                job.progress = min(100 * job.progress_done / job.progress_total, 100)
            else:
                job.progress = 0

    def action_cancel(self):
        """Cancel jobs that have not ended; a running one's result will be refused.

        For the user's own jobs, or a manager. Raises ``UserError`` when all have ended already.
        """
        self.check_access("read")
        if not self._change("job.cancel"):
            raise UserError(self.env._("There is nothing to cancel: the jobs have already ended."))
        return True

    def action_requeue(self):
        """Put dead and cancelled jobs back, with all their attempts before them again.

        What was cancelled only because of how they ended goes back with them, and waits.
        Raises ``AccessError`` unless the user is a manager, ``UserError`` when no job is dead or
        cancelled, ``ValidationError`` when another one holds its identity key by now.
        """
        self.check_access("read")
        if not self.env.su:
            self.env.user._celery_check_group("celery_bridge.group_manager")
        family = self._with_followers()
        family._check_identities()
        if not family._change("job.requeue"):
            raise UserError(self.env._("Only dead and cancelled jobs can be put back."))
        return True

    def action_open_records(self):
        """Open what the job is about; Odoo checks there what the user may see."""
        self.ensure_one()
        self.check_access("read")
        if not self.res_ids or self.res_model not in self.env:
            raise UserError(self.env._("This job is not about any records."))
        action = {
            "type": "ir.actions.act_window",
            "name": self.env["ir.model"]._get(self.res_model).name,
            "res_model": self.res_model,
            "view_mode": "list,form",
            "domain": [("id", "in", self.res_ids)],
        }
        if len(self.res_ids) == 1:
            action.update(view_mode="form", res_id=self.res_ids[0])
        return action

    @api.model
    def _refuse_deletion(self, column, named):
        """Raises ``UserError`` when a job names one of these records, as a foreign key would."""
        if self.sudo().search_count([(column, "in", named.ids)], limit=1):
            raise UserError(
                self.env._("There are Celery jobs of what is to be deleted. Archive it instead.")
            )

    def _with_followers(self):
        self.env.flush_all()
        self.env.cr.execute(statement("job.with_followers"), {"ids": self.ids})
        return self.browse(row[0] for row in self.env.cr.fetchall())

    def _check_identities(self):
        self.env.cr.execute(statement("job.identity_lost"), {"ids": self.ids})
        if lost := self.env.cr.fetchone():
            raise ValidationError(
                self.env._(
                    "Job %(uuid)s cannot be put back: another job holds its identity key %(key)s.",
                    uuid=lost[0],
                    key=lost[1],
                )
            )

    def _change(self, name, **values):
        """Run a statement on these jobs; it looks at each one's state under lock."""
        self.env.flush_all()
        self.env.cr.execute(statement(name), {"ids": self.ids, "uid": self.env.uid, **values})
        changed = self.browse(row[0] for row in self.env.cr.fetchall())
        self.invalidate_model()
        changed._tell_users()
        return changed
