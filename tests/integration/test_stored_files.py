"""A large file in a storage that speaks S3, and the way through Odoo and gateway, all real."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from threading import Thread

import psycopg
import pytest
import urllib3
import uvicorn

from odoo_bridge.errors import Cancelled, OdooRejected
from odoo_bridge.gateway import GatewayOptions, build_app
from odoo_bridge.job import Envelope, State
from odoo_bridge.reporter import Pulse
from odoo_bridge.rpc.acting import subject_of
from odoo_bridge.rpc.bulk import Bulk
from odoo_bridge.rpc.files import FileRules, Files
from odoo_bridge.storage import Storage
from tasks.base import Runtime, opened
from tasks.files import RemoveParams, remove
from tasks.job import Job
from tests.acceptance.conftest import wait_until
from tests.integration.bulk_jobs import TASK, Jobs
from tests.s3_server import s3_server
from workers.embedded.instance import DevOdoo
from workers.process import free_port

RUNTIME = Runtime(
    environment=lambda _envelope: {},
    write_back=lambda _origin: pytest.fail("nothing is written back"),
    delivery=lambda _uuid: pytest.fail("it is no delivery"),
    reporting=lambda _envelope: nullcontext(Pulse()),
    leasing=lambda _envelope: nullcontext(True),
    worker="test",
)
ADMIN_KEY = "the-admins-key-of-this-test"
CONTENT = b"a,b\n" * 5000


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield Storage(server.options())


@pytest.fixture(scope="module")
def gateway(storage: Storage, postgres_dsn: str) -> Iterator[str]:
    """The address of a gateway that signs links."""
    options = GatewayOptions.of(postgres_dsn, {}, admin_keys=[ADMIN_KEY], storage=storage)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(build_app(options), port=port, log_level="error"))
    thread = Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started, 30)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def jobs(odoo: DevOdoo, gateway: str) -> Iterator[Jobs]:
    jobs = Jobs(odoo)
    jobs.addon.register_tasks(
        [{"name": "files.remove", "queue": "bulk", "schema": {}, "max_attempts": 5}]
    )
    given = {"celery_bridge.gateway_url": gateway, "celery_bridge.gateway_key": ADMIN_KEY}
    for name, value in given.items():
        jobs.call("ir.config_parameter", "set_param", name, value)
    yield jobs
    for name in given:
        jobs.call("ir.config_parameter", "set_param", name, "")


def test_a_stored_file_from_the_job_to_the_person(
    jobs: Jobs, odoo: DevOdoo, storage: Storage
) -> None:
    boss = jobs.call("res.partner", "create", [{"name": "Boss", "email": "boss@example.com"}])
    (asked,) = jobs.call("celery.job", "ask_for_report", TASK, {}, boss)
    (row,) = jobs.call("celery.job", "read", [asked], ["uuid"])
    job = jobs.job(jobs.claimed(row["uuid"]))
    bulk = Bulk(jobs.addon, subject_of(job.envelope))
    job.files = Files(bulk, FileRules(inline=1000), storage)
    job.attach("Verkäufe.csv", CONTENT, "text/csv")
    verdict = jobs.commit(job)
    assert (verdict.state, verdict.error) == (State.DONE, "")
    (file,) = jobs.find("ir.attachment", [("id", "=", verdict.results[0])], "url", "file_size")
    assert file["file_size"] == len(CONTENT)
    (mail,) = jobs.find("mail.mail", [("recipient_ids", "in", boss)], "body_html", "attachment_ids")
    assert mail["attachment_ids"] == []
    (link,) = re.findall(r'href="([^"]+)"', mail["body_html"])
    _, _, query = link.partition(file["url"])

    answer = visit(odoo, file["url"] + query)
    assert answer.status == 303
    found = urllib3.request("GET", answer.headers["Location"])
    assert (found.status, found.data) == (200, CONTENT)
    for forged in ("", "?access_token=forged"):
        assert visit(odoo, file["url"] + forged).status == 404
    assert visit(odoo, "/celery_bridge/file/2000000000").status == 404

    with psycopg.connect(odoo.database_dsn) as connection:
        connection.execute("UPDATE celery_report_ask SET expires_at = now() - interval '1 day'")
    wait_until(lambda: vacuumed(jobs), 60)
    assert visit(odoo, file["url"] + query).status == 404
    (removal,) = jobs.find("celery.job", [("task", "=", "files.remove")], "uuid", "params")
    last = jobs.job(jobs.claimed(removal["uuid"]))
    last.files = job.files
    remove(last, RemoveParams(**removal["params"]))
    jobs.commit(last)
    assert urllib3.request("GET", answer.headers["Location"]).status == 404


def test_what_a_failed_attempt_stored_is_removed(jobs: Jobs, storage: Storage) -> None:
    job = storing(jobs, storage)
    (stored,) = (each.args["stored"] for each in job.operations)
    assert fetched(storage, stored) == 200
    jobs.commit(job, State.DEAD)
    domain = [("task", "=", "files.remove"), ("state", "=", "pending")]
    removals = jobs.find("celery.job", domain, "uuid", "params")
    (removal,) = (each for each in removals if stored in each["params"]["keys"])
    last = jobs.job(jobs.claimed(removal["uuid"]))
    last.files = job.files
    remove(last, RemoveParams(**removal["params"]))
    jobs.commit(last)
    assert fetched(storage, stored) == 404


def test_what_a_cancelled_attempt_stored_is_removed_by_itself(jobs: Jobs, storage: Storage) -> None:
    envelope = jobs.envelope()
    stored: list[str] = []

    def files(_envelope: Envelope) -> Files:
        return Files(Bulk(jobs.addon, subject_of(envelope)), FileRules(inline=1000), storage)

    def cancelled() -> None:
        with opened(envelope, replace(RUNTIME, files=files)) as job:
            job.attach("x.csv", CONTENT, "text/csv")
            stored.extend(each.args["stored"] for each in job.operations)
            assert fetched(storage, stored[0]) == 200
            raise Cancelled(envelope.uuid)

    with pytest.raises(Cancelled):
        cancelled()
    assert fetched(storage, stored[0]) == 404


def storing(jobs: Jobs, storage: Storage) -> Job:
    """A job that has stored a large file."""
    job = jobs.job()
    job.files = Files(Bulk(jobs.addon, subject_of(job.envelope)), FileRules(inline=1000), storage)
    job.attach("x.csv", CONTENT, "text/csv")
    return job


def fetched(storage: Storage, key: str) -> int:
    return urllib3.request("GET", storage.link(key, "x.csv")).status


def vacuumed(jobs: Jobs) -> bool:
    """Whether Odoo has tidied up; not while it does so by itself."""
    (vacuum,) = jobs.find("ir.cron", [("cron_name", "=", "Base: Auto-vacuum internal data")])
    try:
        jobs.call("ir.cron", "method_direct_trigger", [vacuum["id"]])
    except OdooRejected as error:
        if "already executing" not in str(error):
            raise
        return False
    return True


def visit(odoo: DevOdoo, path: str) -> urllib3.BaseHTTPResponse:
    """What somebody who is not logged in is answered."""
    return urllib3.request("GET", f"{odoo.url}{path}", redirect=False)
