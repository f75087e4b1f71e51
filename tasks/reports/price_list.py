"""``reports.price_list``: price lists for customers, as ``pricing.export`` computes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from pydantic import Field

from odoo_bridge.job import Json
from tasks.job import Environment, Job
from tasks.pricing.export import priced
from tasks.pricing.files import PriceLine
from tasks.registry import task
from tasks.reports.fields import titles
from tasks.reports.kit import Column, Currency, Document, Letterhead, ReportParams, Sheet, produce
from tasks.reports.words import Words

FIELDS = ("default_code", "product_variant_id", "currency_id")


class PriceListParams(ReportParams):
    """Which prices."""

    pricelist_ids: list[int] = Field(
        min_length=1, title="Pricelists", json_schema_extra={"records": "product.pricelist"}
    )
    product_ids: list[int] | None = Field(
        default=None, title="Products", json_schema_extra={"records": "product.product"}
    )
    """``None``: every active product that can be sold."""
    date: dt.date | None = None
    """The day whose prices count; ``None``: now."""


@task("reports.price_list", queue="reports", time_limit=1800)
def price_list(job: Job, params: PriceListParams) -> Json:
    """Price lists, a sheet each.

    What is wrong with one pricelist stands in ``errors``; raises ``Permanent`` when it is all.
    """
    found = priced(job, params.pricelist_ids, params.product_ids, params.date)
    letterhead = Letterhead.of(job)
    used = {line.currency for lines in found.lists.values() for line in lines}
    currencies = currencies_of(job.odoo, used)
    words = Words.of(letterhead.locale.language)
    said = titles(job.odoo, "product.product", FIELDS)
    document = Document(
        name=f"price-list-{found.day}",
        title=words.price_list,
        letterhead=letterhead,
        sheets=[
            Sheet(name, columns(lines, currencies, words, said), rows(lines))
            for name, lines in found.lists.items()
        ],
        facts=[(words.date, letterhead.locale.date(found.day))],
        landscape=False,
    )
    return {**produce(job, document, params), "errors": found.errors}


def columns(
    lines: list[PriceLine], currencies: dict[str, Currency], words: Words, said: Mapping[str, str]
) -> list[Column]:
    """All prices of a list are in one currency."""
    currency = currencies.get(lines[0].currency) if lines else None
    return [
        Column("reference", said["default_code"]),
        Column("product", said["product_variant_id"]),
        Column("min_quantity", words.min_quantity, "number", blank_zero=True),
        Column("price", words.price, "money", currency=currency),
        Column("currency", said["currency_id"], width=9),
    ]


def rows(lines: Iterable[PriceLine]) -> Iterator[tuple[str | float, ...]]:
    return (
        (each.reference, each.product, each.min_quantity, each.price, each.currency)
        for each in lines
    )


def currencies_of(odoo: Environment, names: Iterable[str]) -> dict[str, Currency]:
    """By their names."""
    domain = [("name", "in", sorted(names)), ("active", "in", [True, False])]
    found = odoo["res.currency"].search_read(domain, list(Currency.FIELDS))
    return {row["name"]: Currency.of(row) for row in found}
