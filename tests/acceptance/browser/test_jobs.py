"""Clicks through the jobs of the real Odoo, which the real fabric does."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
from playwright.sync_api import expect

from tests.acceptance.browser.conftest import Person, greet, pause
from tests.acceptance.conftest import Fabric


def test_from_the_list_to_the_form_of_a_job(admin: Person) -> None:
    job, name = greet(admin.running)
    admin.running.wait_for_job(job)
    admin.open("celery-jobs")
    row = admin.page.locator(".o_data_row", has_text=name)
    expect(row.locator("[name=state] .badge")).to_have_text("Done")
    expect(row.locator(".o_progressbar")).to_be_visible()
    row.locator("[name=display_name]").click()
    expect(admin.state()).to_have_text("Done")
    admin.page.click(".nav-link[name=timeline]")
    timeline = admin.page.locator(".o_celery_timeline li")
    expect(timeline.first).to_contain_text("Enqueued by Mitchell Admin")
    expect(timeline.last).to_contain_text("Done")
    admin.page.click(".nav-link[name=params]")
    expect(admin.page.locator("[name=params_text]")).to_contain_text("message_post")


def test_pivot_graph_and_filters_open(admin: Person) -> None:
    job, _name = greet(admin.running)
    admin.running.wait_for_job(job)
    admin.open("celery-jobs")
    admin.page.click(".o_switch_view.o_pivot")
    expect(admin.page.locator(".o_pivot table")).to_contain_text("records.call")
    admin.page.click(".o_switch_view.o_graph")
    expect(admin.page.locator(".o_graph_canvas_container canvas")).to_be_visible()
    admin.page.click(".o_switch_view.o_list")
    for name in ("My Jobs", "Failed Today"):
        admin.page.click(".o_searchview_dropdown_toggler")
        admin.page.locator(".o_filter_menu .o_menu_item", has_text=name).click()
        admin.page.keyboard.press("Escape")
    expect(admin.page.locator(".o_searchview_facet")).to_have_count(2)


def test_cancel_and_requeue(admin: Person, paused: Fabric) -> None:
    job, _name = greet(paused)
    admin.open_job(job)
    expect(admin.state()).to_have_text("Pending")
    admin.button("Cancel Job").click()
    admin.confirm()
    expect(admin.state()).to_have_text("Cancelled")
    admin.button("Requeue").click()
    expect(admin.state()).to_have_text("Pending")
    pause(paused, False)
    # Nobody reloads the page: the form does.
    expect(admin.state()).to_have_text("Done")


def test_many_jobs_are_cancelled_by_the_action_menu(admin: Person, paused: Fabric) -> None:
    jobs = [greet(paused, description="Many at once")[0] for _ in range(3)]
    admin.open("celery-jobs")
    rows = admin.page.locator(".o_data_row", has_text="Many at once")
    expect(rows).to_have_count(3)
    for row in rows.all():
        row.locator(".o_list_record_selector input").click()
    admin.page.locator(".o_cp_action_menus .dropdown-toggle", has_text="Actions").click()
    admin.page.locator(".o-dropdown--menu .o_menu_item", has_text="Cancel Jobs").click()
    expect(rows.locator("[name=state] .badge", has_text="Cancelled")).to_have_count(3)
    states = {paused.job(job)["state"] for job in jobs}
    assert states == {"cancelled"}


def test_a_dead_job_shows_its_error_and_is_marked_done(admin: Person) -> None:
    params = {"model": "res.partner", "ids": [1], "method": "no_such_method"}
    job = admin.running.enqueue("records.call", params)
    assert admin.running.wait_for_job(job)["state"] == "dead"
    admin.open_job(job)
    expect(admin.page.locator(".o_form_view .alert-danger")).to_contain_text("no_such_method")
    admin.button("Mark as Done").click()
    admin.confirm()
    expect(admin.state()).to_have_text("Done")
    assert admin.running.job(job)["state"] == "done"


def test_pause_and_resume_on_the_overview(admin: Person) -> None:
    admin.open("celery")
    card = admin.card("default")
    card.get_by_role("button", name="Pause").click()
    expect(card.locator(".badge")).to_have_text("Paused")
    before = int(card.locator(".o_celery_pending").inner_text())
    job, _name = greet(admin.running)
    # The figures are live.
    expect(card.locator(".o_celery_pending")).to_have_text(str(before + 1))
    assert admin.running.job(job)["state"] == "pending"
    card.get_by_role("button", name="Resume").click()
    expect(card.locator(".badge")).to_have_text("Open")
    assert admin.running.wait_for_job(job)["state"] == "done"
    expect(card.locator(".o_celery_pending")).to_have_text("0")


def test_the_window_of_a_queue_is_edited_in_place(admin: Person) -> None:
    admin.open("celery-queues")
    row = admin.page.locator(
        ".o_data_row", has=admin.page.locator("[name=name]", has_text="default")
    )
    row.locator("[name=window_size]").click()
    row.locator("[name=window_size] input").fill("77")
    admin.page.click(".o_list_button_save")
    expect(row.locator("[name=window_size]")).to_have_text("77")
    (queue,) = admin.running.call(
        "celery.queue", "search_read", [["name", "=", "default"]], ["window_size"]
    )
    assert queue["window_size"] == 77
    admin.running.call("celery.queue", "write", [queue["id"]], {"window_size": 100})


def test_the_menu_bar_shows_a_job_and_tells_of_its_end(admin: Person, paused: Fabric) -> None:
    admin.open("celery-jobs")
    job, name = greet(paused, notify=True)
    expect(admin.systray().locator(".o_celery_jobs_count")).to_have_text("1")
    admin.systray().click()
    item = admin.page.locator(".o_celery_jobs_item", has_text=name)
    expect(item).to_contain_text("Pending")
    admin.page.keyboard.press("Escape")
    pause(paused, False)
    told = admin.toasts().filter(has_text=name)
    expect(told).to_contain_text("Your job is done.")
    expect(admin.systray().locator(".o_celery_jobs_count")).to_have_count(0)
    told.get_by_role("button", name="Open job").click()
    expect(admin.state()).to_have_text("Done")
    expect(admin.page).to_have_url(re.compile(rf"/{job}$"))


def test_a_report_is_fetched_from_the_notification(admin: Person, tmp_path: Path) -> None:
    admin.open("celery-jobs")
    admin.running.enqueue("reports.sales", {}, notify=True, description="Sales, please")
    told = admin.toasts().filter(has_text="Sales, please")
    expect(told).to_contain_text(".xlsx")
    with admin.page.expect_download() as download:
        told.get_by_role("button", name="Download").click()
    path = tmp_path / "report.xlsx"
    download.value.save_as(path)
    assert openpyxl.load_workbook(path).active is not None


def test_a_technical_job_ends_in_silence_and_a_failure_is_told(admin: Person) -> None:
    admin.open("celery-jobs")
    silent, name = greet(admin.running)
    admin.running.wait_for_job(silent)
    params = {"model": "res.partner", "ids": [1], "method": "no_such_method"}
    admin.running.enqueue("records.call", params, notify=True, description="Fails")
    told = admin.toasts().filter(has_text="Fails")
    expect(told).to_contain_text("no_such_method")
    expect(admin.toasts().filter(has_text=name)).to_have_count(0)


def test_many_jobs_that_end_at_once_are_told_of_together(admin: Person, paused: Fabric) -> None:
    admin.open("celery-jobs")
    for _ in range(12):
        greet(paused, notify=True)
    expect(admin.systray().locator(".o_celery_jobs_count")).to_have_text("12")
    pause(paused, False)
    expect(admin.systray().locator(".o_celery_jobs_count")).to_have_count(0)
    together = admin.toasts().filter(has_text="jobs are done.")
    expect(together.first).to_be_visible()
    assert admin.toasts().count() < 12


def test_a_record_shows_the_jobs_about_it(admin: Person) -> None:
    (partner,) = admin.running.call(
        "res.partner", "create", [{"name": "Whom jobs are about", "is_company": True}]
    )
    admin.open(f"res.partner/{partner}")
    expect(admin.page.locator(".o_form_view .o_form_sheet")).to_be_visible()
    expect(admin.page.locator(".o_celery_jobs_button")).to_have_count(0)
    job, name = greet(admin.running, records=["res.partner", [partner]])
    admin.running.wait_for_job(job)
    admin.page.reload()
    button = admin.page.locator(".o_celery_jobs_button")
    expect(button).to_contain_text("1")
    button.click()
    expect(admin.page.locator(".o_data_row")).to_have_count(1)
    expect(admin.page.locator(".o_data_row")).to_contain_text(name)
