"""``reports.stock_valuation``: what is in stock on a day, and what it is worth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from math import fsum
from typing import Any

from odoo_bridge.job import Json
from tasks.job import Environment, Job
from tasks.reading import chunks, read_one
from tasks.registry import task
from tasks.reports.books.companies import books_of, check_ids
from tasks.reports.books.layout import letterhead
from tasks.reports.books.params import Ids
from tasks.reports.books.words import Words
from tasks.reports.fields import titles
from tasks.reports.kit.document import Column, Document, Heading, Row, Sheet, Subtotal
from tasks.reports.kit.letterhead import Currency
from tasks.reports.kit.locale import zone_of
from tasks.reports.kit.params import ReportParams, ids_of
from tasks.reports.kit.produce import produce

PRODUCTS = "product.product"
NAME = "product_variant_id"
"""Whose label is what a product is called."""
VALUES = ["display_name", "categ_id", "cost_method", "uom_id", "avg_cost", "total_value"]
QUANTITY = "qty_available"
TOGETHER = 200
"""Products a call: for each of them Odoo goes through its moves."""


class StockValuationParams(ReportParams):
    """Which stock, on which day."""

    at: dt.date | None = None
    """The day; ``None``: now."""
    company_ids: Ids = ids_of("res.company", "Companies")
    """Of the companies that the job may see; none: all of them."""
    category_ids: Ids = ids_of("product.category", "Categories")
    """Products of these categories and of those below them."""


@task("reports.stock_valuation", queue="reports", time_limit=3600)
def stock_valuation(job: Job, params: StockValuationParams) -> Json:
    """Stock valuation: quantity, unit cost and value of each product on a day.

    The figures are Odoo's own, by the cost method of each product (``stock_account``,
    ``product.product.total_value`` with ``to_date``). A sheet for each company.
    """
    books = books_of(job, params.company_ids)
    check_ids(job.odoo, "product.category", params.category_ids, books)
    today = dt.datetime.now(zone_of(job.envelope.context)).date()
    words = Words.of(job.envelope.context)
    head = letterhead(job, books)
    named = titles(job.odoo, PRODUCTS, [NAME, *VALUES, QUANTITY])
    stocks = [
        Stock(job.odoo, company_id, each.currency, params, today, words)
        for each in books
        for company_id in each.company_ids
    ]
    document = Document(
        name=f"stock-valuation-{params.at or today}",
        title=words.stock_valuation,
        letterhead=head,
        sheets=[stock.sheet(named) for stock in stocks],
        facts=[(words.at, head.locale.date(params.at or today))],
    )
    return {**produce(job, document, params), "stocks": [stock.figures() for stock in stocks]}


@dataclass(slots=True)
class Stock:
    """What one company has in stock."""

    odoo: Environment
    company_id: int
    currency: Currency
    params: StockValuationParams
    today: dt.date
    words: Words
    values: list[float] = field(default_factory=list)
    """Of the rows so far."""

    @property
    def context(self) -> Json:
        """As Odoo's own report: a day before today is in it, today is not."""
        found: Json = {"allowed_company_ids": [self.company_id]}
        if self.params.at and self.params.at != self.today:
            found["to_date"] = f"{self.params.at}"
        return found

    def sheet(self, named: Mapping[str, str]) -> Sheet:
        name = read_one(self.odoo, "res.company", self.company_id, ["name"])["name"]
        columns = [
            Column("product", named[NAME], width=42),
            Column("category", named["categ_id"], width=24),
            Column("cost_method", named["cost_method"], width=26),
            Column("quantity", named[QUANTITY], "number"),
            Column("unit", named["uom_id"], width=10),
            Column("unit_cost", named["avg_cost"], "money", currency=self.currency),
            Column("value", named["total_value"], "money", total=True, currency=self.currency),
        ]
        return Sheet(name, columns, self.rows())

    def figures(self) -> Json:
        """What it came to, once its rows were taken."""
        value = round(fsum(self.values), self.currency.digits)
        return {"company": self.company_id, "currency": self.currency.name, "value": value}

    def rows(self) -> Iterator[Row]:
        """Products with a quantity or a value, by category."""
        methods = self._methods()
        for _category_id, products in groupby(self._products(), key=lambda row: row["categ_id"][0]):
            heading = None
            for row in products:
                category = row["categ_id"][1]
                if heading is None:
                    heading = category
                    yield Heading(category)
                self.values.append(row["total_value"])
                yield [
                    row["display_name"],
                    category,
                    methods.get(row["cost_method"], row["cost_method"]),
                    row[QUANTITY],
                    row["uom_id"][1],
                    row["avg_cost"],
                    row["total_value"],
                ]
            yield Subtotal(f"{self.words.total} {heading}")

    def _products(self) -> Iterator[Json]:
        model = self.odoo[PRODUCTS]
        domain: list[Any] = [("is_storable", "=", True)]
        if self.params.category_ids:
            domain.append(("categ_id", "child_of", list(self.params.category_ids)))
        order = "categ_id, default_code, id"
        ids = model.search(domain, order=order, context=self.context)
        places = self._places()
        for some in chunks(ids, TOGETHER):
            rows = model.read(list(some), VALUES, context=self.context)
            quantities = self._quantities(rows, places)
            for row in rows:
                row[QUANTITY] = quantities[row["id"]]
                if row[QUANTITY] or row["total_value"]:
                    yield row

    def _quantities(self, rows: list[Json], places: Json) -> dict[int, float]:
        """What is valued: not what belongs to others, except by FIFO, as Odoo counts it
        (``_with_valuation_context``)."""
        found: dict[int, float] = {}
        for fifo in (True, False):
            ids = [row["id"] for row in rows if (row["cost_method"] == "fifo") == fifo]
            context = {**self.context, "location": places["location"]}
            if not fifo:
                context["owners"] = places["owners"]
            if ids:
                counted = self.odoo[PRODUCTS].read(ids, [QUANTITY], context=context)
                found |= {row["id"]: row[QUANTITY] for row in counted}
        return found

    def _places(self) -> Json:
        valued = [("is_valued_internal", "=", True)]
        own = read_one(self.odoo, "res.company", self.company_id, ["partner_id"])["partner_id"]
        locations = self.odoo["stock.location"].search(valued, context=self.context)
        return {"location": locations, "owners": [False, own]}

    def _methods(self) -> dict[str, str]:
        """Names of the cost methods, in the user's language."""
        described = self.odoo[PRODUCTS].fields_get(["cost_method"], ["selection"])
        return dict(described["cost_method"]["selection"])
