"""``reports.sales`` on the sales of a real Odoo."""

from __future__ import annotations

import xmlrpc.client
from base64 import b64decode
from functools import partial
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from openpyxl import load_workbook

from odoo_bridge.job import Envelope
from tasks.job import Job
from tasks.reports.sales import SalesParams, sales

METHODS = ("fields_get", "formatted_read_group", "read", "search")


class Admin:
    """An environment over plain XML-RPC as the admin, with a job's context."""

    def __init__(self, odoo: Any, context: dict[str, Any]) -> None:
        common = xmlrpc.client.ServerProxy(f"{odoo.url}/xmlrpc/2/common")
        self.uid = common.authenticate(odoo.database, "admin", odoo.admin_api_key, {})
        self.login = (odoo.database, self.uid, odoo.admin_api_key)
        self.context = context
        self.url = f"{odoo.url}/xmlrpc/2/object"

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        with xmlrpc.client.ServerProxy(self.url, allow_none=True) as proxy:
            return proxy.execute_kw(
                *self.login, model, method, list(args), {**kwargs, "context": self.context}
            )

    def __getitem__(self, model: str) -> Any:
        return SimpleNamespace(**{name: partial(self.call, model, name) for name in METHODS})


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_the_report_comes_to_what_odoo_says(odoo: Any, zone: str) -> None:
    context = {"tz": zone, "lang": "en_US", "allowed_company_ids": [1]}
    admin = Admin(odoo, context)
    job = Job(
        Envelope("report", 1, "reports.sales", "reports", user_id=admin.uid, context=context),
        admin,
    )
    result = sales(job, SalesParams(states=("sale", "draft", "sent")))
    [theirs] = admin["sale.report"].formatted_read_group(
        [("state", "in", ["sale", "draft", "sent"])], [], ["price_subtotal:sum"]
    )
    assert result["rows"] > 0
    assert result["total"] == pytest.approx(theirs["price_subtotal:sum"], abs=0.01)
    [attached] = job.operations
    content = b64decode(attached.args["datas"])
    page = load_workbook(BytesIO(content), data_only=True).active
    assert page.cell(page.max_row, page.max_column).value == result["total"]
    assert page.max_row == 5 + result["rows"] + 1


def test_a_month_of_odoo_is_a_column(odoo: Any) -> None:
    context = {"tz": "Pacific/Auckland", "allowed_company_ids": [1]}
    admin = Admin(odoo, context)
    groups = admin["sale.report"].formatted_read_group(
        [("state", "=", "sale")], ["date:month"], ["price_subtotal:sum"]
    )
    envelope = Envelope("r", 1, "reports.sales", "reports", user_id=admin.uid, context=context)
    job = Job(envelope, admin)
    result = sales(job, SalesParams())
    page = load_workbook(BytesIO(b64decode(job.operations[0].args["datas"])), data_only=True).active
    totals = [page.cell(page.max_row, 2 + n).value for n in range(result["months"])]
    shown = [total for total in totals if total]
    assert shown == pytest.approx([g["price_subtotal:sum"] for g in groups], abs=0.01)
