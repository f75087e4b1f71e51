import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fabric.field_kinds import ReadableJson
from ..fabric.statements import statement


class CeleryTask(models.Model):
    """A task that a worker has registered. Written by workers only."""

    _name = "celery.task"
    _description = "Celery Task"
    _order = "name"

    name = fields.Char(required=True, readonly=True)
    queue = fields.Char(required=True, readonly=True)
    schema = ReadableJson(readonly=True, help="JSON Schema of the task's params.")
    schema_text = fields.Text(string="Params", compute="_compute_schema_text")
    max_attempts = fields.Integer(default=1, required=True, readonly=True)
    description = fields.Char(readonly=True)
    last_seen = fields.Datetime(readonly=True, help="When a worker last registered it.")

    _name_unique = models.Constraint("UNIQUE (name)", "There already is a task of this name.")

    @api.depends("schema")
    def _compute_schema_text(self):
        for task in self:
            task.schema_text = json.dumps(task.schema or {}, indent=2, ensure_ascii=False)

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
        """Insert or update tasks by name, and the queues that they run in."""
        rows = [
            {
                "name": task["name"],
                "queue": task.get("queue") or "default",
                "schema": task.get("schema") or {},
                "max_attempts": task.get("max_attempts") or 1,
                "description": task.get("description") or "",
            }
            for task in tasks
        ]
        self.env.flush_all()
        values = {"tasks": json.dumps(rows), "uid": self.env.uid}
        self.env.cr.execute(statement("task.register"), values)
        names = sorted({row["queue"] for row in rows})
        self.env.cr.execute(statement("task.add_queues"), {"names": names, "uid": self.env.uid})
        self.env.invalidate_all()
        return len(rows)
