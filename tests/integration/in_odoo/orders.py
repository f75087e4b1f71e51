"""For Odoo's shell: pairs of quotations of every kind whose prices are no longer right, and what
Odoo's own ``action_update_prices`` makes of one of each pair.

``SEED``, ``PAIRS`` and ``ANSWER``, the path of a file, are given before.
"""
# ruff: noqa: F821, S311 - the shell's env, and what is given; dice that fall the same each time

import json
import random
from datetime import datetime, timedelta
from pathlib import Path

dice = random.Random(SEED)
NOW = datetime(2026, 6, 15, 12, 0, 0)
SEEN = ("price_unit", "technical_price_unit", "discount", "price_subtotal")


def currencies():
    found = {}
    for name, rates in {"EUR": [0.9, 0.8], "JPY": [163.0, 150.0]}.items():
        each = env["res.currency"].with_context(active_test=False).search([("name", "=", name)])
        each.active = True
        each.rate_ids.unlink()
        days = [NOW - timedelta(days=300), NOW - timedelta(days=20)]
        for day, rate in zip(days, rates, strict=True):
            env["res.currency.rate"].create(
                {"currency_id": each.id, "name": day.date(), "rate": rate, "company_id": False}
            )
        found[name] = each
    return [env.company.currency_id, *found.values()]


def products():
    """Plain ones in several units, with a variant's extra, taxed in the price, and a combo."""
    tax = env["account.tax"].create(
        {"name": "in the price", "amount": 15, "price_include_override": "tax_included"}
    )
    values = [
        {
            "name": f"Order {number}",
            "list_price": round(dice.uniform(1, 900), 2),
            "standard_price": round(dice.uniform(1, 90), 2),
            "uom_id": dice.choice(units).id,
            "taxes_id": [(6, 0, tax.ids if number % 7 == 0 else [])],
            "type": "consu" if number % 2 else "service",
        }
        for number in range(24)
    ]
    plain = env["product.template"].create(values)
    attribute = env["product.attribute"].create(
        {"name": "Size", "value_ids": [(0, 0, {"name": n}) for n in "SML"]}
    )
    lines = [(0, 0, {"attribute_id": attribute.id, "value_ids": [(6, 0, attribute.value_ids.ids)]})]
    sized = env["product.template"].create(
        {"name": "Sized", "list_price": 50, "attribute_line_ids": lines, "taxes_id": False}
    )
    for place, value in enumerate(sized.attribute_line_ids.product_template_value_ids):
        value.price_extra = place * 3.5
    return plain.product_variant_ids | sized.product_variant_ids


def combo():
    items = [(0, 0, {"product_id": p.id, "extra_price": 2}) for p in goods[1:3]]
    choice = env["product.combo"].create({"name": "Choice", "combo_item_ids": items})
    values = {"name": "Menu", "type": "combo", "combo_ids": [(6, 0, choice.ids)], "list_price": 20}
    return env["product.template"].create({**values, "taxes_id": False}).product_variant_id


def rule(pricelist, bases, values=None):
    about = dice.choice(["3_global", "3_global", "0_product_variant", "1_product"])
    product = dice.choice(list(goods))
    base = dice.choice(["list_price", "standard_price", *(["pricelist"] * 3 if bases else [])])
    start = dice.choice([False, False, False, NOW - timedelta(days=10)])
    kind = dice.choice(["percentage", "percentage", "percentage", "formula", "fixed"])
    return {
        "pricelist_id": pricelist.id,
        "applied_on": about,
        "product_id": product.id if about == "0_product_variant" else False,
        "product_tmpl_id": product.product_tmpl_id.id if about < "2" else False,
        "min_quantity": dice.choice([0, 0, 1, 5, 12]),
        "date_start": start,
        "base": base,
        "base_pricelist_id": dice.choice(bases).id if base == "pricelist" else False,
        "compute_price": kind,
        "fixed_price": round(dice.uniform(1, 300), 2),
        "percent_price": dice.choice([0, 10, 33.33, 12.5, -7, 100]),
        **({"price_round": 0.05, "price_surcharge": 1.25} if kind == "formula" else {}),
    }


def pricelists():
    found = []
    for number in range(9):
        made = env["product.pricelist"].create(
            {"name": f"Orders {number}", "currency_id": dice.choice(money).id, "item_ids": []}
        )
        rules = [rule(made, found) for _ in range(dice.choice([0, 4, 10]))]
        env["product.pricelist.item"].create(rules)
        found.append(made)
    return found


def line(odd):
    product = dice.choice(list(goods))
    values = {
        "product_id": product.id,
        "product_uom_qty": dice.choice([0, 1, 1, 4.5, 5, 12, 13, 100]),
    }
    same = [u for u in units if u != product.uom_id] if product.uom_id != hours else []
    if same and dice.random() < 0.4:
        values["product_uom_id"] = dice.choice(same).id
    if odd == "manual":
        values |= {"price_unit": 1.23, "discount": 5.0}
    elif odd == "downpayment":
        values |= {"is_downpayment": True, "price_unit": 77.0}
    elif odd == "global":
        values |= {"extra_tax_data": {"computation_key": "global_discount,1"}, "price_unit": -9.0}
    elif odd == "note":
        values = {"display_type": "line_note", "name": "a note"}
    elif odd == "section":
        values = {"display_type": "line_section", "name": "a section"}
    return values


def order(number):
    odds = ["", "", "", "manual", "downpayment", "global", "note", "section"]
    lines = [line(dice.choice(odds)) for _ in range(dice.choice([0, 1, 3, 8]))]
    values = {
        "partner_id": partner.id,
        "pricelist_id": dice.choice(lists).id,
        "date_order": NOW - timedelta(days=dice.choice([0, 5, 15, 30, 400]), minutes=number),
        "fiscal_position_id": mapping.id if number % 5 == 0 else False,
        "company_id": env.company.id,
    }
    if number % 6 == 5:
        values["pricelist_id"] = False
    return {**values, "order_line": [(0, 0, each) for each in lines]}


def with_combo(made):
    menu_line = env["sale.order.line"].create({"order_id": made.id, "product_id": menu.id})
    for item in menu.product_tmpl_id.combo_ids.combo_item_ids[:1]:
        env["sale.order.line"].create(
            {
                "order_id": made.id,
                "product_id": item.product_id.id,
                "linked_line_id": menu_line.id,
                "combo_item_id": item.id,
            }
        )


def facts(made):
    lines = made.order_line.sorted("id")
    rows = [{name: each[name] for name in SEEN} for each in lines]
    return {"id": made.id, "lines": rows, "total": made.amount_total}


admin = env.ref("base.user_admin")
env = env(user=admin.id, context={"tracking_disable": True, "allowed_company_ids": [1]})
env.user.group_ids |= env.ref("sale.group_discount_per_so_line") | env.ref(
    "product.group_product_pricelist"
)
env.ref("base.group_user").implied_ids |= env.ref("sale.group_discount_per_so_line") | env.ref(
    "product.group_product_pricelist"
)
pieces = [env.ref("uom.product_uom_unit"), env.ref("uom.product_uom_dozen")]
hours = env.ref("uom.product_uom_hour")
units = pieces
money = currencies()
goods = products()
menu = combo()
lists = pricelists()
none = env["account.tax"].create(
    {"name": "none", "amount": 0, "price_include_override": "tax_included"}
)
mapping = env["account.fiscal.position"].create({"name": "Abroad"})
none.write({"fiscal_position_ids": [(4, mapping.id)]})
none.original_tax_ids = goods.taxes_id
partner = env["res.partner"].create({"name": "Parity"})
asked = [order(number) for number in range(PAIRS)]
first = env["sale.order"].create(asked)
second = env["sale.order"].create(asked)
for number in range(0, PAIRS, 9):
    with_combo(first[number])
    with_combo(second[number])
env.flush_all()
# What they were priced by is another thing now.
for each in goods.product_tmpl_id:
    if dice.random() < 0.7:
        each.list_price = round(dice.uniform(1, 900), 2)
for each in env["product.pricelist.item"].search([("pricelist_id", "in", [x.id for x in lists])]):
    if dice.random() < 0.5:
        each.write({"percent_price": dice.choice([5, 15.5, 20]), "fixed_price": 9.87})
env.flush_all()
before = [facts(each) for each in first]
for each in second:
    each.action_update_prices()
env.flush_all()
answer = [
    {"id": ours.id, "twin": theirs.id, "before": old, "expected": facts(theirs)}
    for ours, theirs, old in zip(first, second, before, strict=True)
]
env.cr.commit()
env.registry.signal_changes()  # the server, another process, has cached who has which group
Path(ANSWER).write_text(json.dumps({"pairs": answer, "lists": [each.id for each in lists]}))
