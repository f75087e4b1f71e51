"""Reading for a job, with the rights of the user who enqueued it."""

import json

from odoo import api, models
from odoo.exceptions import AccessError

from ..fabric.calls import call_public
from ..fabric.columns import page_as_json
from ..fabric.guarded import model_to_read
from ..fabric.subject import (
    NotInFlight,
    acting_as,
    acting_for_source,
    for_an_attempt,
    is_in_flight,
    on_behalf,
    source_named,
)

READ_METHODS = frozenset({
    "search",
    "search_count",
    "search_read",
    "read",
    "read_group",
    "formatted_read_group",
    "fields_get",
    "name_search",
    "default_get",
    "has_access",
    "get_external_id",
})


class CeleryJob(models.Model):
    _inherit = "celery.job"

    @api.model
    @for_an_attempt
    def fabric_read_as(self, request):
        """Call a read method as the subject's user.

        Answers ``in_flight`` false, and no result, when the job is not in flight with this attempt.
        Raises ``AccessError`` when the user is archived, when the method only reads by its name,
        and whenever Odoo does.
        """
        self._check_service()
        call = json.loads(request)
        env = self._acting_for(call["subject"])
        model = model_to_read(env, call["model"])
        if call["method"] not in READ_METHODS.union(getattr(model, "_celery_read_methods", ())):
            name = f"{call['model']}.{call['method']}"
            raise AccessError(self.env._("%s is not a method that only reads.", name))
        args, kwargs = call.get("args") or [], call.get("kwargs") or {}
        with on_behalf(model.env):
            return json.dumps({"result": call_public(model, call["method"], args, kwargs)})

    @api.model
    @for_an_attempt
    def fabric_read_page(self, request):
        """A page of records with an id above ``after``, in the order of their ids, as columns.

        Reads as ``fabric_read_as`` does, and raises as it does.
        """
        self._check_service()
        asked = json.loads(request)
        env = self._acting_for(asked["subject"])
        model = model_to_read(env, asked["model"])
        names = list(dict.fromkeys(["id", *asked["fields"]]))
        domain = [("id", ">", asked["after"]), *asked["domain"]]
        with on_behalf(model.env):
            columns, more = page_as_json(model, domain, names, asked["limit"])
        types = {name: model._fields[name].type for name in names}
        # The columns are JSON already: to parse them here would cost more than to read them.
        return f'{{"types": {json.dumps(types)}, "more": {json.dumps(more)}, "columns": {columns}}}'

    def _acting_for(self, subject):
        if "source" in subject:
            return acting_for_source(self.env, source_named(self.env, subject["source"]))
        job = self._required_in_flight(subject)
        return acting_as(self.env, job["user_id"], job["context"])

    def _required_in_flight(self, subject):
        """The job of an attempt, as a dict. Raises ``NotInFlight``."""
        self.env.flush_all()
        job = self._job_in_flight(subject)
        if not job:
            raise NotInFlight
        return job

    def _job_in_flight(self, subject):
        """The job, or ``None``. Locked only if it looked as if it were not, see ``_jobs_locked``."""
        for look in (self._jobs_by_uuid, self._jobs_locked):
            job = look([subject["uuid"]]).get(subject["uuid"])
            if is_in_flight(job, subject):
                return job
        return None
