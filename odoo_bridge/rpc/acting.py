"""An odoorpc environment that acts as the user of one job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.request import OpenerDirector

import odoorpc
from odoorpc.env import Environment
from odoorpc.models import Model

from odoo_bridge.job import Envelope, Json, Origin
from odoo_bridge.rpc.addon import Addon
from odoo_bridge.rpc.bulk import Bulk
from odoo_bridge.rpc.queue_job import QueueJob
from odoo_bridge.rpc.webhook import OutboundWebhook


def subject_of(envelope: Envelope) -> Json:
    """On whose behalf a call of the addon happens (docs/reference/protocol.md)."""
    if envelope.origin is Origin.LEDGER:
        return {"source": envelope.params["source"], "key": envelope.params["event_id"]}
    return {"uuid": envelope.uuid, "attempt": envelope.attempt}


# odoorpc would build one for each job, which takes longer than a short job; none of it is used.
_OPENER = OpenerDirector()


class _ActingEnvironment(Environment):  # type: ignore[misc]
    """odoorpc's environment, without asking for all fields of a model before its first use.

    For ``sale.order`` that answer alone takes Odoo a quarter of a second, and a job that reads
    with ``search_read`` needs none of it.
    """

    @property
    def bulk(self) -> Bulk:
        """The addon's calls for much at once, as the same user."""
        bulk: Bulk = self._odoo.bulk
        return bulk

    @property
    def queue_job(self) -> QueueJob:
        """The job of OCA's queue_job that this one is about (``celery_bridge_queue_job``)."""
        found: QueueJob = self._odoo.queue_job
        return found

    @property
    def webhook(self) -> OutboundWebhook:
        """What this job is to send to a subscriber."""
        found: OutboundWebhook = self._odoo.webhook
        return found

    def _create_model_class(self, model: str) -> type[Model]:
        attributes = {"_env": self, "_odoo": self._odoo, "_name": model, "_columns": {}}
        return type(model.replace(".", "_"), (Model,), attributes)


class _ActingClient(odoorpc.ODOO):  # type: ignore[misc]
    """odoorpc, each call of which is made by the addon for the subject."""

    def __init__(
        self,
        addon: Addon,
        envelope: Envelope,
        pages: Callable[[], Addon],
        long: Callable[[], Addon],
    ) -> None:
        super().__init__(host="unused", version=addon.client.version, opener=_OPENER)
        self._addon = addon
        self._pages = pages
        self._long = long
        self._subject = subject_of(envelope)
        self.acting = _ActingEnvironment(
            self, addon.client.env.db, envelope.user_id, context=envelope.context
        )

    @property
    def bulk(self) -> Bulk:
        return Bulk(self._pages(), self._subject)

    @property
    def queue_job(self) -> QueueJob:
        return QueueJob(self._long(), self._subject)

    @property
    def webhook(self) -> OutboundWebhook:
        return OutboundWebhook(self._addon, self._subject)

    def execute_kw(
        self, model: str, method: str, args: list[Any] | None = None, kwargs: Json | None = None
    ) -> Any:
        return self._addon.read_as(self._subject, model, method, args or [], kwargs or {})

    def execute(self, model: str, method: str, *args: Any) -> Any:
        return self.execute_kw(model, method, list(args))


def environment(
    addon: Addon,
    envelope: Envelope,
    pages: Callable[[], Addon] | None = None,
    long: Callable[[], Addon] | None = None,
) -> Any:
    """``environment(addon, envelope)["res.partner"].search_read(...)``, read methods only.

    ``pages`` gives the addon on the way that carries large pages best, ``long`` on the one for
    calls that take minutes; the same one unless given.
    """
    same = lambda: addon  # noqa: E731
    return _ActingClient(addon, envelope, pages or same, long or same).acting
