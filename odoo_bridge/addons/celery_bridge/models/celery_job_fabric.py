"""The protocol's first calls: who speaks to whom, which tasks there are, claiming over RPC.

Specification: docs/reference/protocol.md of the fabric.
"""

import json

from psycopg2.errors import SerializationFailure

import odoo.release
from odoo import api, models
from odoo.exceptions import AccessError
from odoo.modules.module import get_manifest

from ..fabric.statements import statement

PROTOCOL = 1
NEW_SNAPSHOTS = 5
"""Times that a call which has done nothing yet begins anew by itself."""


class CeleryJob(models.Model):
    _inherit = "celery.job"
    _service_methods: dict[str, str] = {}
    """What an addon adds to the protocol, and why; each of these methods must call ``_check_service``."""

    @api.model
    def fabric_hello(self, _request="{}"):
        """Versions of the protocol, of the addon and of Odoo, and which database this is."""
        self._check_service()
        return json.dumps({
            "protocol": PROTOCOL,
            "addon": get_manifest("celery_bridge")["version"],
            "odoo": odoo.release.serie,
            "database": self.env.cr.dbname,
            "database_uuid": self.env["ir.config_parameter"].sudo().get_param("database.uuid"),
        })

    @api.model
    def fabric_register_tasks(self, request):
        """Make a worker's tasks known to Odoo."""
        self._check_service()
        tasks = json.loads(request)["tasks"]
        return json.dumps({"registered": self.env["celery.task"].sudo()._upsert(tasks)})

    @api.model
    def fabric_claim(self, request):
        """Claim jobs over RPC, for a relay that cannot reach the database."""
        self._check_service()
        self.env.flush_all()
        self.env.cr.execute(statement("job.claim"), {"limit": json.loads(request)["limit"]})
        self.invalidate_model()
        return json.dumps({"jobs": self.env.cr.dictfetchall()})

    @api.model
    def fabric_in_flight(self, _request="{}"):
        """What is in flight, and for how many seconds: what a relay looks for orphans in."""
        self._check_service()
        self.env.flush_all()
        self.env.cr.execute(statement("job.in_flight"))
        return json.dumps({"jobs": self.env.cr.dictfetchall()})

    @api.model
    def fabric_rescue(self, request):
        """Put orphans back, those that are still in flight with exactly the attempt named."""
        self._check_service()
        self.env.flush_all()
        request = json.loads(request)
        subjects = request["subjects"]
        values = {
            "uuids": [subject["uuid"] for subject in subjects],
            "attempts": [subject["attempt"] for subject in subjects],
            "begun": request.get("begun", True),
        }
        self.env.cr.execute(statement("job.rescue"), values)
        self.invalidate_model()
        return json.dumps({"jobs": self.env.cr.dictfetchall()})

    def _check_service(self):
        """Raises ``AccessError`` unless the caller is the service account."""
        if not self.env.user.has_group("celery_bridge.group_service"):
            raise AccessError(self.env._("Only the service account of the fabric may call this."))

    def _jobs_by_uuid(self, uuids):
        """What the fence needs to know of some jobs, as dicts by UUID."""
        return self._jobs_of("job.read", uuids)

    def _jobs_locked(self, uuids):
        """The same, locked. Nothing may have been written before: the transaction may begin anew.

        Somebody else may be about to change a job: a claim, whose commit a broker may outrun. This
        waits for that, and then PostgreSQL asks for a new snapshot (REPEATABLE READ). To leave it
        to Odoo (``odoo.service.model.retrying``) would keep a worker of it asleep for up to 2 s.
        """
        for _again in range(NEW_SNAPSHOTS):
            try:
                return self._jobs_of("job.lock", uuids)
            except SerializationFailure:
                self.env.cr.rollback()
        return self._jobs_of("job.lock", uuids)

    def _jobs_of(self, name, uuids):
        self.env.cr.execute(statement(name), {"uuids": list(uuids)}, log_exceptions=False)
        return {row["uuid"]: row for row in self.env.cr.dictfetchall()}
