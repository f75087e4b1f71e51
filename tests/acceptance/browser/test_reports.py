"""A person exports a list and asks for reports; they come back as files."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import openpyxl
import pypdfium2
from playwright.sync_api import Locator, expect

from tests.acceptance.browser.conftest import Person, pause


def downloaded(person: Person, target: Path) -> Path:
    """The file behind the button of what was told last."""
    toast = person.toasts().last
    expect(toast).to_contain_text("Your job is done")
    with person.page.expect_download() as download:
        toast.get_by_role("button", name="Download").click()
    download.value.save_as(target)
    return target


def asked(person: Person, report: str) -> Locator:
    """The form of a report, by the menu."""
    person.open("action-celery_bridge.celery_job_action")
    person.page.get_by_role("button", name="Reports").click()
    person.page.get_by_role("menuitem", name="Ask for a Report").click()
    form = person.page.locator(".modal")
    form.locator("[name=task_id] input").fill(report)
    person.page.locator(".o-autocomplete--dropdown-item", has_text=report).first.click()
    form.locator("[name=period] input").first.wait_for()
    return form


def choose(form: Locator, field: str, label: str) -> None:
    form.locator(f"[name={field}] input").first.click()
    form.page.locator(".o_select_menu_item").get_by_text(label, exact=True).click()


def test_a_list_is_exported_as_it_is_shown(admin: Person, tmp_path: Path) -> None:
    mark = uuid4().hex[:8]  # no other test's partners
    (place,) = admin.running.call("res.country", "search", [["code", "=", "BE"]])
    partners = [
        {"name": f"{mark} {n}", "email": f"{n}@{mark}.example", "country_id": place} for n in (1, 2)
    ]
    admin.running.call("res.partner", "create", partners)
    admin.open("action-base.action_partner_form?view_type=list")
    expect(admin.page.locator(".o_data_row").first).to_be_visible()
    admin.page.locator(".o_searchview_input").fill(mark)
    # Before it offers where to search, Enter searches for nothing.
    expect(admin.page.locator(".o_searchview_autocomplete")).to_contain_text(mark)
    admin.page.keyboard.press("Enter")
    expect(admin.page.locator(".o_data_row")).to_have_count(2)
    admin.page.locator(".o_searchview_dropdown_toggler").click()
    admin.page.get_by_role("menuitemcheckbox", name="Country").click()
    expect(admin.page.locator(".o_group_header")).to_have_count(1)
    admin.page.keyboard.press("Escape")
    admin.page.locator(".o_cp_action_menus .dropdown-toggle").first.click()
    admin.page.locator(".o_celery_export").click()
    dialog = admin.page.locator(".modal")
    expect(dialog.locator("[name=model_name]")).to_have_text("Contact: 2")
    dialog.get_by_role("button", name="Export", exact=True).click()
    expect(dialog).to_have_count(0)
    book = openpyxl.load_workbook(downloaded(admin, tmp_path / "list.xlsx"))
    rows = list(book.active.values)
    cells = {cell for row in rows for cell in row}
    assert {each[name] for each in partners for name in ("name", "email")} <= cells
    headings = [row[0] for row in rows if row[0] and not any(row[1:])]
    assert any("Belgium" in heading for heading in headings)


def test_a_general_ledger_is_asked_for(admin: Person, tmp_path: Path) -> None:
    form = asked(admin, "General ledger")
    choose(form, "period", "This fiscal year")
    form.locator(".o_property_field", has_text="Format").locator("select").select_option("pdf")
    journals = form.locator(".o_property_field", has_text="Journals")
    (bank,) = admin.running.call(
        "account.journal", "search_read", [["type", "=", "bank"]], ["name"], limit=1
    )
    journals.locator("input").first.fill(bank["name"])
    admin.page.locator(".o-autocomplete--dropdown-item", has_text=bank["name"]).first.click()
    expect(journals.locator(".o_tag")).to_have_count(1)
    form.get_by_role("button", name="Ask for It").click()
    expect(admin.state()).to_be_visible()
    paper = pypdfium2.PdfDocument(downloaded(admin, tmp_path / "ledger.pdf"))
    assert paper[0].get_textpage().get_text_range().count("General Ledger") == 1
    expect(admin.state()).to_have_text("Done")
    admin.page.click(".nav-link[name=files]")
    expect(admin.page.locator("[name=files_until]")).to_be_visible()
    [job] = admin.running.call(
        "celery.job", "search_read", [["task", "=", "reports.general_ledger"]], ["params"]
    )
    assert job["params"]["journal_ids"] == [bank["id"]]


def test_what_is_asked_for_twice_is_made_once_and_cancelled(admin: Person) -> None:
    pause(admin.running, True, "reports")
    jobs = set()
    for _ in range(2):
        asked(admin, "Trial balance").get_by_role("button", name="Ask for It").click()
        expect(admin.state()).to_be_visible()
        (job,) = admin.running.call(
            "celery.job", "search",
            [["task", "=", "reports.trial_balance"], ["state", "=", "pending"]],
        )  # fmt: skip
        jobs.add(job)
    assert len(jobs) == 1
    admin.button("Cancel Job").click()
    admin.confirm()
    expect(admin.state()).to_have_text("Cancelled")
    pause(admin.running, False, "reports")


def test_every_first_of_the_month_at_six(admin: Person) -> None:
    name = f"Balance {uuid4().hex[:8]}"
    (boss,) = admin.running.call(
        "res.partner", "create", [{"name": name, "email": "boss@example.com"}]
    )
    form = asked(admin, "Trial balance")
    form.locator("[name=description] input").fill(name)
    form.locator("[name=partner_ids] input").fill(name)
    admin.page.locator(".o-autocomplete--dropdown-item", has_text=name).first.click()
    form.get_by_label("Again and again").check()
    expect(form.locator("[name=every] input")).to_have_value("Every first of the month")
    expect(form.locator("[name=hour] input")).to_have_value("06:00")
    form.get_by_role("button", name="Ask for It").click()
    expect(admin.page.locator(".modal")).to_have_count(0)
    expect(admin.page.locator("[name=cron]").first).to_be_visible()
    (made,) = admin.running.call(
        "celery.schedule", "search_read", [["name", "=", name]],
        ["cron", "period", "partner_ids", "user_id"],
    )  # fmt: skip
    assert (made["cron"], made["period"]) == ("0 6 1 * *", "last_month")
    assert made["partner_ids"] == [boss]
