"""A job that sums up others: the one line that tells of work which several jobs share."""

from collections import defaultdict

from odoo import api, fields, models

from ..fabric.states import FINAL
from ..fabric.statements import statement
from .celery_price_whole import WHOLE


class CeleryJob(models.Model):
    _inherit = "celery.job"

    progress_shown = fields.Char("Progress Note", compute="_compute_progress")

    @api.depends("progress_text", "task")
    def _compute_progress(self):
        """That of a whole is what its parts have done together."""
        computed = super()._compute_progress()
        for job in self:
            job.progress_shown = job.progress_text
        unfinished = self.filtered(lambda job: job.task == WHOLE and job.state not in FINAL)
        for whole, parts in unfinished._parts_by_whole().items():
            sizes = [len(part.params["pricelist_ids"]) for part in parts]
            done = [size * part.progress / 100 for size, part in zip(sizes, parts, strict=True)]
            whole.progress = 100 * sum(done) / sum(sizes)
            whole.progress_shown = self.env._(
                "%(done)s of %(all)s pricelists", done=sum(map(int, done)), all=sum(sizes)
            )
        return computed

    def action_cancel(self):
        """A whole takes its parts along."""
        return super(CeleryJob, self | self._parts()).action_cancel()

    def action_requeue(self):
        """With a whole, those of its parts go back that are dead or cancelled."""
        return super(CeleryJob, self | self._parts()).action_requeue()

    def _parts(self):
        wholes = self.filtered(lambda job: job.task == WHOLE)
        return self.browse().union(*wholes._parts_by_whole().values())

    def _parts_by_whole(self):
        if not self:
            return {}
        self.env.cr.execute(statement("job.parts"), {"ids": self.ids})
        found = defaultdict(list)
        for whole, part in self.env.cr.fetchall():
            found[self.browse(whole)].append(part)
        return {whole: self.browse(parts) for whole, parts in found.items()}
