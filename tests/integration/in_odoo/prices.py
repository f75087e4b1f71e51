"""For Odoo's shell: random pricelists and products of every kind, and Odoo's own prices of them.

``SEED``, ``CASES`` and ``ANSWER``, the path of a file, are given before.
"""
# ruff: noqa: F821, S311 - the shell's env, and what is given; dice that fall the same each time

import json
import random
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

dice = random.Random(SEED)
TOGETHER = 11
COUNTED = 3000
rules = {name: Counter() for name in ("applied_on", "compute_price", "base", "depth")}
DAY = datetime(2026, 6, 15, 12, 0, 0)
EDGES = [DAY + timedelta(days=days) for days in (-400, -30, -1, 0, 1, 30, 400)]
LEAST = [0, 0, 0, 0, 0.5, 1, 1.01, 2, 5, 12, 12.25, 24, 100]
# None, both, one of them, below the base, and no room between them.
MARGINS = [(0, 0), (0, 0), (2.25, 19.99), (0, 5), (-3, 0), (-9, -3), (4, 4)]
STEPS = [0, 0, 0, 0.01, 0.05, 0.1, 0.25, 0.3, 1, 1.5, 3, 10, 100]


def amount(low, high):
    return round(dice.uniform(low, high), dice.choice([0, 1, 2, 2, 2, 3, 5]))


def maybe(value, chance=0.5):
    return value if dice.random() < chance else False


def companies():
    main = env.ref("base.main_company")
    other = env["res.company"].create({"name": "Parity", "currency_id": currency["EUR"].id})
    branch = env["res.company"].create({"name": "Parity Branch", "parent_id": other.id})
    admin.company_ids |= other | branch
    return [main, other, branch]


def currencies():
    found = env["res.currency"].with_context(active_test=False)
    found = {
        name: found.search([("name", "=", name)]) for name in ("USD", "EUR", "JPY", "CHF", "KWD")
    }
    for each in found.values():
        each.active = True
    return found


def rates():
    """Dated ones, shared and of a company, of the past and of the future."""
    env["res.currency.rate"].search([]).unlink()
    rows = []
    for name, around in (("USD", 1.1), ("EUR", 0.9), ("JPY", 163), ("CHF", 0.95), ("KWD", 0.3)):
        for company in (False, *(c.id for c in roots if c.currency_id != currency[name])):
            days = dice.sample(range(-500, 500), dice.choice([1, 2, 5]))
            rows += [
                {
                    "currency_id": currency[name].id,
                    "company_id": company,
                    "name": (DAY + timedelta(days=day)).date(),
                    "rate": around * dice.uniform(0.5, 2),
                }
                for day in days
            ]
    env["res.currency.rate"].create(rows)


def units():
    piece = env.ref("uom.product_uom_unit")
    new = env["uom.uom"].create(
        [
            {"name": f"Parity {factor}", "relative_factor": factor, "relative_uom_id": piece.id}
            for factor in (7, 12, 0.001, 1 / 3, 0.45359237, 1000)
        ]
    )
    pack = env["uom.uom"].create(
        {"name": "Parity pack of packs", "relative_factor": 1.7, "relative_uom_id": new[0].id}
    )
    return piece | new | pack | env.ref("uom.product_uom_kgm") | env.ref("uom.product_uom_gram")


def categories():
    found = [env["product.category"].create({"name": "zebra"})]
    for number in range(14):
        parent = maybe(dice.choice(found).id, 0.8)
        name = dice.choice(["Ähre", "apple", "Zoo", "_x", "1", "be a", "be-b"]) + str(number)
        found.append(env["product.category"].create({"name": name, "parent_id": parent}))
    return found


def attributes():
    return env["product.attribute"].create(
        [
            {"name": f"Parity {number}", "value_ids": [(0, 0, {"name": str(v)}) for v in range(3)]}
            for number in range(3)
        ]
    )


def products():
    found = env["product.template"]
    for number in range(70):
        lines = [
            (0, 0, {"attribute_id": each.id, "value_ids": [(6, 0, each.value_ids.ids)]})
            for each in dice.sample(list(kinds), dice.choice([0, 0, 0, 1, 2]))
        ]
        found |= env["product.template"].create(
            {
                "name": f"Parity {number}",
                "list_price": dice.choice([0, amount(0, 300), amount(0, 9), amount(1000, 99999)]),
                "categ_id": maybe(dice.choice(tree).id, 0.9),
                "uom_id": dice.choice([*[uoms[0]] * 5, *uoms]).id,
                "company_id": maybe(dice.choice(roots).id, 0.25),
                "attribute_line_ids": lines,
            }
        )
    for value in found.attribute_line_ids.product_template_value_ids:
        value.price_extra = maybe(amount(-5, 40), 0.7) or 0
    variants = found.product_variant_ids
    for company in firms:
        for variant in variants:
            variant.with_company(company).standard_price = dice.choice(
                [0, amount(0, 200), amount(0, 5)]
            )
    for variant in dice.sample(list(variants), 12):
        variant.active = False
    found[5].active = found[6].active = False
    return variants


def fitting(records, company):
    """Those that a record of the company may point to."""
    return [r for r in records if not company or not r.company_id or r.company_id == company]


def rule(pricelist, bases):
    about = dice.choice(
        ["0_product_variant", "1_product", "2_product_category", "2_product_category", "3_global"]
    )
    product = dice.choice(
        shared if not pricelist.company_id else fitting(variants, pricelist.company_id)
    )
    base = dice.choice(["list_price", "standard_price", *(["pricelist"] * 4 if bases else [])])
    start, end = maybe(dice.choice(EDGES[:5]), 0.3), maybe(dice.choice(EDGES[3:]), 0.3)
    if start and end and start >= end:
        start = False
    values = {
        "pricelist_id": pricelist.id,
        "applied_on": about,
        "product_id": product.id if about == "0_product_variant" else False,
        "product_tmpl_id": product.product_tmpl_id.id if about < "2" else False,
        "categ_id": dice.choice(tree).id if about == "2_product_category" else False,
        "min_quantity": dice.choice(LEAST),
        "date_start": start,
        "date_end": end,
        "base": base,
        "base_pricelist_id": dice.choice(bases).id if base == "pricelist" else False,
        "compute_price": dice.choice(["fixed", "percentage", "formula", "formula", "formula"]),
    }
    percent = dice.choice([0, 10, 33.33, amount(-40, 60), 100, 110])
    if values["compute_price"] == "fixed":
        return {**values, "fixed_price": dice.choice([0, amount(0, 500), amount(-5, 5)])}
    if values["compute_price"] == "percentage":
        return {**values, "percent_price": percent}
    least, most = dice.choice(
        [(0, 0), (0, 0), (amount(0, 9), amount(9, 50)), (0, 5), (-3, 0), (-9, -3), (4, 4)]
    )
    return {
        **values,
        "price_markup" if base == "standard_price" else "price_discount": percent,
        "price_round": dice.choice(STEPS),
        "price_surcharge": dice.choice([0, 0, -0.01, 1.115, amount(-5, 20)]),
        "price_min_margin": least,
        "price_max_margin": most,
    }


def pricelists():
    """Chains of up to four: each layer rests on those below it."""
    below, found = [], []
    for layer in range(4):
        made = []
        for number in range(9):
            company = env["res.company"].browse(maybe(dice.choice(roots).id, 0.3) or [])
            pricelist = env["product.pricelist"].create(
                {
                    "name": f"Parity {layer}.{number}",
                    "currency_id": dice.choice(list(currency.values())).id,
                    "company_id": company.id,
                    "active": dice.random() < 0.9,
                }
            )
            bases = [b for b in below if not b.company_id or b.company_id == company]
            rules = [rule(pricelist, bases) for _ in range(dice.choice([0, 10, 20, 40, 80]))]
            env["product.pricelist.item"].create(rules)
            made.append(pricelist)
        below += made
        found += made
    return found


def odd_rules():
    """A rule of all products, left with a product by a write past what create makes of it."""
    found = next(r for p in all_lists for r in p.item_ids if r.applied_on == "3_global")
    found.write(
        {"product_tmpl_id": shared[0].product_tmpl_id.id, "date_start": False, "date_end": False}
    )
    resting, more = set(), {found.pricelist_id.id}
    while more > resting:
        resting |= more
        more |= {p.id for p in all_lists if set(p.item_ids.base_pricelist_id.ids) & resting}
    return resting


def quantity():
    near = dice.choice(LEAST) + dice.choice([0, 0, 0.01, -0.01])
    return dice.choice([near, near, 0, -2, 1, round(dice.uniform(0, 30), 4)])


def case(seen, lists):
    product = dice.choice(seen)
    unit = maybe(dice.choice(list(uoms)), 0.4)
    many = quantity()
    if unit and dice.random() < 0.5:
        many = (
            unit._compute_quantity(1, product.uom_id, round=False)
            and many / unit.factor * product.uom_id.factor
        )
    return dice.choice(lists), product, many, unit


def priced(company, moment, number):
    here = env(user=admin.id, context={"allowed_company_ids": [company.id], "tz": "Asia/Tokyo"})
    any_state = ("active", "in", [True, False])
    seen = here["product.product"].search([("id", "in", variants.ids), any_state])
    lists = here["product.pricelist"].search([("id", "in", [p.id for p in all_lists]), any_state])
    rows = []
    while len(rows) < number:
        pricelist, product, many, unit = case(list(seen), list(lists))
        asked = {"quantity": many, "uom": unit or None, "date": moment}
        prices = {product.id: pricelist._get_product_price(product, **asked)}
        if pricelist.id not in odd:  # for those Odoo's answer depends on what else is asked
            more = seen.browse(dice.sample(seen.ids, TOGETHER))
            prices.update(pricelist._get_products_price(more, **asked))
        count(pricelist, product, many, unit, moment)
        step = pricelist.currency_id.rounding
        unit_id = unit.id if unit else -1
        rows += [[pricelist.id, each, many, unit_id, price, step] for each, price in prices.items()]
    return {
        "company": company.id,
        "kind": "time" if isinstance(moment, datetime) else "day",
        "on": moment.isoformat(),
        "pricelists": lists.ids,
        "products": seen.ids,
        "cases": rows,
    }


def count(pricelist, product, many, unit, moment):
    """Which rules the prices come from, of some of them: it costs as much as a price."""
    if dice.random() > TOGETHER * COUNTED / CASES:
        return
    depth = 0
    while True:
        found = pricelist._get_product_rule(product, many, uom=unit or None, date=moment)
        found = pricelist.env["product.pricelist.item"].browse(found or [])
        for name in ("applied_on", "compute_price", "base"):
            rules[name][found[name] or "none"] += 1
        if found.compute_price == "fixed" or found.base != "pricelist":
            break
        pricelist, depth = found.base_pricelist_id, depth + 1
    rules["depth"][depth] += 1


env = env(context={**env.context, "tracking_disable": True})
admin = env.ref("base.user_admin")
currency = currencies()
firms = companies()
roots = firms[:2]
rates()
uoms = units()
tree = categories()
kinds = attributes()
variants = products()
shared = [v for v in variants if not v.company_id]
all_lists = pricelists()
odd = odd_rules()
env.flush_all()
env.cr.commit()
moments = [
    *EDGES,
    EDGES[4] + timedelta(seconds=1),
    EDGES[2] - timedelta(seconds=1),
    date(2026, 6, 15),
    date(2026, 6, 16),
]
groups = [(company, moment) for company in firms for moment in moments]
answer = [priced(company, moment, -(-CASES // len(groups))) for company, moment in groups]
Path(ANSWER).write_text(json.dumps({"groups": answer, "rules": rules}))
