"""What the menu bar knows of a person's jobs, and how it learns that there is news.

The bus says only *that* something has changed, at most once a second for each user and Odoo process:
ten thousand jobs of one user cost the write-back a message a second. Who hears it looks at once, and
again when that second is over (``static/src/jobs/jobs_service.js``), so nothing is missed.
"""

from functools import partial

from odoo import api, fields, models

from ..fabric.statements import statement
from ..fabric.throttle import Throttle

MOST = 100
"""What is counted of one's jobs; beyond that there are "100+"."""
SHOWN = 8
NEWS = "celery_bridge.jobs"
"""The type of the bus message, which has no content."""
TOLD = Throttle(1.0)


class CeleryJob(models.Model):
    _inherit = "celery.job"

    @api.model
    def my_jobs(self, since=False):
        """What the current user waits for, and what has ended that they want to be told of.

        ``since`` is the ``now`` of an earlier answer. Jobs that ended up to a minute before it are
        told again, for their transactions may have committed after it; ``id`` and ``ended`` tell
        them apart. Answers a dict of ``now``, ``count`` (at most 100), ``jobs`` (the first 8) and
        ``ended`` (the last 100).
        """
        [now] = self._person("now")
        unfinished = self._mine("unfinished").sorted("id")
        ended = self._mine("ended", since=fields.Datetime.to_datetime(since)) if since else self.browse()
        return {
            "now": now,
            "count": min(len(unfinished), MOST),
            "jobs": [job._shown() for job in unfinished[:SHOWN]],
            "ended": [{**job._shown(), **job._told()} for job in ended],
        }

    @api.model
    def about_record(self, model, record):
        """How many jobs are about a record, as ``[all, not yet ended]``, both at most 101.

        Those of the user, for a manager everybody's, in the companies chosen.
        """
        values = {
            "model": str(model),
            "id": f"[{int(record)}]",
            "uid": self.env.uid,
            "all": self.env.user.has_group("celery_bridge.group_manager"),
            "companies": self.env.companies.ids,
            "most": MOST,
        }
        self.env.cr.execute(statement("person.about"), values)
        return list(self.env.cr.fetchone())

    def _mine(self, name, **values):
        jobs = self.browse(self._person(name, uid=self.env.uid, most=MOST, **values))
        return jobs._filtered_access("read")

    def _person(self, name, **values):
        self.env.flush_all()
        self.env.cr.execute(statement(f"person.{name}"), values)
        return [row[0] for row in self.env.cr.fetchall()]

    def _shown(self):
        return {
            "id": self.id,
            "name": self.display_name,
            "state": self.state,
            "progress": round(self.progress),
            "text": self.progress_shown or "",
        }

    def _told(self):
        return {
            "ended": str(self.date_finished),
            "error": (self.error or "")[:300],
            "files": [{"id": file.id, "name": file.name} for file in self.attachment_ids],
            "records": len(self.res_ids or []),
        }

    @api.model
    def _tell(self, user_ids):
        """Let users know that there is news of their jobs, once this transaction has committed."""
        said = self.env.cr.precommit.data.setdefault(NEWS, set())
        due = {
            user_id
            for user_id in set(user_ids) - said
            if TOLD.free((self.env.cr.dbname, user_id))
        }
        if not due:
            return
        said |= due
        # Without those who are gone or archived, who see nothing anyway.
        for user in self.env["res.users"].sudo().search([("id", "in", list(due))]):
            user._bus_send(NEWS, {})
        for user_id in due:
            self.env.cr.postcommit.add(partial(TOLD.note, (self.env.cr.dbname, user_id)))

    def _tell_users(self):
        """``_tell`` whose jobs these are."""
        self._tell(self.sudo().mapped("user_id").ids)
