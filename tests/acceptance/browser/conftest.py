"""A person before Odoo's web client, in Debian's Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from odoo_bridge.errors import ConfigurationError
from odoo_bridge.job import Json
from tests.acceptance.conftest import Fabric
from tests.chromium import chromium
from tests.conftest import unavailable

SLOW = 30_000
"""Milliseconds: the web client's first start on a busy machine."""
expect.set_options(timeout=SLOW)


class Person:
    """Who is logged in, what they see and do."""

    def __init__(self, page: Page, running: Fabric, login: str) -> None:
        self.page = page
        self.running = running
        self.errors: list[str] = []
        page.set_default_timeout(SLOW)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(f"{running.odoo.url}/web/login")
        page.fill("#login", login)
        page.fill("#password", login)
        page.click("button[type=submit]")
        expect(page.locator(".o_main_navbar")).to_be_visible()

    def open(self, path: str) -> None:
        """Go to a page of the web client."""
        self.page.goto(f"{self.running.odoo.url}/odoo/{path}")
        expect(self.page.locator(".o_control_panel")).to_be_visible()

    def open_job(self, job: int) -> None:
        self.open(f"celery-jobs/{job}")
        expect(self.page.locator(".o_form_view .o_statusbar_status")).to_be_visible()

    def state(self) -> Locator:
        """Of the job whose form is open."""
        return self.page.locator(".o_statusbar_status .o_arrow_button_current")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def confirm(self) -> None:
        self.page.locator(".modal-footer .btn-primary").click()

    def card(self, queue: str) -> Locator:
        """Of a queue, on the overview."""
        named = self.page.locator(".o_celery_queue", has_text=re.compile(rf"^\s*{queue}\s*$"))
        return self.page.locator(".o_kanban_record", has=named)

    def toasts(self) -> Locator:
        """What the person was told about ended jobs."""
        return self.page.locator(".o_notification.o_celery_ended")

    def systray(self) -> Locator:
        return self.page.locator(".o_celery_jobs_toggle")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        program = chromium()
    except ConfigurationError as error:
        unavailable(str(error))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program)
        yield started
        started.close()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, running: Fabric) -> Iterator[Person]:
    """A manager who has logged in once; what was open before is gone with the next page.

    No jobs but a test's own: those that others left in flight would be counted in the menu bar.
    """
    with psycopg.connect(running.odoo.database_dsn, autocommit=True) as connection:
        connection.execute("TRUNCATE celery_job CASCADE")
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    yield Person(context.new_page(), running, "admin")
    context.close()


@pytest.fixture
def admin(signed_in: Person) -> Iterator[Person]:
    """The manager; a test that left an error in the console has failed."""
    signed_in.errors.clear()
    yield signed_in
    assert signed_in.errors == []


@pytest.fixture
def paused(running: Fabric) -> Iterator[Fabric]:
    """The fabric while the queue ``default`` is paused; open again afterwards, and empty."""
    pause(running, True)
    yield running
    waiting = running.call(
        "celery.job", "search", [["state", "=", "pending"], ["queue", "=", "default"]]
    )
    if waiting:
        running.call("celery.job", "action_cancel", waiting)
    pause(running, False)


def pause(running: Fabric, paused: bool, queue: str = "default") -> None:
    ids = running.call("celery.queue", "search", [["name", "=", queue]])
    running.call("celery.queue", "write", ids, {"paused": paused})


def greet(running: Fabric, **options: object) -> tuple[int, str]:
    """Enqueue a quick job about a partner. Returns its id and its name."""
    (partner,) = running.call("res.partner", "search", [["is_company", "=", True]], limit=1)
    name = f"Greeting {uuid4().hex[:8]}"
    params: Json = {"model": "res.partner", "ids": [partner], "method": "message_post"}
    params["kwargs"] = {"body": "Seen by the Odoo Celery fabric."}
    options = {"records": ["res.partner", [partner]], "description": name, **options}
    return running.enqueue("records.call", params, **options), name
