"""What is wrong with one pricelist of a job is named, and the others are stored and right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from odoo_bridge.job import Json, State
from tasks.job import Job
from tasks.pricing import storing
from tasks.pricing.recalculate import PricingParams, recalculate
from tasks.pricing.refresh import RefreshParams, refresh
from tests.integration.bulk_jobs import Jobs
from workers.embedded.instance import DevOdoo

TEN_OFF = {"compute_price": "percentage", "percent_price": 10.0}


class Shop:
    """An own company, so that what is wrong here is wrong nowhere else, and two products of it."""

    def __init__(self, odoo: DevOdoo) -> None:
        self.jobs = Jobs(odoo)
        self.dsn = odoo.database_dsn
        task = {"queue": "bulk", "schema": {}, "max_attempts": 5, "description": ""}
        names = ("pricing.recalculate", "pricing.refresh")
        self.jobs.addon.register_tasks([{"name": name, **task} for name in names])
        mark = uuid4().hex[:6]
        [self.company] = self.make("res.company", {"name": f"Bad input {mark}"})
        [user] = self.jobs.find("res.users", [["login", "=", odoo.admin_login]], "id")
        self.jobs.call("res.users", "write", [user["id"]], {"company_ids": [[4, self.company, 0]]})
        self.products = self.make(
            "product.product",
            *(
                {"name": f"Bad input {price}", "list_price": price, "company_id": self.company}
                for price in (12.5, 13.75)
            ),
        )

    def make(self, model: str, *values: Json) -> list[int]:
        found: list[int] = self.jobs.call(model, "create", list(values))
        return found

    def pricelist(self, *rules: Json, **values: Any) -> int:
        items = [[0, 0, rule] for rule in rules]
        own = {"name": "Bad input", "company_id": self.company, "item_ids": items}
        [found] = self.make("product.pricelist", {**own, **values})
        return found

    def currency(self, **values: Any) -> int:
        """With no rate."""
        name = "X" + uuid4().hex[:2].upper()
        [found] = self.make("res.currency", {"name": name, "symbol": name, **values})
        return found

    def execute(self, query: str, *values: Any) -> None:
        """Past the ORM, as an import may."""
        with psycopg.connect(self.dsn) as connection:
            connection.execute(query, values)

    def job(self) -> Job:
        context = {"allowed_company_ids": [self.company]}
        [number] = self.jobs.call("celery.job", "enqueue", "bulk.test", {}, context=context)
        [row] = self.jobs.call("celery.job", "read", [number], ["uuid"])
        return self.jobs.job(self.jobs.claimed(row["uuid"]))

    def run(self, task: Any, params: Any) -> Json:
        job = self.job()
        result: Json = task(job, params)
        verdict = self.jobs.commit(job, result=result)
        assert verdict.state is State.DONE, verdict.error
        return result

    def table(self, pricelist: int) -> list[tuple[int, float, float]]:
        rows = self.jobs.find(
            "celery.price",
            [["pricelist_id", "=", pricelist], ["product_id", "in", self.products]],
            *("product_id", "min_quantity", "price"),
        )
        return sorted((row["product_id"][0], row["min_quantity"], row["price"]) for row in rows)

    def right(self, pricelist: int, *quantities: float) -> list[tuple[int, float, float]]:
        """Odoo's own prices."""
        pairs = [(product, each) for product in sorted(self.products) for each in quantities]
        theirs = self.jobs.call(
            "celery.price",
            "reference_prices",
            pricelist,
            pairs,
            context={"allowed_company_ids": [self.company]},
        )
        return [(*pair, price) for pair, price in zip(pairs, theirs, strict=True)]

    def settled(self, pricelist: int) -> bool:
        rows = self.jobs.find("celery.price.run", [["pricelist_id", "=", pricelist]], "seen")
        return any(row["seen"] for row in rows)


@pytest.fixture(scope="module")
def shop(odoo: DevOdoo) -> Iterator[Shop]:
    made = Shop(odoo)
    yield made
    made.execute("DELETE FROM celery_price_run WHERE company_id = %s", made.company)


def without_rate(shop: Shop) -> int:
    return shop.pricelist(TEN_OFF, currency_id=shop.currency())


def archived(shop: Shop) -> int:
    currency = shop.currency()
    rate = {"currency_id": currency, "name": "2020-01-01", "rate": 2.0}
    shop.make("res.currency.rate", rate)
    pricelist = shop.pricelist(TEN_OFF, currency_id=currency)
    shop.jobs.call("res.currency", "write", [currency], {"active": False})
    return pricelist


def too_large(shop: Shop) -> int:
    return shop.pricelist({"compute_price": "fixed", "fixed_price": 1e16})


def cyclic(shop: Shop) -> int:
    first = shop.pricelist(TEN_OFF)
    rests = {"compute_price": "formula", "base": "pricelist", "base_pricelist_id": first}
    second = shop.pricelist(rests)
    circle = "UPDATE product_pricelist_item SET base = 'pricelist', base_pricelist_id = %s"
    shop.execute(f"{circle} WHERE pricelist_id = %s", second, first)
    return first


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (without_rate, "has no rate: add one"),
        (archived, "is archived: activate it"),
        (too_large, "is too large for cents"),
        (cyclic, "rest on each other in a circle"),
    ],
)
def test_one_is_wrong_and_the_others_are_right(
    shop: Shop, wrong: Callable[[Shop], int], said: str
) -> None:
    bad, good, last = wrong(shop), shop.pricelist(TEN_OFF), shop.pricelist(TEN_OFF)
    found = shop.run(recalculate, PricingParams(pricelist_ids=[good, bad, last]))
    assert list(found["errors"]) == [str(bad)]
    assert said in found["errors"][str(bad)]
    for each in (good, last):
        assert shop.table(each) == shop.right(each, 0.0)
        assert shop.settled(each)
    assert not shop.settled(bad)
    assert shop.table(bad) == []


def test_a_unit_with_the_factor_zero_is_in_no_price_of_a_products_own_unit(shop: Shop) -> None:
    """As in Odoo: nothing is converted, so nothing is wrong."""
    [unit] = shop.make("uom.uom", {"name": "Nothing", "relative_factor": 1.0})
    [odd] = shop.make(
        "product.product",
        {"name": "Odd", "list_price": 3.0, "uom_id": unit, "company_id": shop.company},
    )
    shop.execute("UPDATE uom_uom SET factor = 0 WHERE id = %s", unit)
    some = shop.pricelist(TEN_OFF)
    found = shop.run(recalculate, PricingParams(pricelist_ids=[some], sample=1_000))
    assert (found["errors"], found["mismatches"]) == ({}, [])
    rows = shop.jobs.find("celery.price", [["product_id", "=", odd]], "price")
    assert [row["price"] for row in rows] == [pytest.approx(2.7)]
    shop.jobs.call("product.product", "write", [odd], {"sale_ok": False})


def test_a_rule_deleted_in_mid_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """After it was read, before the first price is stored."""
    bulk = {"compute_price": "percentage", "percent_price": 40.0, "min_quantity": 5}
    hurt, other = shop.pricelist(bulk, TEN_OFF), shop.pricelist(TEN_OFF)
    rules = shop.jobs.find("product.pricelist.item", [["pricelist_id", "=", hurt]], "min_quantity")
    [gone] = [row["id"] for row in rows_of(rules, 5.0)]
    ahead, deleted = storing._ahead, []

    def until_stored(job: Job, method: str, *args: Any) -> Any:
        if method == "advance" and not deleted:
            deleted.append(shop.jobs.call("product.pricelist.item", "unlink", [gone]))
        return ahead(job, method, *args)

    monkeypatch.setattr(storing, "_ahead", until_stored)
    found = shop.run(recalculate, PricingParams(pricelist_ids=[hurt, other]))
    assert deleted
    assert (found["errors"], found["pricelists"]) == ({}, 2)
    assert shop.table(hurt) != shop.right(hurt, 0.0)  # the rule's break is still there
    context = {"allowed_company_ids": [shop.company]}
    read = shop.jobs.call("celery.price", "get_prices", hurt, shop.products, 5, context=context)
    assert [tuple(pair) for pair in read] == [(p, x) for p, _q, x in shop.right(hurt, 5.0)]
    for each in shop.run(refresh, RefreshParams())["recalculated"]:
        shop.run(recalculate, PricingParams(pricelist_id=each))
    for each in (hurt, other):
        assert shop.table(each) == shop.right(each, 0.0)
        assert shop.settled(each)


def rows_of(rules: list[Json], least: float) -> list[Json]:
    return [row for row in rules if row["min_quantity"] == least]
