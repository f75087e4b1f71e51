"""Prices for task writers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tasks.job import Environment


def get_prices(
    odoo: Environment,
    pricelist_id: int,
    product_ids: Sequence[int],
    quantity: float = 1.0,
    date: dt.date | None = None,
) -> dict[int, float]:
    """Unit prices by product, as the job's user would get them: ``get_prices(job.odoo, …)``.

    Now, or on a day in the user's time zone. For one of the product's own unit, in the pricelist's
    currency, not rounded. In one call from the table of computed prices, where they are there and
    nothing has changed since; what is missing or stale is computed by Odoo. Raises
    ``AccessRefused`` and ``RecordMissing``.
    """
    day = (date.isoformat(),) if date else ()
    found = odoo["celery.price"].get_prices(pricelist_id, list(product_ids), quantity, *day)
    return dict(found)
