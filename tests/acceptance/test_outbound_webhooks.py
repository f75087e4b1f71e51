"""Odoo's events reach other services: signed, tried again, given up, and never inside the house.

The fabric of these tests may send to 127.0.0.2 and to no other private address.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from uuid import uuid4

import pytest

from odoo_bridge.gateway.call import Call
from odoo_bridge.gateway.schemes.standard import Options, StandardWebhooks
from odoo_bridge.job import FINAL, Json
from tests.acceptance.conftest import Fabric, wait_until
from tests.acceptance.test_developer_api import in_odoo

ALLOWED, FORBIDDEN = "127.0.0.2", "127.0.0.1"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_bm90LXRoZS1zYW1lLXNlY3JldC1idXQtYXMtbG9uZw=="
SCHEME = StandardWebhooks(Options())


@dataclass
class Receiver:
    """A web server that answers as it is told, and keeps what it got."""

    answers: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    """Status and headers of its next answers; then 204."""
    got: list[Call] = field(default_factory=list)
    free: Event = field(default_factory=Event)
    """It answers only when this is set."""
    address: str = ""
    port: int = 0

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.got.append(Call(headers, body, time.time()))
        self.free.wait()
        status, more = self.answers.pop(0) if self.answers else (204, {})
        handler.send_response(status)
        for name, value in more.items():
            handler.send_header(name, value)
        handler.end_headers()

    def verified(self, place: int, secret: str = SECRET) -> Json:
        """The event of a request, whose signature is checked as any receiver would."""
        call = self.got[place]
        SCHEME.verify(call, [SCHEME.key(secret)], 300.0)
        event: Json = json.loads(call.body)
        assert SCHEME.event_id(call, event) == event["id"]
        return event


@pytest.fixture
def receivers() -> Iterator[list[Receiver]]:
    """Two on the allowed address and one on the forbidden one."""
    servers = []
    found = []
    for host in (ALLOWED, ALLOWED, FORBIDDEN):
        receiver = Receiver()
        receiver.free.set()

        class Handler(BaseHTTPRequestHandler):
            to = receiver

            def do_POST(self) -> None:
                self.to.answer(self)

            def log_message(self, *_args: object) -> None:
                """Nothing."""

        server = ThreadingHTTPServer((host, 0), Handler)
        receiver.port = server.server_address[1]
        receiver.address = f"http://{host}:{receiver.port}/take"
        Thread(target=server.serve_forever).start()
        servers.append(server)
        found.append(receiver)
    yield found
    for server, receiver in zip(servers, found, strict=True):
        receiver.free.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def subscribed(running: Fabric) -> Iterator[Fabric]:
    """What a test subscribed is gone afterwards, with its jobs."""
    yield running
    webhooks = running.call("celery.webhook", "search", [["active", "in", [True, False]]])
    running.call("celery.webhook", "unlink", webhooks)
    jobs = running.call(
        "celery.job", "search", [["task", "=", "webhooks.send"], ["state", "not in", list(FINAL)]]
    )
    if jobs:
        running.call("celery.job", "action_cancel", jobs)


def subscribe(running: Fabric, url: str, events: str = "none.such") -> int:
    values = {"name": f"R {uuid4().hex[:6]}", "url": url, "events": events, "new_secret": SECRET}
    (webhook,) = running.call("celery.webhook", "create", [values])
    return int(webhook)


def send_test_event(running: Fabric, webhook: int) -> int:
    return int(running.call("celery.webhook", "action_test", [webhook])["res_id"])


def standing(running: Fabric, webhook: int) -> Json:
    (row,) = running.call("celery.webhook", "read", [webhook], ["active", "failing_since"])
    return dict(row)


def test_an_event_goes_to_each_subscriber_and_a_slow_one_holds_up_nobody(
    subscribed: Fabric, receivers: list[Receiver]
) -> None:
    slow, quick, _ = receivers
    slow.free.clear()
    events = "acceptance.* order.confirmed"
    to_slow, to_quick = (subscribe(subscribed, each.address, events) for each in (slow, quick))
    made = in_odoo(
        subscribed,
        """
import json
partner = env["res.partner"].with_user(2).create({"name": "Ada"})
jobs = env["celery.event"].with_user(2).publish("order.confirmed", {"total": 5}, record=partner)
jobs |= env["celery.event"].with_user(2).publish("order.cancelled", {}, record=partner)
env.cr.commit()
print("JOBS " + json.dumps({"jobs": jobs.ids, "partner": partner.id}))
""",
    )
    jobs = {subscribed.job(job)["params"]["webhook"]: job for job in made["jobs"]}
    assert subscribed.wait_for_job(jobs[to_quick])["state"] == "done"
    wait_until(lambda: bool(slow.got), 30)
    assert subscribed.job(jobs[to_slow])["state"] in {"enqueued", "started"}
    slow.free.set()
    ended = subscribed.wait_for_job(jobs[to_slow])
    assert (ended["state"], ended["result"]) == ("done", {"status": 204})
    (event,) = (quick.verified(0),)
    assert event == slow.verified(0)
    assert (event["type"], event["data"]) == ("order.confirmed", {"total": 5})
    assert (event["model"], event["ids"]) == ("res.partner", [made["partner"]])
    assert len(slow.got) == len(quick.got) == 1


def test_a_failure_is_tried_again_with_the_same_id(
    subscribed: Fabric, receivers: list[Receiver]
) -> None:
    receiver, *_ = receivers
    receiver.answers = [(500, {"Retry-After": "0"}), (429, {"Retry-After": "0"})]
    webhook = subscribe(subscribed, receiver.address)
    ended = subscribed.wait_for_job(send_test_event(subscribed, webhook))
    assert (ended["state"], ended["attempt"]) == ("done", 3)
    assert [each["error"] for each in ended["history"]] == [
        "ReceiverFailed: the receiver answered 500",
        "ReceiverFailed: the receiver answered 429",
    ]
    events = [receiver.verified(place) for place in range(3)]
    assert events[0] == events[1] == events[2]
    assert standing(subscribed, webhook) == {"id": webhook, "active": True, "failing_since": False}


def test_gone_archives_the_subscription_and_tells_the_managers(
    subscribed: Fabric, receivers: list[Receiver]
) -> None:
    receiver, *_ = receivers
    receiver.answers = [(410, {})]
    webhook = subscribe(subscribed, receiver.address)
    ended = subscribed.wait_for_job(send_test_event(subscribed, webhook))
    assert ended["state"] == "dead"
    assert "410" in ended["error"]
    assert standing(subscribed, webhook)["active"] is False
    (name,) = subscribed.call("celery.webhook", "read", [webhook], ["name"])
    subject = f"No more webhooks go to {name['name']}"
    assert subscribed.call("mail.message", "search_count", [["subject", "=", subject]]) == 1
    # Put back, it is not sent until somebody unarchives the subscription.
    subscribed.call("celery.job", "action_requeue", [ended["id"]])
    assert "archived" in subscribed.wait_for_job(ended["id"])["error"]
    subscribed.call("celery.webhook", "write", [webhook], {"active": True})
    subscribed.call("celery.job", "action_requeue", [ended["id"]])
    assert subscribed.wait_for_job(ended["id"])["state"] == "done"
    assert receiver.verified(0) == receiver.verified(1)


def test_two_secrets_while_one_is_rotated(subscribed: Fabric, receivers: list[Receiver]) -> None:
    receiver, *_ = receivers
    webhook = subscribe(subscribed, receiver.address)
    subscribed.call("celery.webhook", "write", [webhook], {"new_secret": OTHER})
    subscribed.wait_for_job(send_test_event(subscribed, webhook))
    assert receiver.verified(0, SECRET) == receiver.verified(0, OTHER)
    subscribed.call("celery.webhook", "action_forget_old_secret", [webhook])
    subscribed.wait_for_job(send_test_event(subscribed, webhook))
    receiver.verified(1, OTHER)
    assert len(receiver.got[1].headers["webhook-signature"].split()) == 1


def test_nothing_is_sent_inside_the_house(subscribed: Fabric, receivers: list[Receiver]) -> None:
    *_, inside = receivers
    hosts = [
        FORBIDDEN, "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "[::1]",
        "169.254.169.254", "10.0.0.1",
    ]  # fmt: skip
    jobs = {
        host: send_test_event(
            subscribed, subscribe(subscribed, f"http://{host}:{inside.port}/latest/meta-data")
        )
        for host in hosts
    }
    for host, job in jobs.items():
        ended = subscribed.wait_for_job(job)
        assert ended["state"] == "dead", host
        assert "not in the public internet" in ended["error"], host
        assert "meta-data" not in ended["error"] + ended["traceback"]
    assert not inside.got


def test_wrong_addresses_are_tried_again_and_a_redirect_is_not_followed(
    subscribed: Fabric, receivers: list[Receiver]
) -> None:
    redirecting, other, _ = receivers
    redirecting.answers = [(307, {"Location": other.address})]
    urls = {
        redirecting.address: "redirects are not followed",
        f"http://{ALLOWED}:1/": "refused",
        "https://no-such-name.invalid/": "gave no answer",
    }
    for url, error in urls.items():
        webhook = subscribe(subscribed, url)
        job = send_test_event(subscribed, webhook)
        wait_until(lambda job=job: subscribed.job(job)["error"], 60)  # type: ignore[misc]
        row = subscribed.job(job)
        assert row["state"] in {"scheduled", "pending", "enqueued", "started"}
        assert error in row["error"]
        assert standing(subscribed, webhook)["failing_since"]
        subscribed.call("celery.job", "action_cancel", [job])
    assert not other.got


def test_the_secret_is_in_no_log(subscribed: Fabric, receivers: list[Receiver]) -> None:
    receiver, *_ = receivers
    receiver.answers = [(500, {"Retry-After": "0"})]
    subscribed.wait_for_job(send_test_event(subscribed, subscribe(subscribed, receiver.address)))
    logs = [*subscribed.supervisor.logs.glob("*.log"), subscribed.odoo.log]
    assert len(logs) > 3
    for log in logs:
        assert SECRET.removeprefix("whsec_") not in log.read_text("utf-8", "replace"), log
