from typing import Any

from odoo import api, models

from ..fabric.call_later import TASK, CallLater, call_options


class Base(models.AbstractModel):
    _inherit = "base"

    @api.private
    def with_celery(self, **options: Any) -> CallLater:
        """These records, with methods that a job calls later instead of now.

            job = orders.with_celery(priority=5, identity_key="nightly").action_confirm()

        Any public method of any model; the call answers its ``celery.job``. The job has the user, the
        language, the time zone and the companies of the environment, and the context keys that
        ``_celery_context_keys`` names; ``sudo()`` it has not. Arguments are JSON, recordsets, dates
        and naive datetimes; what the method returns is dropped.

        Options are those of ``celery.job.enqueue``: ``priority``, ``queue``, ``eta``, ``max_attempts``,
        ``description``, ``identity_key`` and ``identity``, ``concurrency_key`` and
        ``concurrency_limit``, ``depends_on``, ``on_failure_of``, ``records``, ``notify``. An identity
        key is that of the method of this model: another method may have the same.

        Raises ``TypeError`` for an unknown option, and when the method is called: ``AccessError`` for
        a private method, for a model that is out of reach of jobs (``fabric/guarded.py``) and for a
        user who may not enqueue, ``ValidationError`` for an unknown method, an argument that is none
        of the above, records that are not saved, and params over the limit.
        """
        jobs = self.env["celery.job"]
        jobs._check_options(options)

        def enqueue(params):
            return jobs.enqueue(TASK, params, **call_options(self, params, options))

        return CallLater(self, enqueue)

    @api.model
    def _celery_context_keys(self) -> frozenset[str]:
        """Names of the context keys that ``with_celery`` takes along, for a model to extend.

        Their values must be such as arguments may be. Not the language, the time zone and the
        companies: those every job has.
        """
        return frozenset({
            "active_test",
            "mail_auto_subscribe_no_notify",
            "mail_create_nolog",
            "mail_create_nosubscribe",
            "mail_notrack",
            "tracking_disable",
        })
