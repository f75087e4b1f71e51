import json
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fabric.gateway import ask

MOST = 100
STATES = [
    ("pending", "Pending"),
    ("scheduled", "Scheduled"),
    ("enqueued", "Enqueued"),
    ("started", "Started"),
    ("done", "Done"),
    ("dead", "Dead"),
    ("cancelled", "Cancelled"),
]
PERIODS = {"1": timedelta(hours=1), "24": timedelta(days=1), "168": timedelta(days=7)}


class CeleryDeliverySearch(models.TransientModel):
    """What webhooks brought, as the gateway's ledger knows it: nothing of it is kept in Odoo."""

    _name = "celery.delivery.search"
    _description = "Celery Deliveries"
    _rec_name = "grep"

    source = fields.Char(help="The source's name; empty: all.")
    state = fields.Selection(STATES)
    period = fields.Selection(
        [("1", "Last Hour"), ("24", "Last Day"), ("168", "Last 7 Days")], "Received", default="24"
    )
    grep = fields.Char(
        "Text", help="In the error, the event id, the ordering key, the correlation id or the body."
    )
    problem = fields.Char(readonly=True)
    line_ids = fields.One2many("celery.delivery", "search_id", readonly=True)
    cut = fields.Boolean(compute="_compute_cut")

    @api.depends("line_ids")
    def _compute_cut(self):
        for search in self:
            search.cut = len(search.line_ids) >= MOST

    @api.model
    def action_open(self):
        """A new search, with its answer."""
        search = self.create({})
        search._find()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deliveries"),
            "res_model": self._name,
            "res_id": search.id,
            "view_mode": "form",
        }

    def action_find(self):
        """Ask the gateway again."""
        self.ensure_one()
        self._find()
        return True

    def action_replay(self):
        """Replay all that the conditions mean, dead ones unless a state is chosen."""
        return self._change("replay", self._asked())

    def action_discard(self):
        """Discard all that the conditions mean, dead ones unless a state is chosen."""
        return self._change("discard", self._asked())

    def _asked(self):
        self.ensure_one()
        asked = {
            "sources": [self.source] if self.source else [],
            "states": [self.state] if self.state else [],
            "grep": self.grep or "",
        }
        if self.period:
            asked["since"] = (datetime.now(UTC) - PERIODS[self.period]).isoformat()
        return asked

    def _find(self):
        self.problem = False
        try:
            found = ask(self.env, "list", {**self._asked(), "limit": MOST})["deliveries"]
        except UserError as error:
            self.problem = str(error)
            found = []
        # A line that stays keeps its id: somebody may just be opening it.
        known = {line.uuid: line for line in self.line_ids}
        for delivery in found:
            values = self._line(delivery)
            if line := known.pop(values["uuid"], None):
                line.write(values)
            else:
                self.env["celery.delivery"].create({"search_id": self.id, **values})
        self.line_ids.filtered(lambda line: line.uuid in known).unlink()

    @api.model
    def _line(self, delivery):
        received = datetime.fromisoformat(delivery["received_at"]).astimezone(UTC)
        outcome = delivery["outcome"] and json.dumps(delivery["outcome"], ensure_ascii=False)
        return {
            "uuid": delivery["uuid"],
            "source": delivery["source"],
            "event": delivery["event_id"],
            "state": delivery["state"],
            "received": received.replace(tzinfo=None, microsecond=0),
            "attempts": f"{delivery['attempt']} / {delivery['max_attempts']}",
            "result": delivery["error"] or outcome or "",
        }

    def _change(self, verb, asked):
        """Have it done and look again. Raises ``UserError`` when there was nothing to do."""
        if verb == "discard":
            asked = {**asked, "reason": self.env._("Discarded in Odoo by %s.", self.env.user.name)}
        changed = len(ask(self.env, verb, asked)["uuids"])
        if not changed:
            raise UserError(
                self.env._(
                    "There is nothing to do: only what has ended is replayed, and only what no worker has is discarded."
                )
            )
        self._find()
        told = (
            self.env._("Deliveries that are done anew: %s", changed)
            if verb == "replay"
            else self.env._("Deliveries that were discarded: %s", changed)
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": told,
                "type": "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


class CeleryDelivery(models.TransientModel):
    """One line of what the gateway answered; its headers and body are asked for when they are looked at."""

    _name = "celery.delivery"
    _description = "Celery Delivery"
    _order = "uuid desc"  # by time, as in the ledger
    _rec_name = "event"

    search_id = fields.Many2one("celery.delivery.search", required=True, ondelete="cascade")
    uuid = fields.Char("Delivery", readonly=True)
    source = fields.Char(readonly=True)
    event = fields.Char(readonly=True)
    state = fields.Selection(STATES, readonly=True)
    received = fields.Datetime(readonly=True)
    attempts = fields.Char(readonly=True)
    result = fields.Text("Error or Outcome", readonly=True)
    details = fields.Text(compute="_compute_raw")
    headers = fields.Text(compute="_compute_raw")
    body = fields.Text(compute="_compute_raw")
    traceback = fields.Text(compute="_compute_raw")

    def _compute_raw(self):
        for line in self:
            shown = ask(self.env, line.uuid)
            line.body = shown.pop("body")
            line.traceback = shown.pop("traceback")
            line.headers = "\n".join(f"{name}: {value}" for name, value in shown.pop("headers").items())
            line.details = json.dumps(shown, indent=2, ensure_ascii=False)

    def action_show(self):
        """Open it, with its raw body and the headers that are kept."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Delivery %s", self.event),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_replay(self):
        """Do it anew, with the mapping as it is by now."""
        return self.search_id._change("replay", {"uuids": self.mapped("uuid")})

    def action_discard(self):
        """Never do it; it may still be replayed."""
        return self.search_id._change("discard", {"uuids": self.mapped("uuid")})
