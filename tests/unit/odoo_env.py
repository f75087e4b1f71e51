"""An environment like odoorpc's that answers from rows in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from odoo_bridge.job import Json


class Model:
    """``search_read`` over plain rows, for the operators that the mapping uses."""

    def __init__(self, rows: list[Json]) -> None:
        self.rows = rows

    def search_read(
        self,
        domain: Sequence[Any],
        fields: Sequence[str],
        limit: int | None = None,
        order: str = "id",
    ) -> list[Json]:
        found = [row for row in self.rows if all(_holds(row, *term) for term in domain)]
        found.sort(key=lambda row: row[order])
        return [{"id": row["id"], **{name: row[name] for name in fields}} for row in found][:limit]

    def default_get(self, fields: Sequence[str]) -> Json:
        return dict.fromkeys(fields, 1)


class Env:
    def __init__(self, **models: list[Json]) -> None:
        self.models = {name.replace("__", "."): rows for name, rows in models.items()}

    def __getitem__(self, model: str) -> Model:
        return Model(self.models.setdefault(model, []))


def _holds(row: Json, field: str, operator: str, value: Any) -> bool:
    if operator == "in":
        return row.get(field, False) in value
    if operator == "parent_of":
        operator = "="
    assert operator == "=", operator
    return bool(row.get(field, False) == value)


def demo_env(**more: list[Json]) -> Env:
    """What Odoo's demo data knows of the sample orders."""
    skus = [
        *("E-COM06", "E-COM07", "E-COM08", "E-COM11", "FURN_0269", "FURN_7777", "FURN_8888"),
        *("FURN_8855", "FURN_0001", "FURN_5555", "Delivery_010"),
    ]
    tax = {
        "company_id": 1,
        "type_tax_use": "sale",
        "amount_type": "percent",
        "price_include": False,
    }
    return Env(
        **{
            "product__product": [
                {"id": 100 + n, "default_code": sku} for n, sku in enumerate(skus)
            ],
            "account__tax": [{"id": 1, "amount": 15.0, **tax}],
            "res__company": [{"id": 1, "currency_id": [1, "USD"]}],
            "res__country": [{"id": 233, "code": "US"}],
            "res__country__state": [{"id": 25, "code": "KY", "country_id": 233}],
            **more,
        }
    )
