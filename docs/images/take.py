"""Takes the pictures of this directory: ``python docs/images/take.py``.

Runs the demo on the development Odoo, as the command does, and photographs its screens and pages.
Needs a Chromium (``CHROMIUM`` names one other than the system's). Stops what it started. For a
tidy job list, begin with ``odoo-fabric dev odoo reset`` and an empty ``FABRIC_STATE_DIR``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event

from playwright.sync_api import Page, ViewportSize, sync_playwright
from pydantic import SecretStr
from rich.console import Console, RenderableType

from workers.cli.demo import ORDERS, PATIENCE, development_odoo, table
from workers.cli.up import screen
from workers.demo import SOURCE, Demo
from workers.embedded import places
from workers.embedded.instance import DevOdoo
from workers.local import fabric
from workers.settings import Settings, settings

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SIZE: ViewportSize = {"width": 1280, "height": 620}
FLAT: ViewportSize = {"width": 1280, "height": 320}
LOGIN = ("admin", "only-for-the-picture")
SECRET = "only-for-the-picture"  # noqa: S105 - of a gateway that lives for a minute
ADMIN_KEY = f"the-admins-key-{SECRET}"
PARTNERS = "odoo/action-base.action_partner_form?view_type=list"
SPACE = "&#160;"


def main() -> None:
    """Run the demo and take every picture."""
    console = Console()
    given = settings().model_copy(
        update={
            "hook_secrets": {SOURCE: [SecretStr(SECRET)]},
            "gateway_admin_keys": [SecretStr(ADMIN_KEY)],
            "flower_basic_auth": SecretStr(":".join(LOGIN)),
        }
    )
    with (
        development_odoo(given.odoo_database, console) as odoo,
        fabric(given, console) as (supervisor, config),
    ):
        demo = Demo(odoo, config, SECRET)
        jobs, deliveries = demo.enqueue(), demo.post_orders(ORDERS)
        demo.wait(jobs, deliveries, PATIENCE, Event())
        terminal("demo", table(demo.lines(jobs, deliveries)))
        terminal("up", screen(supervisor, config))
        pages(odoo, config, demo, report=jobs[1])


def terminal(name: str, shown: RenderableType) -> None:
    """A picture of what a terminal shows."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=84, file=nowhere, force_terminal=True)
        console.print(shown)
    picture = console.export_svg(title=f"odoo-fabric {name}")
    (HERE / f"{name}.svg").write_text(_of_a_service(picture), encoding="utf-8")


def _of_a_service(picture: str) -> str:
    """With the state directory that a service has, not that of who takes the picture."""
    own, shown = f"{places.state_dir()}/logs", "/var/lib/odoo-celery-fabric/logs"
    longer = len(shown) - len(own)
    return picture.replace(own + SPACE * max(0, longer), shown + SPACE * max(0, -longer))


def pages(odoo: DevOdoo, config: Settings, demo: Demo, report: int) -> None:
    """Odoo's job list, a job with a file, queues and menu bar; Flower's workers and tasks."""
    flower = f"http://127.0.0.1:{config.flower_port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        context = browser.new_context(
            viewport=SIZE,
            http_credentials={"username": LOGIN[0], "password": LOGIN[1], "origin": flower},
        )
        page = context.new_page()
        sign_in(page, odoo.url)
        take(page, "odoo-jobs", f"{odoo.url}/odoo/celery-jobs", ".o_data_row")
        take(
            page,
            "odoo-job",
            f"{odoo.url}/odoo/celery-jobs/{report}",
            ".o_form_view .nav-link",
            open_files,
        )
        with waiting_jobs(demo):
            take(page, "odoo-overview", f"{odoo.url}/odoo/celery", ".o_celery_pending:text('3')")
            jobs = f"{odoo.url}/odoo/celery-jobs"
            page.set_viewport_size(FLAT)
            take(page, "odoo-menu", jobs, ".o_data_row", open_menu)
            take(page, "odoo-told", jobs, ".o_data_row", partial(wait_for_report, demo))
        page.set_viewport_size(SIZE)
        take(page, "odoo-export", f"{odoo.url}/{PARTNERS}", ".o_data_row", open_export)
        take(page, "odoo-report", f"{odoo.url}/odoo/celery-jobs", ".o_data_row", open_report)
        connect_gateway(demo, config)
        take(page, "odoo-deliveries", f"{odoo.url}/odoo/celery-deliveries", ".o_data_row", show)
        take(page, "flower-workers", f"{flower}/workers", "#workers-table tbody tr")
        take(page, "flower-tasks", f"{flower}/tasks", "#tasks-table tbody tr")
        browser.close()


@contextmanager
def waiting_jobs(demo: Demo) -> Iterator[None]:
    """A paused queue, with three jobs in it that somebody waits for."""
    call = demo.client.execute_kw
    queue = call("celery.queue", "search", [[["name", "=", "default"]]], {})
    call("celery.queue", "write", [queue, {"paused": True}], {})
    for name in ("Supplier prices", "Stock of the shops", "Letters to customers"):
        params = {"model": "res.partner", "ids": [1], "method": "message_post"}
        options = {"description": name, "notify": True}
        call("celery.job", "enqueue", ["records.call", params], options)
    yield
    waiting = call("celery.job", "search", [[["state", "=", "pending"]]], {})
    call("celery.job", "action_cancel", [waiting], {})
    call("celery.queue", "write", [queue, {"paused": False}], {})


def connect_gateway(demo: Demo, config: Settings) -> None:
    """Let Odoo know the gateway, as an administrator does in the settings."""
    url = f"http://{config.gateway_host}:{config.gateway_port}"
    for name, value in (("gateway_url", url), ("gateway_key", ADMIN_KEY)):
        demo.client.execute_kw(
            "ir.config_parameter", "set_param", [f"celery_bridge.{name}", value], {}
        )


def show(page: Page) -> None:
    """Open the first delivery."""
    page.locator(".o_data_row").first.get_by_role("button", name="Show").click()
    page.wait_for_selector(".modal [name=body]")


def open_export(page: Page) -> None:
    """Export the list in the background."""
    page.locator(".o_cp_action_menus .dropdown-toggle").first.click()
    page.click(".o_celery_export")
    page.wait_for_selector(".modal [name=model_name]")


def open_report(page: Page) -> None:
    """Ask for a report again and again."""
    page.get_by_role("button", name="Reports").click()
    page.get_by_role("menuitem", name="Ask for a Report").click()
    form = page.locator(".modal")
    form.locator("[name=task_id] input").fill("Sales")
    page.locator(".o-autocomplete--dropdown-item", has_text="Sales by").first.click()
    form.get_by_label("Again and again").check()
    form.locator("[name=every]").wait_for()


def open_menu(page: Page) -> None:
    """Show the jobs of the menu bar."""
    page.click(".o_celery_jobs_toggle")
    page.wait_for_selector(".o_celery_jobs_item")


def wait_for_report(demo: Demo, page: Page) -> None:
    """Have a report made, and wait until the page tells of it."""
    options = {"description": "Sales of this year", "notify": True}
    demo.client.execute_kw("celery.job", "enqueue", ["reports.sales", {}], options)
    page.wait_for_selector(".o_celery_ended")


def sign_in(page: Page, url: str) -> None:
    """Log in to the development Odoo as its administrator."""
    page.goto(f"{url}/web/login")
    page.fill("#login", "admin")
    page.fill("#password", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")


def open_files(page: Page) -> None:
    """Show the files of the job that the page shows."""
    page.click(".nav-link[name=files]")
    page.wait_for_selector("[name=attachment_ids] .o_data_row")


def take(
    page: Page, name: str, url: str, ready: str, act: Callable[[Page], None] | None = None
) -> None:
    """A picture of a page, once it shows what ``ready`` selects and ``act`` has acted."""
    page.goto(url)
    page.wait_for_selector(ready)
    if act:
        act(page)
    page.wait_for_function("[...document.images].every(image => image.complete)")
    page.screenshot(path=HERE / f"{name}.png", animations="disabled")


if __name__ == "__main__":
    main()
