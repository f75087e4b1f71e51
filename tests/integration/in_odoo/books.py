"""For Odoo's shell: two years of books of several companies, in several currencies.

``LINES``, how many posted lines the main company's year 2025 is to have at least, and ``ANSWER``,
the path of a file, are given before. All entries are made and posted by Odoo itself; of the plain
ones SQL then makes as many copies as are wanted, each with all amounts times a whole number, so
that they stay balanced.
"""
# ruff: noqa: F821, S311, S608 - the shell's env, and what is given; dice that fall the same each time

import json
import random
from datetime import date, timedelta
from pathlib import Path

dice = random.Random(19)
LINES_BY_ODOO = 1_000
LINES_OF_AN_ENTRY = 10
FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
PLAIN = {"tracking_disable": True, "mail_create_nolog": True, "mail_notrack": True}


def company(name, currency, **values):
    values = {"name": name, "currency_id": currency.id, **values}
    # Without this Odoo would look for the chart of a country by itself, at the end.
    found = env["res.company"].with_context(chart_template_load=True).create(values)
    found = found.with_context(chart_template_load=False)
    if not found.parent_id:
        env["account.chart.template"].try_loading("generic_coa", found)
        found.currency_id = currency
    return found


def rates(firm, foreign, around):
    env["res.currency.rate"].search([("company_id", "=", firm.id)]).unlink()
    env["res.currency.rate"].create(
        [
            {
                "currency_id": foreign.id,
                "company_id": firm.id,
                "name": date(2023 + month // 12, month % 12 + 1, 1),
                "rate": around * dice.uniform(0.8, 1.2),
            }
            for month in range(36)
        ]
    )


def user(login, firms, *groups):
    made = env["res.users"].create(
        {
            "name": login.title(),
            "login": login,
            "company_id": firms[0].id,
            "company_ids": [(6, 0, [firm.id for firm in firms])],
            "group_ids": [(6, 0, [env.ref(name).id for name in ("base.group_user", *groups)])],
        }
    )
    return env(user=made.id)["res.users.apikeys"].sudo()._generate(None, "test", None)


def day():
    """Most of them in the last year."""
    first = FIRST if dice.random() < 0.3 else date(2025, 1, 1)
    return first + timedelta(days=dice.randrange((LAST - first).days + 1))


def line(firm, foreign, account, partner, on):
    cents = dice.randrange(-90_000, 90_000)
    values = {
        "name": dice.choice(["Rent", "=1+1", "Office supplies, “paper”", "Freight", False]),
        "account_id": account.id,
        "partner_id": partner.id,
        "balance": cents / 100,
    }
    if account.account_type in ("asset_receivable", "liability_payable"):
        values["partner_id"] = partner.id or people[0].id
        values["date_maturity"] = on + timedelta(days=dice.choice([0, 15, 30, 60]))
    if dice.random() < 0.25:
        values["currency_id"] = foreign.id
        values["amount_currency"] = foreign.round(values["balance"] * 1.37)
    return values


def entry(firm, foreign, journal, accounts):
    on = day()
    partners = [env["res.partner"], *people]
    lines = [
        line(firm, foreign, dice.choice(accounts), dice.choice(partners), on)
        for _ in range(LINES_OF_AN_ENTRY - 1)
    ]
    left = -sum(round(values["balance"] * 100) for values in lines) / 100
    lines.append(
        {"name": "Balance", "account_id": dice.choice(plain(accounts)).id, "balance": left}
    )
    values = {"journal_id": journal.id, "date": on, "company_id": firm.id}
    return {**values, "ref": f"R{on:%j}", "line_ids": [(0, 0, each) for each in lines]}


def plain(accounts):
    return [a for a in accounts if a.account_type not in ("asset_receivable", "liability_payable")]


def accounts_of(firm):
    found = (
        env["account.account"]
        .with_company(firm)
        .search([*env["account.account"]._check_company_domain(firm), ("currency_id", "=", False)])
    )
    some = [a for a in found if a.account_type not in ("asset_cash", "liability_credit_card")]
    return dice.sample(some, min(len(some), 30)) + [
        found.filtered(lambda a, kind=kind: a.account_type == kind)[0]
        for kind in ("asset_receivable", "liability_payable", "equity_unaffected", "income")
    ]


def entries(firm, foreign, number):
    """Posted, but for one draft and one cancelled."""
    journal = env["account.journal"].create(
        {"name": "Plain", "code": "PLAIN", "type": "general", "company_id": firm.id}
    )
    moves = env["account.move"].with_company(firm).with_context(**PLAIN)
    accounts = accounts_of(firm)
    made = moves
    for start in range(0, number, 50):
        count = min(50, number - start)
        made |= moves.create([entry(firm, foreign, journal, accounts) for _ in range(count)])
    made[:-2]._post(soft=False)
    made[-1].button_cancel()
    return journal


def invoices(firm, foreign):
    """Paid in parts, at other rates than they were made at, some of it after a year's end."""
    moves = env["account.move"].with_company(firm).with_context(**PLAIN)
    bank = env["account.journal"].search(
        [("type", "=", "bank"), ("company_id", "=", firm.id)], limit=1
    )
    months = (date(2024, 10, 5), date(2025, 2, 7), date(2025, 6, 3), date(2025, 9, 20))
    for number, on in enumerate(months * 2):
        currency = foreign if number % 2 else firm.currency_id
        partner = people[number % len(people)]
        kind = ("out_invoice", "in_invoice")[number // 2 % 2]
        products = [(0, 0, {"name": "Work", "quantity": 1, "price_unit": 100.10 + number})]
        invoice = moves.create(
            {
                "move_type": kind,
                "partner_id": partner.id,
                "invoice_date": on,
                "date": on,
                "invoice_date_due": on + timedelta(days=30),
                "currency_id": currency.id,
                "invoice_line_ids": products,
            }
        )
        invoice.action_post()
        for days, part in ((40, 0.4), (100, 0.6))[: number % 3]:
            pay(invoice, bank, on + timedelta(days=days), part)


def pay(invoice, bank, on, part):
    context = {"active_model": "account.move", "active_ids": invoice.ids}
    env["account.payment.register"].with_company(invoice.company_id).with_context(
        **PLAIN, **context
    ).create(
        {
            "payment_date": on,
            "journal_id": bank.id,
            "currency_id": invoice.currency_id.id,
            "amount": invoice.currency_id.round(invoice.amount_total * part),
        }
    )._create_payments()


def copies(journals, wanted):
    """Made by the database: rows as Odoo wrote them, with new ids and names."""
    env.flush_all()
    of_year = [
        *(("company_id", "=", main.id), ("parent_state", "=", "posted")),
        *(("date", ">=", "2025-01-01"), ("date", "<=", LAST)),
    ]
    there = env["account.move.line"].search_count(of_year)
    of_a_copy = env["account.move.line"].search_count([*of_year, ("journal_id", "in", journals)])
    for number in range(1, -(-max(wanted - there, 0) // of_a_copy) + 1):
        shifts = {model: shift(model) for model in ("account.move", "account.move.line")}
        for model, place in (("account.move", "journal_id"), ("account.move.line", "journal_id")):
            copy(model, f"{place} IN %(journals)s AND id <= %(last)s", number, shifts, journals)
    for model in ("account.move", "account.move.line"):
        table = env[model]._table
        env.cr.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    env.cr.execute("ANALYZE account_move, account_move_line")
    env.invalidate_all()


last = {}


def shift(model):
    """By how much the ids of the next copy lie above those that Odoo made."""
    env.cr.execute(f"SELECT max(id) FROM {env[model]._table}")
    highest = env.cr.fetchone()[0]
    return highest - last.setdefault(model, highest) + last[model]


def copy(model, where, number, shifts, journals):
    fields = [f for f in env[model]._fields.values() if f.store and f.column_type]
    times = number % 7 + 1
    terms = {f.name: f'"{f.name}"' for f in fields}
    for field in fields:
        if field.type == "monetary":
            terms[field.name] = f'"{field.name}" * {times}'
    terms["id"] = f"id + {shifts[model]}"
    if model == "account.move":
        terms["name"] = f"name || '/{number}'"
        terms["sequence_prefix"] = f"sequence_prefix || '{number}-'"
    else:
        terms["move_id"] = f"move_id + {shifts['account.move']}"
        terms["move_name"] = f"move_name || '/{number}'"
    names = ", ".join(f'"{name}"' for name in terms)
    env.cr.execute(
        f"INSERT INTO {env[model]._table} ({names}) "
        f"SELECT {', '.join(terms.values())} FROM {env[model]._table} WHERE {where}",
        {"journals": tuple(journals), "last": last[model]},
    )


def stock(firm):
    """Products of each cost method, received at two prices and delivered, in 2025."""
    env.user.company_ids |= firm
    here = env(context={"allowed_company_ids": [firm.id], **PLAIN})
    warehouse = here["stock.warehouse"].search([("company_id", "=", firm.id)], limit=1)
    places = {
        "in": (here.ref("stock.stock_location_suppliers"), warehouse.lot_stock_id),
        "out": (warehouse.lot_stock_id, here.ref("stock.stock_location_customers")),
    }
    made = here["product.product"]
    for method in ("standard", "average", "fifo"):
        category = here["product.category"].create(
            {"name": f"By {method}", "property_cost_method": method}
        )
        product = here["product.product"].create(
            {
                "name": f"Kept by {method}",
                "default_code": f"KEPT-{method}",
                "is_storable": True,
                "categ_id": category.id,
                "standard_price": 7.5,
            }
        )
        steps = ((date(2025, 2, 1), "in", 10, 8.0), (date(2025, 5, 1), "in", 5, 11.0))
        for on, way, quantity, price in (*steps, (date(2025, 8, 1), "out", 12, 0.0)):
            moved(product, places[way], quantity, price, on)
        made |= product
    return made


def moved(product, places, quantity, price, on):
    here = product.env
    origin, target = places
    move = here["stock.move"].create(
        {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "location_id": origin.id,
            "location_dest_id": target.id,
        }
    )
    move._action_confirm()
    move.quantity = quantity
    move.picked = True
    move._action_done()
    move.date = move.move_line_ids.date = on
    if price:
        values = {"move_id": move.id, "value": price * quantity, "date": on}
        here["product.value"].create({**values, "company_id": move.company_id.id})


def stock_values(firm, days):
    here = firm.with_context(allowed_company_ids=[firm.id])
    return {on or "now": sum(here.stock_value(at_date=on).values()) for on in days}


env = env(user=env.ref("base.user_admin").id)
usd, eur = (
    env["res.currency"].with_context(active_test=False).search([("name", "=", name)])
    for name in ("USD", "EUR")
)
eur.active = usd.active = True
main = env.ref("base.main_company")
other = company("Zweite", eur)
other.write({"fiscalyear_last_day": 31, "fiscalyear_last_month": "3"})
branch = company("Zweite Nord", eur, parent_id=other.id)
people = env["res.partner"].create(
    [{"name": f"{name} & Co", "is_company": True} for name in ("Ähre", "Beta", "=Gamma", "Delta")]
)
rates(main, eur, 0.9)
rates(other, usd, 1.1)
keys = {
    "anna": user("anna", [main], "account.group_account_user", "stock.group_stock_manager"),
    "bruno": user("bruno", [other, branch], "account.group_account_user"),
    "carla": user("carla", [main, other, branch], "account.group_account_user"),
    "dora": user("dora", [main]),
}
journals = []
for firm, foreign, share in ((main, eur, 0.6), (other, usd, 0.3), (branch, usd, 0.1)):
    number = int(LINES_BY_ODOO * share) // LINES_OF_AN_ENTRY
    journals.append(entries(firm, foreign, number).id)
for firm, foreign in ((main, eur), (other, usd)):
    invoices(firm, foreign)
copies(journals, LINES)
stock(main)
env.cr.commit()
env.cr.execute("SELECT count(*) FROM account_move_line")
Path(ANSWER).write_text(
    json.dumps(
        {
            "companies": {"main": main.id, "other": other.id, "branch": branch.id},
            "journals": dict(zip(("main", "other", "branch"), journals, strict=True)),
            "keys": keys,
            "lines": env.cr.fetchone()[0],
            "stock": stock_values(main, [False, "2025-03-31", "2025-06-30", "2025-12-31"]),
        }
    )
)
