from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.celery_bridge.exceptions import RetryLater


class TestCeleryThing(models.Model):
    _name = "test.celery.thing"
    _description = "Thing of a Test"

    name = fields.Char()
    count = fields.Integer()
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    seen = fields.Json()

    def add(self, amount, times=1):
        """A public method that changes the records."""
        for thing in self:
            thing.count += amount * times
        return self

    def look(self, *args, **kwargs):
        """Keep as whom it runs, and what it was given."""
        env = self.env
        for thing in self:
            thing.seen = {
                "user": env.uid,
                "su": env.su,
                "company": env.company.id,
                "companies": env.companies.ids,
                "lang": env.lang,
                "tz": env.context.get("tz"),
                "keys": {name: env.context[name] for name in ("tracking_disable", "secret") if name in env.context},
                "args": [repr(each) for each in args],
                "kwargs": {name: repr(value) for name, value in kwargs.items()},
            }

    def refuse(self):
        """A method that Odoo's user is told no by."""
        raise UserError(self.env._("This thing does not want to."))

    def not_yet(self):
        """A method that wants to be called later."""
        self.count = 99
        raise RetryLater("The carrier is asleep.", seconds=120)

    def pass_on(self):
        """A job that enqueues another."""
        return self.with_celery().add(100)

    def confirm(self):
        """What an addon does: change, enqueue, publish."""
        self.count = 1
        self.with_celery(priority=5).add(2)
        self.env["celery.event"].publish("thing.confirmed", {"count": self.count}, record=self)

    @api.model
    def make(self, name):
        """A method of the model, not of records."""
        return self.create({"name": name})

    @api.private
    def hidden(self):
        """Not for RPC, and so not for jobs."""

    def _hidden(self):
        """Neither is this one."""
