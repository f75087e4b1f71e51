"""The part of the gateway's OpenAPI description that a catalog's readers need."""

from __future__ import annotations

from odoo_bridge.gateway.catalog import LARGEST_ID, LARGEST_QUANTITY, MOST_PRODUCTS, PATH
from odoo_bridge.job import Json

CATALOG_SECURITY: Json = {"catalogKey": {"type": "http", "scheme": "bearer"}}

_ID: Json = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
_DATE: Json = {"type": "string", "format": "date"}
_PRICES: Json = {
    "type": "object",
    "required": ["pricelist", "currency", "quantity", "prices"],
    "properties": {
        "pricelist": _ID,
        "currency": {"type": "string"},
        "quantity": {"type": "number"},
        "date": _DATE,
        "prices": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["product", "price"],
                "properties": {"product": _ID, "price": {"type": "number"}},
            },
        },
    },
}


def _parameter(name: str, schema: Json, *, required: bool, description: str) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": description,
        "schema": schema,
    }


def catalog_paths(answer: Json, error: Json, away: Json) -> Json:
    """The paths, from what an answer, an error and an absent Odoo look like."""
    products = {"type": "array", "items": _ID, "minItems": 1, "maxItems": MOST_PRODUCTS}
    quantity = {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST_QUANTITY, "default": 1}
    return {
        PATH: {
            "get": {
                "summary": "Unit prices in a pricelist, as Odoo computes them now or on a day.",
                "security": [{"catalogKey": []}],
                "parameters": [
                    _parameter("pricelist", _ID, required=True, description="product.pricelist"),
                    _parameter(
                        "product",
                        products,
                        required=True,
                        description="product.product; several: the parameter again",
                    ),
                    _parameter(
                        "quantity",
                        quantity,
                        required=False,
                        description="In the product's own unit.",
                    ),
                    _parameter(
                        "date",
                        _DATE,
                        required=False,
                        description="A day in the time zone of the catalog's user; else now.",
                    ),
                ],
                "responses": {
                    "200": {
                        **answer,
                        "description": "For one of the product's own unit, not rounded.",
                        "content": {"application/json": {"schema": _PRICES}},
                    },
                    "400": {**error, "description": "It is said which parameter is wrong."},
                    "401": {**error, "description": "Not with this key, or the gateway has none."},
                    "403": {**error, "description": "The catalog's user may not read that."},
                    "404": {**error, "description": "No such pricelist or product."},
                    "422": {**error, "description": "Odoo cannot compute such a price."},
                    "503": {**away, "description": "Odoo is away."},
                },
            }
        }
    }
