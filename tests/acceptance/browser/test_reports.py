"""A person exports a list and asks for a report; both come back as files."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import openpyxl
from playwright.sync_api import expect

from tests.acceptance.browser.conftest import Person


def downloaded(person: Person, folder: Path) -> openpyxl.Workbook:
    """The file behind the button of what was told last."""
    toast = person.toasts().last
    expect(toast).to_contain_text("Your job is done")
    with person.page.expect_download() as download:
        toast.get_by_role("button", name="Download").click()
    download.value.save_as(folder / "report.xlsx")
    return openpyxl.load_workbook(folder / "report.xlsx")


def test_a_list_is_exported_as_it_is_shown(admin: Person, tmp_path: Path) -> None:
    mark = uuid4().hex[:8]  # no other test's partners
    partners = [{"name": f"{mark} {n}", "email": f"{n}@{mark}.example"} for n in (1, 2)]
    admin.running.call("res.partner", "create", partners)
    admin.open("action-base.action_partner_form?view_type=list")
    admin.page.locator(".o_searchview_input").fill(mark)
    admin.page.keyboard.press("Enter")
    expect(admin.page.locator(".o_data_row")).to_have_count(2)
    admin.page.locator(".o_cp_action_menus .dropdown-toggle").first.click()
    admin.page.locator(".o_celery_export").click()
    dialog = admin.page.locator(".modal")
    expect(dialog.locator("[name=model_name]")).to_have_text("Contact: 2")
    dialog.get_by_role("button", name="Export", exact=True).click()
    expect(dialog).to_have_count(0)
    rows = list(downloaded(admin, tmp_path).active.values)
    cells = {cell for row in rows for cell in row}
    assert {each[name] for each in partners for name in ("name", "email")} <= cells


def test_a_report_is_asked_for(admin: Person, tmp_path: Path) -> None:
    admin.open("action-celery_bridge.celery_job_action")
    admin.page.get_by_role("button", name="Reports").click()
    admin.page.get_by_role("menuitem", name="Ask for a Report").click()
    dialog = admin.page.locator(".modal")
    dialog.locator("[name=task_id] input").fill("Sales")
    admin.page.locator(".o-autocomplete--dropdown-item", has_text="Sales by").first.click()
    dialog.locator("[name=period] select, [name=period] input").first.wait_for()
    dialog.get_by_role("button", name="Ask for It").click()
    expect(admin.state()).to_be_visible()
    assert downloaded(admin, tmp_path).sheetnames
    expect(admin.state()).to_have_text("Done")
    admin.page.click(".nav-link[name=files]")
    expect(admin.page.locator("[name=files_until]")).to_be_visible()
