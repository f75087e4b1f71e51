"""Computing all prices of pricelists: jobs that share them out, and what such a job does before its end."""

import time
from hashlib import sha256

from odoo import api, fields, models

from ..fabric.days import Day
from ..fabric.statements import statement
from ..graph import group, job
from .celery_price import BEYOND

TASK = "pricing.recalculate"
WHOLE = "pricing.recalculated"
"""A job of this task depends on its parts, jobs that compute pricelists, and on nothing else."""
LONG = 60.0
"""Seconds that a job takes at most, where its pricelists have been computed before and it has several."""
GUESSED = 2.0
"""Seconds for a pricelist, as long as none has been computed."""


class CeleryPrice(models.Model):
    _inherit = "celery.price"

    _celery_ahead_methods = ("claim", "advance")

    @api.model
    def recalculate(  # noqa: PLR0913 - as one asks for it
        self, pricelist_ids=None, sample=20, dates=None, zone=None, notify=False
    ):
        """Compute all prices of pricelists in the background; answers the id of the job that tells of it.

        ``None``: every pricelist that the company may use; of none there is no job. With ``dates``, as
        ``"2026-11-27"``, the prices of these days instead of those of now, as they begin and end in the
        time zone ``zone``, or else the user's. Many are shared out between jobs of about a minute each,
        by what they took when they were computed last. Then the job waits for those, shows how far
        they are together, and cancelling it cancels them. While the same is under way there is no
        second run. ``notify`` is that of ``celery.job.enqueue``. Raises what that raises, and
        ``ValidationError`` for what is no day.
        """
        days = sorted({Day.asked(self.env, each).date.isoformat() for each in dates or ()})
        params = {"sample": sample, **({"dates": days} if days else {})}
        pricelists = self.env["product.pricelist"]
        if pricelist_ids is None:
            pricelists = pricelists.search([("company_id", "in", [False, self.env.company.id])])
        else:
            pricelists = pricelists.browse(dict.fromkeys(pricelist_ids))
        if not pricelists:
            return []
        company = self.env.company
        context = {"allowed_company_ids": company.ids, "tz": zone or self.env.tz.zone}
        key = _identity(pricelists, params, context)
        held = {"tasks": [TASK, WHOLE], "key": key}
        self.env.cr.execute(statement("job.holder"), held)
        if under_way := self.env.cr.fetchall():
            return [under_way[0][0]]
        shares = [
            {"pricelist_ids": share, **params} for share in self._shares(pricelists, len(days) or 1)
        ]
        options = {
            "identity_key": key,
            "identity": "until_done",
            "description": self.env._("Prices of %s pricelists", len(pricelists)),
            "notify": notify,
        }
        if len(shares) == 1:
            graph = job(TASK, shares[0], **options)
        else:
            parts = group(job(TASK, {**share, "part": True}) for share in shares)
            results = [{"$result": place} for place in range(len(shares))]
            graph = parts.then(job(WHOLE, {"parts": results}, **options))
        return graph.enqueue(self.with_context(**context).env)[-1:].ids

    def _shares(self, pricelists, times):
        """Ids of pricelists, in groups of about as many seconds when each is computed so many times."""
        runs = self.env["celery.price.run"].sudo().search([
            ("company_id", "=", self.env.company.id), ("seconds", ">", 0)
        ], order="date DESC NULLS LAST")
        cost = {run.pricelist_id.id: run.seconds for run in runs}
        usual = sum(cost.values()) / len(cost) if cost else GUESSED
        shares, left = [], 0.0
        for pricelist in pricelists.ids:
            seconds = cost.get(pricelist, usual) * times
            if not shares or seconds > left:
                shares.append([])
                left = LONG
            shares[-1].append(pricelist)
            left -= seconds
        return shares

    @api.model
    def claim(self, pricelist_ids, job, day=None):
        """A job takes pricelists, all prices of which it is going to compute; what it did it keeps.

        Prices of now, or of a ``day`` as ``store_prices`` takes it.
        Answers ``[[pricelist_id, done_to], …]``: it goes on behind the product ``done_to``; those that
        are ``None`` it has done. What is gone, or what the user may not change, is not in the answer.
        Whoever had them before gets ``taken`` for an answer from now on.
        """
        pricelists = self.env["product.pricelist"].browse(pricelist_ids).exists()
        pricelists = pricelists._filtered_access("read")._filtered_access("write")
        self.env.flush_all()
        values = {
            "company": self.env.company.id,
            "pricelists": pricelists.ids,
            **Day.told(day).key,
            "user": self.env.uid,
            "job": job,
        }
        self.env.cr.execute(statement("price.claim"), values)
        self.env.cr.execute(statement("price.claimed"), values)
        self.env["celery.price.run"].invalidate_model()
        return [list(row) for row in self.env.cr.fetchall()]

    @api.model
    def advance(  # noqa: PLR0913 - as a worker sends them
        self, pricelist_id, job, after, to, columns, valid_until=None, seconds=0.0, day=None
    ):
        """The prices of the products above ``after``, up to ``to``; with ``to`` false, of all others.

        ``columns`` are the three texts of ``store_columns``. Until the last of them nobody reads the
        pricelist back; then all its prices are in the table, as they were when the job claimed it.
        Answers as ``store_prices``, with ``changed`` when something changed since; ``{"taken": True}``
        when another job claimed the pricelist; ``{"done": True}`` when this was done before. Raises
        what ``store_prices`` does.
        """
        start = time.monotonic()
        pricelist, day = self._pricelist(pricelist_id, "write"), Day.told(day)
        self.env.flush_all()
        run = {
            **self._key(pricelist, day),
            "job": job,
            "after": after,
            "to": to or BEYOND,
            "valid_until": valid_until or None,
        }
        self.env.cr.execute(statement("price.advance"), run)
        if not self.env.cr.rowcount:
            self.env.cr.execute(statement("price.is_of"), run)
            return {"done" if self.env.cr.fetchone()[0] else "taken": True}
        answer = self._store(pricelist, *columns, day, whole=(after, to or BEYOND))
        if not to:
            seconds += time.monotonic() - start
            self.env.cr.execute(statement("price.finish"), {**run, "seconds": seconds})
            answer["changed"], valid_until = self.env.cr.fetchone()
            self._settled(fields.Datetime.to_string(valid_until))
            if answer["changed"]:
                self.env["celery.price.mark"]._refresh_soon(self.env.company.id, self.env.uid)
        self.env["celery.price.run"].invalidate_model()
        return answer

    @api.autovacuum
    def _collect(self):
        self.env.cr.execute(statement("price.collect_runs"))
        self.env.cr.execute(statement("price.collect"))
        self.env.cr.execute(statement("price.forget_marks"))


def _identity(pricelists, params, context):
    """Of jobs that compute the same: days of another time zone are others."""
    company = context["allowed_company_ids"][0]
    days = [params["dates"], context["tz"]] if "dates" in params else []
    what = [sorted(pricelists.ids), *days]
    return f"pricing.{company}.{sha256(repr(what).encode()).hexdigest()[:32]}"
