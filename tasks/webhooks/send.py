"""``webhooks.send``: an event of Odoo goes to another service, signed by Standard Webhooks."""

from __future__ import annotations

from typing import Any

from odoo_bridge.errors import AddressRefused, ReceiverFailed, ReceiverGone
from odoo_bridge.job import Json
from odoo_bridge.receivers import Answer
from tasks.events import Event
from tasks.job import Job
from tasks.registry import task
from tasks.retry import Retry
from tasks.retry_after import seconds_of

GONE = 410
NO_ANSWER = 0


class Sending(Event):
    """An event, and who gets it."""

    webhook: int
    """Id of the ``celery.webhook``."""


@task(
    "webhooks.send",
    queue="outbound",
    # Sixteen attempts in about a day, as Standard Webhooks recommends.
    retry=Retry(max_attempts=16, first=10.0, longest=12 * 3600.0),
    time_limit=120.0,
)
def send(job: Job, _params: Sending) -> Json:
    """Send an event to a service that subscribed to it, signed.

    A receiver may get it twice, when its answer or ours was lost: with the same webhook-id.
    """
    odoo: Any = job.odoo
    request = odoo.webhook.request()
    if request.get("off"):
        raise ReceiverGone("the subscription is archived or deleted: unarchive it, then requeue")
    try:
        answer = job.receivers.post(request["url"], request["headers"], request["body"].encode())
    except (AddressRefused, ReceiverFailed):
        odoo.webhook.answered(NO_ANSWER)
        raise
    taken = 200 <= answer.status < 300
    # Odoo is told of changes only: a row that each job wrote would hold up all others.
    if not taken or request["failing"]:
        odoo.webhook.answered(answer.status)
    if not taken:
        raise _error(answer)
    return {"status": answer.status}


def _error(answer: Answer) -> Exception:
    if answer.status == GONE:
        return ReceiverGone("the receiver answered 410: its subscription was archived")
    said = f"the receiver answered {answer.status}"
    if 300 <= answer.status < 400:
        said += ", and redirects are not followed: put the address that it names into Odoo"
    return ReceiverFailed(said, retry_in=seconds_of(answer.retry_after))
