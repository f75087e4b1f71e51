"""A task is started, and a schedule edited, by a person; wrong params are told in words."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.acceptance.browser.conftest import Person

TASK = "pricing.recalculate"


def param(person: Person, title: str) -> Locator:
    """The input of a param of the form that is open."""
    field = person.page.locator(".modal .o_property_field", has_text=title)
    return field.locator("input").first


def record(person: Person, model: str, name: str, field: str = "name") -> int:
    (found,) = person.running.call(model, "search", [[field, "=", name]])
    return int(found)


def said(person: Person) -> Locator:
    """The message of the dialog that is on top."""
    return person.page.locator(".modal .modal-body").last


def test_a_task_is_started_from_the_form_of_its_schema(admin: Person) -> None:
    task = record(admin, "celery.task", TASK)
    admin.open(f"action-celery_bridge.celery_task_action/{task}")
    admin.button("Start…").click()
    start = admin.page.locator(".modal").get_by_role("button", name="Start", exact=True)
    param(admin, "Pricelist").fill("seven")
    start.click()
    expect(said(admin)).to_contain_text("must be an integer, not 'seven'")
    admin.page.locator(".modal").last.locator(".modal-footer .btn-primary").click()
    # What was typed is still there, to be mended.
    expect(param(admin, "Pricelist")).to_have_value("seven")
    (pricelist,) = admin.running.call("product.pricelist", "create", [{"name": "In the browser"}])
    param(admin, "Pricelist").fill(str(pricelist))
    start.click()
    expect(admin.state()).to_be_visible()
    job = record(admin, "celery.job", TASK, field="task")
    assert admin.running.job(job)["params"]["pricelist_id"] == pricelist
    assert admin.running.wait_for_job(job)["state"] == "done"


def test_the_params_of_a_schedule_are_checked_as_those_of_a_job(admin: Person) -> None:
    values = {"name": "In the browser", "task_id": record(admin, "celery.task", "reports.sales")}
    (schedule,) = admin.running.call("celery.schedule", "create", [values])
    admin.open(f"action-celery_bridge.celery_schedule_action/{schedule}")
    write_params(admin, '{"date_from": "yesterday"}')
    admin.page.click(".o_form_button_save")
    expect(said(admin)).to_contain_text("date_from: must be a date")
    admin.page.locator(".modal").last.locator(".modal-footer .btn-primary").click()
    write_params(admin, '{"date_from": "2026-01-01"}')
    admin.page.click(".o_form_button_save")
    expect(admin.page.locator(".o_form_saved")).to_be_visible()
    (row,) = admin.running.call("celery.schedule", "read", [schedule], ["params_text"])
    assert row["params_text"] == '{"date_from": "2026-01-01"}'
    admin.running.call("celery.schedule", "unlink", [schedule])


def write_params(person: Person, text: str) -> None:
    """Replace what stands in the editor of params."""
    person.page.locator("[name=params_text] .ace_content").click()
    person.page.keyboard.press("ControlOrMeta+A")
    person.page.keyboard.insert_text(text)
    person.page.locator(".oe_title input").click()
