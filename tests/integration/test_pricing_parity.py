"""The engine's prices against Odoo's own, on random rules of every kind."""

from __future__ import annotations

import random
import xmlrpc.client
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from odoo_bridge.job import Envelope
from tasks.job import Job
from tasks.pricing.engine import Engine
from tasks.pricing.recalculate import PricingParams, recalculate
from tasks.pricing.rounding import same_amount
from tasks.pricing.source import PriceSource

PRICELISTS = 24
RULES = 18
SEED = 19


class Admin:
    """An environment over plain XML-RPC as the admin: no code of the fabric's under test."""

    def __init__(self, odoo: Any) -> None:
        common = xmlrpc.client.ServerProxy(f"{odoo.url}/xmlrpc/2/common")
        self.uid = common.authenticate(odoo.database, "admin", odoo.admin_api_key, {})
        self.login = (odoo.database, self.uid, odoo.admin_api_key)
        self.proxy = xmlrpc.client.ServerProxy(f"{odoo.url}/xmlrpc/2/object", allow_none=True)

    def __getitem__(self, model: str) -> Model:
        return Model(self, model)


class Model:
    def __init__(self, admin: Admin, name: str) -> None:
        self.admin, self.name = admin, name

    def __getattr__(self, method: str) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            return self.admin.proxy.execute_kw(
                *self.admin.login, self.name, method, list(args), kwargs
            )

        return call


@pytest.fixture(scope="module")
def admin(odoo: Any) -> Iterator[Admin]:
    admin = Admin(odoo)
    yield admin
    admin.proxy("close")()


@pytest.fixture(scope="module")
def euro(admin: Admin) -> Iterator[int]:
    [euro] = admin["res.currency"].search([("name", "=", "EUR"), ("active", "in", [True, False])])
    [was] = admin["res.currency"].read([euro], ["active"])
    admin["res.currency"].write([euro], {"active": True})
    yield euro
    admin["res.currency"].write([euro], {"active": was["active"]})


@pytest.fixture(scope="module")
def products(admin: Admin) -> Iterator[list[int]]:
    """All that is for sale, with some odd prices and costs that demo data lacks."""
    dice = random.Random(SEED)  # noqa: S311 - dice that fall the same each time
    categories = admin["product.category"].search([])
    values = [
        {
            "name": f"Parity {number}",
            "categ_id": dice.choice([*categories, False]),
            "list_price": round(dice.uniform(0, 300), dice.choice([0, 2, 3, 5])),
            "standard_price": round(dice.uniform(0, 200), dice.choice([0, 2, 4])),
        }
        for number in range(12)
    ]
    templates = admin["product.template"].create(values)
    yield admin["product.product"].search([("sale_ok", "=", True)])
    admin["product.template"].unlink(templates)


@pytest.fixture(scope="module")
def pricelists(admin: Admin, euro: int, products: list[int]) -> Iterator[list[int]]:
    dice = random.Random(SEED)  # noqa: S311 - dice that fall the same each time
    company = admin["res.users"].read([admin.uid], ["company_id"])[0]["company_id"][0]
    own = admin["res.company"].read([company], ["currency_id"])[0]["currency_id"][0]
    ids: list[int] = []
    for number in range(PRICELISTS):
        currency = dice.choice([own, own, euro])
        ids += admin["product.pricelist"].create(
            [{"name": f"Parity {number}", "currency_id": currency, "company_id": False}]
        )
        scopes = Scopes(admin, products, dice)
        rules = [random_rule(dice, scopes, ids[-1], ids[:-1]) for _ in range(RULES)]
        admin["product.pricelist.item"].create(rules)
    yield ids
    admin["product.pricelist"].unlink(ids[::-1])


class Scopes:
    """What a rule may be about."""

    def __init__(self, admin: Admin, products: list[int], dice: random.Random) -> None:
        self.products = products
        rows = admin["product.product"].read(products, ["product_tmpl_id"])
        self.templates = [row["product_tmpl_id"][0] for row in rows]
        self.categories = admin["product.category"].search([])
        self.dice = dice

    def choose(self) -> dict[str, Any]:
        kind = self.dice.choice(["variant", "template", "category", "category", "global"])
        return {
            "variant": {
                "applied_on": "0_product_variant",
                "product_id": self.dice.choice(self.products),
            },
            "template": {
                "applied_on": "1_product",
                "product_tmpl_id": self.dice.choice(self.templates),
            },
            "category": {
                "applied_on": "2_product_category",
                "categ_id": self.dice.choice(self.categories),
            },
            "global": {"applied_on": "3_global"},
        }[kind]


def random_rule(
    dice: random.Random, scopes: Scopes, pricelist_id: int, others: list[int]
) -> dict[str, Any]:
    base = dice.choice(["list_price", "standard_price", *(["pricelist"] if others else [])])
    return {
        "pricelist_id": pricelist_id,
        **scopes.choose(),
        **random_dates(dice),
        **random_arithmetic(dice, base),
        "min_quantity": dice.choice([0, 0, 0, 0.5, 1, 2, 5, 10, 12.25]),
        "base": base,
        "base_pricelist_id": dice.choice(others) if base == "pricelist" else False,
    }


def random_dates(dice: random.Random) -> dict[str, Any]:
    def days(number: int) -> str:
        return f"{datetime.now(UTC) + timedelta(days=number):%Y-%m-%d %H:%M:%S}"

    start, end = dice.choice([(0, 0), (0, 0), (-2, 0), (0, 2), (-2, 2), (-9, -2), (2, 9)])
    return {"date_start": start and days(start), "date_end": end and days(end)}


def random_arithmetic(dice: random.Random, base: str) -> dict[str, Any]:
    kind = dice.choice(["fixed", "percentage", "formula", "formula"])
    if kind == "fixed":
        return {"compute_price": kind, "fixed_price": round(dice.uniform(0, 500), 3)}
    percent = round(dice.uniform(-40, 60), 2)
    if kind == "percentage":
        return {"compute_price": kind, "percent_price": percent}
    least, most = dice.choice([(0, 0), (0, 0), (1.5, 20), (0, 5), (-3, 0), (2.25, 2.25)])
    return {
        "compute_price": kind,
        "price_markup" if base == "standard_price" else "price_discount": percent,
        "price_round": dice.choice([0, 0, 0.01, 0.05, 0.25, 0.1, 1, 3, 10]),
        "price_surcharge": dice.choice([0, 0, -0.01, 1.115, 4]),
        "price_min_margin": least,
        "price_max_margin": most,
    }


def test_every_price_is_odoos_own(admin: Admin, pricelists: list[int], products: list[int]) -> None:
    company = admin["res.users"].read([admin.uid], ["company_id"])[0]["company_id"][0]
    source = PriceSource(admin, company)
    known = source.products(products)
    compared, wrong = 0, []
    for pricelist_id in pricelists:
        chain = source.pricelists(pricelist_id)
        currencies = {p.currency_id for p in chain.values()} | {p.currency_id for p in known}
        engine = Engine(chain, source.rates(currencies))
        quantities = [(p, q) for p in known for q in (0.25, *engine.breaks(pricelist_id, p), 99.0)]
        ours = [engine.price(pricelist_id, product, q) for product, q in quantities]
        pairs = [[product.id, q] for product, q in quantities]
        theirs = admin["celery.price"].reference_prices(pricelist_id, pairs)
        compared += len(pairs)
        wrong += [
            (pricelist_id, pair, mine, odoos)
            for pair, mine, odoos in zip(pairs, ours, theirs, strict=True)
            if not same_amount(mine, odoos, 1e-6)
        ]
    assert compared > 3_000
    assert wrong == []


def test_the_task_stores_what_it_computed(admin: Admin, pricelists: list[int]) -> None:
    job = Job(Envelope("parity", 1, "pricing.recalculate", "pricing", user_id=admin.uid), admin)
    result = recalculate(job, PricingParams(pricelist_id=pricelists[-1], sample=200))
    assert result["compared"] == min(200, result["prices"])
    assert result["mismatches"] == []
    for operation in job.operations:
        admin[operation.args["model"]].store_prices(*operation.args["args"])
    rows = [row for operation in job.operations for row in operation.args["args"][1]]
    stored = admin["celery.price"].search_read(
        [("pricelist_id", "=", pricelists[-1])], ["product_id", "min_quantity", "price"]
    )
    prices = {(row["product_id"][0], row["min_quantity"]): row["price"] for row in stored}
    assert prices.keys() == {(product_id, quantity) for product_id, quantity, _price in rows}
    assert all(abs(prices[row[0], row[1]] - row[2]) <= 0.005 for row in rows)
