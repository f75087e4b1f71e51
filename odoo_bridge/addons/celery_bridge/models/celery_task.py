import json

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, ValidationError

from ..fabric.call_later import TASK
from ..fabric.events import check_pattern
from ..fabric.field_kinds import ReadableJson
from ..fabric.statements import statement
from ..fabric.task_form import properties


class CeleryTask(models.Model):
    """A task that a worker has registered. Written by workers, but for who may start it."""

    _name = "celery.task"
    _description = "Celery Task"
    _order = "name"

    name = fields.Char(required=True, readonly=True)
    queue = fields.Char(required=True, readonly=True)
    schema = ReadableJson(readonly=True, help="JSON Schema of the task's params.")
    param_names = ReadableJson(readonly=True, help="In their order: jsonb keeps none of a schema's.")
    schema_text = fields.Text(string="Params", compute="_compute_schema_text")
    max_attempts = fields.Integer(default=1, required=True, readonly=True)
    description = fields.Char(readonly=True)
    notify = fields.Boolean(readonly=True, help="Tell the user when it has ended.")
    last_seen = fields.Datetime(readonly=True, help="When a worker last registered it.")
    params_form = fields.PropertiesDefinition(compute="_compute_params_form", readonly=True)
    subscription_ids = fields.One2many("celery.event.subscription", "task_id", "Events")
    group_ids = fields.Many2many(
        "res.groups",
        string="May Be Started By",
        # Else to delete a group would open its tasks to everybody.
        ondelete="restrict",
        help="Empty: every employee. Portal and public users only where one of their groups stands here.",
    )

    _name_unique = models.Constraint("UNIQUE (name)", "There already is a task of this name.")

    @api.depends("schema")
    def _compute_schema_text(self):
        for task in self:
            task.schema_text = json.dumps(task.schema or {}, indent=2, ensure_ascii=False)

    @api.depends("schema", "param_names")
    def _compute_params_form(self):
        for task in self:
            task.params_form = properties(task._form_schema())

    def _form_schema(self):
        """The schema with the params in the order that the worker gave them."""
        schema = dict(self.schema or {})
        params = schema.get("properties", {})
        names = [name for name in self.param_names or () if name in params]
        return {**schema, "properties": {name: self._form_part(params[name]) for name in names or params}}

    def _form_part(self, part):
        """Ids of a model that this Odoo lacks are typed."""
        lacks = "records" in part and part["records"] not in self.env
        return {name: value for name, value in part.items() if name != "records"} if lacks else part

    def init(self):
        """``records.call`` is known before any worker is: whoever uses ``with_celery`` may begin with it."""
        self.env.cr.execute(statement("task.add_builtin"), {"name": TASK})

    def action_start(self):
        """The form that starts a job of this task."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "celery.task.start",
            "view_mode": "form",
            "target": "new",
            "context": {"default_task_id": self.id},
        }

    def write(self, values):
        """For managers, who may start it; anything else is the workers'. Raises ``AccessError``."""
        if not self.env.su and (others := set(values) - {"group_ids", "subscription_ids"}):
            raise AccessError(
                self.env._("Workers say what a task is: %s cannot be changed here.", ", ".join(sorted(others)))
            )
        if "group_ids" in values:
            self.env.registry.clear_cache()
        return super().write(values)

    @tools.ormcache("self.id")
    def _starters(self):
        """Ids of the groups that may start it; none: every employee."""
        return tuple(self.sudo().group_ids.ids)

    def _check_may_start(self):
        """Raises ``AccessError`` unless the user may enqueue this task. Superuser may all of them."""
        if self.env.su:
            return
        user = self.env.user
        starters = self._starters()
        if not starters:
            user._celery_check_group("celery_bridge.group_user")
        elif set(starters).isdisjoint(user._get_group_ids()):
            groups = self.env["res.groups"].sudo().browse(starters)
            raise AccessError(
                self.env._(
                    "The task %(task)s may be started by these groups only: %(groups)s.",
                    task=self.sudo().name,
                    groups=", ".join(groups.mapped("display_name")),
                )
            )

    @api.model
    def _named(self, name):
        """The task of this name. Raises ``ValidationError`` with the names that there are.

        Looked up once a transaction, whose view of the table does not change.
        """
        ids = self.env.cr.cache.setdefault("celery_task_ids", {})
        if name in ids:
            return self.browse(ids[name])
        if task := self.search([("name", "=", name)]):
            ids[name] = task.id
            return task
        known = self.search([]).mapped("name")  # pylint: disable=no-search-all; tasks are few
        if not known:
            raise ValidationError(
                self.env._("There is no task %s: no worker has registered any task yet.", name)
            )
        raise ValidationError(
            self.env._(
                "There is no task %(name)s. Known tasks: %(known)s.",
                name=name,
                known=", ".join(known),
            )
        )

    @api.model
    def _upsert(self, tasks):
        """Insert or update tasks by name, their subscriptions, and the queues that they run in."""
        rows = [
            {
                "name": task["name"],
                "queue": task.get("queue") or "default",
                "schema": task.get("schema") or {},
                "max_attempts": task.get("max_attempts") or 1,
                "description": task.get("description") or "",
                "param_names": list((task.get("schema") or {}).get("properties", {})),
                "events": task.get("events") or [],
                "notify": bool(task.get("notify")),
            }
            for task in tasks
        ]
        self.env.flush_all()
        values = {"tasks": json.dumps(rows), "uid": self.env.uid}
        self.env.cr.execute(statement("task.register"), values)
        self._subscribe(rows)
        names = sorted({row["queue"] for row in rows})
        self.env.cr.execute(statement("task.add_queues"), {"names": names, "uid": self.env.uid})
        self.env.invalidate_all()
        return len(rows)

    @api.model
    def _subscribe(self, tasks):
        """Let the subscriptions that tasks' workers declare be those of these tasks."""
        for task in tasks:
            for event in task["events"]:
                check_pattern(self.env, event)
        values = {"tasks": json.dumps(tasks), "uid": self.env.uid}
        changes = 0
        for name in ("task.subscribe", "task.unsubscribe"):
            self.env.cr.execute(statement(name), values)
            changes += self.env.cr.rowcount
        if changes:
            self.env.registry.clear_cache()
