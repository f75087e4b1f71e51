"""What the views of a job show besides its columns, and the buttons that belong to them."""

from collections import defaultdict
from contextlib import suppress
from urllib.parse import urljoin, urlsplit

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools.misc import format_datetime

from ..fabric.statements import statement


class CeleryJob(models.Model):
    _inherit = "celery.job"

    about = fields.Char(
        "Record",
        compute="_compute_about",
        search="_search_about",
        help="What the job is about. Search for model,id as in sale.order,7, or for a model.",
    )
    timeline = fields.Html(compute="_compute_timeline", sanitize=False)
    flower_url = fields.Char("Flower", compute="_compute_flower_url")

    @api.depends("res_model", "res_ids")
    @api.depends_context("uid", "lang")
    def _compute_about(self):
        names = self._names_of_records()
        for job in self:
            ids = job.res_ids or []
            first = ids and (names.get((job.res_model, ids[0])) or f"{job.res_model},{ids[0]}")
            if len(ids) > 1:
                first = self.env._("%(first)s and %(more)s more", first=first, more=len(ids) - 1)
            job.about = first or False

    def _names_of_records(self):
        """What the first records of these jobs are called, by model and id, as far as the user sees."""
        ids_by_model = defaultdict(set)
        for job in self.filtered("res_ids"):
            if isinstance(job.res_ids[0], int):
                ids_by_model[job.res_model].add(job.res_ids[0])
        names = {}
        for model, ids in ids_by_model.items():
            if model in self.env and not self.env[model]._abstract:
                with suppress(AccessError):
                    records = self.env[model].browse(ids).exists()._filtered_access("read")
                    names.update({(model, each.id): each.display_name for each in records})
        return names

    @api.model
    def _search_about(self, operator, value):
        """Jobs about ``model,id``, or about any record of models whose name has the text in it."""
        if operator not in ("=", "ilike") or not isinstance(value, str):
            return NotImplemented
        model, comma, record = value.partition(",")
        if not (comma and record.strip().isdigit()):
            return Domain("res_model", operator, value.strip())
        values = {"model": model.strip(), "id": f"[{int(record)}]"}
        self.env.cr.execute(statement("person.about_ids"), values)
        return Domain("id", "in", [row[0] for row in self.env.cr.fetchall()])

    @api.depends("state", "attempt", "history", "date_claimed", "date_started", "date_finished")
    @api.depends_context("lang", "tz")
    def _compute_timeline(self):
        for job in self:
            items = Markup("").join(
                Markup('<li class="o_celery_{kind}"><time>{at}</time> {text}</li>').format(
                    kind=kind, at=at and format_datetime(self.env, at, dt_format="medium") or "", text=text
                )
                for kind, at, text in job._events()
            )
            job.timeline = Markup('<ol class="o_celery_timeline">{}</ol>').format(items)

    def _events(self):
        """What happened to the job, in order: kind, when, words."""
        yield "past", self.create_date, self.env._("Enqueued by %s", self.user_id.display_name)
        if self.eta:
            yield "past", self.eta, self.env._("Not before this time")
        for each in self.history or []:
            text = self.env._(
                "Attempt %(attempt)s ended after %(seconds)s s on %(worker)s: %(error)s",
                attempt=each["attempt"],
                seconds=each["seconds"] or 0,
                worker=each["worker"] or self.env._("an unknown worker"),
                error=each["error"] or "",
            )
            yield "failed", fields.Datetime.to_datetime(each["started_at"]), text
        told = {each["attempt"] for each in self.history or []}
        if self.attempt and self.attempt not in told:
            if self.date_claimed:
                yield "past", self.date_claimed, self.env._("Attempt %s was claimed", self.attempt)
            if self.date_started:
                worker = self.worker or self.env._("a worker")
                yield "past", self.date_started, self.env._("It started on %s", worker)
        labels = dict(self._fields["state"]._description_selection(self.env))
        if self.date_finished:
            yield self.state, self.date_finished, labels[self.state]
        else:
            yield "now", None, self.env._("Now: %s", labels[self.state])

    @api.depends("uuid", "attempt")
    @api.depends_context("uid")
    def _compute_flower_url(self):
        """Flower's page of the last attempt; managers only, and only when the address is known."""
        base = self.env["ir.config_parameter"].sudo().get_param("celery_bridge.flower_url", "")
        known = urlsplit(base).scheme in ("http", "https") and self.env.user.has_group(
            "celery_bridge.group_manager"
        )
        for job in self:
            page = f"task/{job.uuid}.{job.attempt}"
            job.flower_url = known and job.attempt and urljoin(base.rstrip("/") + "/", page)

    def action_open_in_flower(self):
        """Open the last attempt in Flower. Raises ``UserError`` when there is no address of it."""
        self.ensure_one()
        self.check_access("read")
        if not self.flower_url:
            raise UserError(
                self.env._("The system parameter celery_bridge.flower_url says where Flower is.")
            )
        return {"type": "ir.actions.act_url", "url": self.flower_url, "target": "new"}

    def action_mark_done(self):
        """Take dead jobs as done, since their work was done another way.

        What was cancelled only because they had failed is put back, and goes on. They have no
        result. Raises ``AccessError`` unless the user is a manager, ``UserError`` when none is dead.
        """
        self.check_access("read")
        if not self.env.su:
            self.env.user._celery_check_group("celery_bridge.group_manager")
        followers = self.filtered(lambda job: job.state == "dead")._with_followers() - self
        followers._check_identities()
        note = self.env._("Marked as done by %s.", self.env.user.name)
        if not self._change("job.mark_done", note=note):
            raise UserError(self.env._("Only dead jobs can be marked as done."))
        followers._change("job.requeue")
        return True
