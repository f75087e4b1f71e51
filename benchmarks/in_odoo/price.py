"""Products and pricelists, and Odoo's own prices of them."""

from __future__ import annotations

import random
import time
from typing import Any

RULES = 20


def make(env: Any, products: int, pricelists: int) -> dict[str, list[int]]:
    """Pricelists of all kinds of rules, a fifth of which rest on another one."""
    dice = random.Random(19)  # noqa: S311 - the same at every run
    env = env(context={**env.context, "tracking_disable": True})
    categories = env["product.category"].create([{"name": f"Price {n}"} for n in range(30)])
    ids: list[int] = []
    for first in range(0, products, 500):
        made = env["product.product"].create(
            [
                {
                    "name": f"Price {number}",
                    "list_price": round(dice.uniform(1, 300), 2),
                    "standard_price": round(dice.uniform(1, 100), 2),
                    "categ_id": dice.choice(categories.ids),
                }
                for number in range(first, min(first + 500, products))
            ]
        )
        ids += made.ids
        env.cr.commit()
        env.invalidate_all()
    templates = env["product.product"].browse(ids).product_tmpl_id.ids
    lists: list[int] = []
    for number in range(pricelists):
        base = lists[0] if lists and number % 5 == 0 else False
        rules = [_rule(dice, categories.ids, templates, base) for _ in range(RULES)]
        values = {"name": f"Price {number}", "item_ids": [(0, 0, rule) for rule in rules]}
        lists += env["product.pricelist"].create(values).ids
    env.cr.commit()
    return {"products": ids, "pricelists": lists}


def _rule(dice: Any, categories: list[int], templates: list[int], base: Any) -> dict[str, Any]:
    scope = dice.choice(
        [
            {"applied_on": "1_product", "product_tmpl_id": dice.choice(templates)},
            {"applied_on": "2_product_category", "categ_id": dice.choice(categories)},
            {"applied_on": "2_product_category", "categ_id": dice.choice(categories)},
            {"applied_on": "3_global"},
        ]
    )
    terms = dice.choice(
        [
            {"compute_price": "fixed", "fixed_price": 9.99},
            {"compute_price": "percentage", "percent_price": 7.5},
            {"compute_price": "formula", "price_discount": 12, "price_round": 0.05},
            {"compute_price": "formula", "price_round": 10, "price_surcharge": -0.01},
        ]
    )
    chained = base and terms["compute_price"] != "fixed"
    resting = {"base": "pricelist", "base_pricelist_id": base} if chained else {}
    return {**scope, **terms, **resting, "min_quantity": dice.choice([0, 0, 1, 5, 10])}


def odoo(env: Any, products: list[int], pricelists: list[int], stored: int) -> dict[str, float]:
    """Odoo's warm rate, and its rate when it also stores what it has computed."""
    env = env(context={**env.context, "tracking_disable": True})
    some = env["product.product"].browse(products)
    lists = env["product.pricelist"].browse(pricelists)
    lists[0]._get_products_price(some, 1.0)  # warm
    start = time.monotonic()
    for pricelist in lists[1:4]:
        pricelist._get_products_price(some, 10.0)
    rate = 3 * len(some) / (time.monotonic() - start)
    few = some[:stored]
    env.cr.execute("DELETE FROM celery_price WHERE pricelist_id = %s", [lists[-1].id])
    start = time.monotonic()
    for quantity in (0.0, 10.0):
        prices = lists[-1]._get_products_price(few, quantity)
        env["celery.price"].create(
            [
                {
                    "pricelist_id": lists[-1].id,
                    "product_id": product,
                    "min_quantity": quantity,
                    "price": price,
                    "currency_id": lists[-1].currency_id.id,
                    "computed_at": "2026-01-01 00:00:00",
                }
                for product, price in prices.items()
            ]
        )
    env.flush_all()
    job = 2 * stored / (time.monotonic() - start)
    env.invalidate_all()
    start = time.monotonic()
    for quantity in (0.0, 10.0):
        prices = lists[-1]._get_products_price(few, quantity)
        kept = env["celery.price"].search_read(
            [
                ("pricelist_id", "=", lists[-1].id),
                ("product_id", "in", few.ids),
                ("min_quantity", "=", quantity),
            ],
            ["product_id", "price"],
            load="",
        )
        [row["id"] for row in kept if row["price"] != prices[row["product_id"]]]
    again = 2 * stored / (time.monotonic() - start)
    env.cr.rollback()
    return {"prices": rate, "job": job, "again": again}


def empty(env: Any, pricelists: list[int]) -> dict[str, int]:
    """Forget what was computed of them."""
    env.cr.execute("TRUNCATE celery_price, celery_price_run")
    env.cr.commit()
    return {"pricelists": len(pricelists)}


def writes(env: Any, products: list[int], times: int, told: bool) -> dict[str, float]:
    """Prices and costs written a second, each flushed; ``told``: who keeps prices is told of it."""
    env = env(context={**env.context, "tracking_disable": True})
    if not told:
        for model in ("product.product", "product.template"):
            type(env[model])._price_fields = frozenset()
    some = env["product.product"].browse(products[: times + 1])
    some.mapped("list_price")
    some[-1:].write({"standard_price": 1.5, "list_price": 2.5})
    env.flush_all()
    start = time.monotonic()
    for number, product in enumerate(some[:-1]):
        product.write({"standard_price": number + 0.5})
        env.flush_all()
        product.product_tmpl_id.write({"list_price": number + 0.5})
        env.flush_all()
    rate = 2 * times / (time.monotonic() - start)
    env.cr.rollback()
    return {"writes": rate}


def clear(env: Any, products: list[int], pricelists: list[int]) -> dict[str, int]:
    """Archive what was made: to delete ten thousand products takes minutes."""
    env["celery.price"].search([("pricelist_id", "in", pricelists)]).unlink()
    env["product.pricelist"].browse(pricelists).sorted("id", reverse=True).unlink()
    env["product.product"].browse(products).product_tmpl_id.write({"active": False})
    env.cr.commit()
    return {"products": len(products)}
