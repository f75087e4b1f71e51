"""``pricing.recalculated``: what the jobs that shared a recalculation have done together."""

from __future__ import annotations

from pydantic import Field

from odoo_bridge.job import Json
from tasks.job import Job
from tasks.pricing.errors import PricingError
from tasks.pricing.recalculate import SHOWN
from tasks.registry import Params, task


class WholeParams(Params):
    """What it sums up."""

    parts: list[Json] = Field(min_length=1)
    """Results of ``pricing.recalculate``."""


@task("pricing.recalculated", queue="default")
def recalculated(job: Job, params: WholeParams) -> Json:
    """Sum up a recalculation of many pricelists; Odoo enqueues it.

    Raises ``PricingError`` when not one pricelist could be computed.
    """
    parts = params.parts
    errors = {each: error for part in parts for each, error in part["errors"].items()}
    for each, error in errors.items():
        job.note(f"pricelist {each}: {error}")
    done = sum(part["pricelists"] for part in parts)
    if not done:
        raise PricingError(f"none of the pricelists could be computed: {errors}")
    currencies = {part["currency"] for part in parts if part["pricelists"]}
    return {
        **{name: sum(part[name] for part in parts) for name in ("prices", "compared", "written")},
        "products": max(part["products"] for part in parts),
        "mismatches": [each for part in parts for each in part["mismatches"]][:SHOWN],
        "currency": currencies.pop() if len(currencies) == 1 else None,
        "pricelists": done,
        "errors": errors,
        "jobs": len(parts),
    }
