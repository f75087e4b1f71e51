"""A report by e-mail, from the job to the server that takes the mail."""

from __future__ import annotations

import email
from collections.abc import Iterator
from email.message import EmailMessage, Message
from email.policy import default
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller

from odoo_bridge.job import Outcome, State
from odoo_bridge.rpc.files import FileRules
from odoo_bridge.writeback import OdooWriteBack
from tasks.job import Job
from tests.acceptance.conftest import wait_until
from tests.integration.bulk_jobs import TASK, Jobs
from workers.embedded.instance import DevOdoo
from workers.process import free_port

CONTENT = b"name,amount\nS00001,12.50\n"


class Letterbox:
    """Takes every mail, and keeps it by whom it is for."""

    def __init__(self) -> None:
        self.mails: dict[str, list[EmailMessage]] = {}

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        mail: Message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        for address in envelope.rcpt_tos:
            self.mails.setdefault(address, []).append(mail)
        return "250 OK"


@pytest.fixture(scope="module")
def jobs(odoo: DevOdoo) -> Jobs:
    return Jobs(odoo)


@pytest.fixture(scope="module")
def letterbox(jobs: Jobs) -> Iterator[Letterbox]:
    """Of the mail server that Odoo sends by."""
    letterbox = Letterbox()
    server = Controller(letterbox, hostname="127.0.0.1", port=free_port())
    server.start()
    values = {"name": "Local", "smtp_host": "127.0.0.1", "smtp_port": server.port}
    (ours,) = jobs.call("ir.mail_server", "create", [values])
    yield letterbox
    jobs.call("ir.mail_server", "unlink", [ours])
    server.stop()


def asked(jobs: Jobs, address: str) -> Job:
    (boss,) = jobs.call("res.partner", "create", [{"name": "Boss", "email": address}])
    (job,) = jobs.call("celery.job", "ask_for_report", TASK, {"for": address}, [boss])
    (row,) = jobs.call("celery.job", "read", [job], ["uuid"])
    return jobs.job(jobs.claimed(row["uuid"]), FileRules(inline=2**20))


def received(letterbox: Letterbox, address: str) -> EmailMessage:
    wait_until(lambda: address in letterbox.mails, 60)
    (mail,) = letterbox.mails[address]
    return mail


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


@pytest.fixture
def address() -> str:
    return f"boss-{uuid4().hex[:8]}@example.com"


def test_a_small_file_is_in_the_mail(jobs: Jobs, letterbox: Letterbox, address: str) -> None:
    job = asked(jobs, address)
    job.attach("sales.csv", CONTENT, "text/csv")
    assert jobs.commit(job).error == ""
    mail = received(letterbox, address)
    assert mail["To"].addresses[0].addr_spec == address
    (file,) = mail.iter_attachments()
    assert file.get_filename() == "sales.csv"
    content = file.get_content()
    assert (content.encode() if isinstance(content, str) else content) == CONTENT


def test_of_a_large_file_there_is_a_link(
    jobs: Jobs, letterbox: Letterbox, odoo: DevOdoo, address: str
) -> None:
    jobs.call("ir.config_parameter", "set_param", "celery_bridge.report_mail_limit", "10")
    try:
        job = asked(jobs, address)
        job.attach("sales.csv", CONTENT, "text/csv")
        assert jobs.commit(job).error == ""
    finally:
        jobs.call("ir.config_parameter", "set_param", "celery_bridge.report_mail_limit", False)
    mail = received(letterbox, address)
    assert list(mail.iter_attachments()) == []
    assert f"{odoo.url}/" in text_of(mail)
    assert "access_token=" in text_of(mail)


def test_that_it_failed_is_told_as_well(
    jobs: Jobs, letterbox: Letterbox, odoo: DevOdoo, address: str
) -> None:
    job = asked(jobs, address)
    died = Outcome(job.envelope, State.DEAD, error="InvalidParams: there is no month 13")
    (verdict,) = OdooWriteBack(jobs.addon).commit([died])
    assert verdict.accepted
    mail = received(letterbox, address)
    (row,) = jobs.find("celery.job", [["uuid", "=", job.uuid]])
    assert "there is no month 13" in text_of(mail)
    assert f"{odoo.url}/odoo/celery.job/{row['id']}" in text_of(mail)
