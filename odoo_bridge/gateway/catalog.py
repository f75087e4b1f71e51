"""``/v1/catalog``: what shops and screens read often, with the rights of a catalog's user.

Closed without ``FABRIC_GATEWAY_CATALOG_KEYS``, and to everybody who has none of them.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated, Any

import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from odoo_bridge.errors import AccessRefused, FabricError, Retryable
from odoo_bridge.gateway.answers import RETRY_AFTER, refusal
from odoo_bridge.gateway.bearer import check_bearer
from odoo_bridge.gateway.options import GatewayOptions
from odoo_bridge.gateway.together import Together
from odoo_bridge.job import Json

PATH = "/v1/catalog/prices"
KEYS = "FABRIC_GATEWAY_CATALOG_KEYS"
MOST_PRODUCTS = 200
LARGEST_ID = 2**31 - 1
LARGEST_QUANTITY = 1e9
STATUS = {"missing": 404, "access": 403, "failed": 422}
"""By what ``celery.price.get_many_prices`` says of a request."""
CODES = {403: "not_allowed", 404: "not_found", 422: "no_price"}

log = structlog.get_logger("gateway")
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]


def _day(value: Any) -> dt.date:
    """Pydantic would take a number of seconds, too. Raises ``ValueError``."""
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    raise ValueError("one day, like 2026-11-27")


class Asked(BaseModel):
    """``?pricelist=1&product=7&product=8&quantity=5``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pricelist: Id
    product: list[Id] = Field(min_length=1, max_length=MOST_PRODUCTS)
    quantity: float = Field(default=1.0, gt=0, le=LARGEST_QUANTITY, allow_inf_nan=False)
    date: Annotated[dt.date, BeforeValidator(_day)] | None = None
    """``None``: now."""

    @classmethod
    def of(cls, request: Request) -> Asked:
        """Raises ``HTTPException`` 400 that names the parameter."""
        query = request.query_params
        given: Json = {name: query.getlist(name) for name in query}
        values = {n: v if n == "product" or len(v) > 1 else v[0] for n, v in given.items()}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
                for fault in error.errors(include_url=False, include_input=False)
            )
            raise HTTPException(400, faults) from error


class Catalog:
    """The routes. Each raises ``HTTPException`` 401 unless the request carries a key."""

    def __init__(self, options: GatewayOptions) -> None:
        self._keys = options.catalog_keys
        self._prices = Together(options.ask_prices) if options.ask_prices else None

    def routes(self) -> list[Route]:
        """For the application's table."""
        return [Route(PATH, self.prices, methods=["GET"])]

    async def prices(self, request: Request) -> JSONResponse:
        """Unit prices of some products; never older than the request."""
        check_bearer(request, self._keys, KEYS)
        asked = Asked.of(request)
        correlation = request.state.correlation_id
        wanted = {
            "pricelist_id": asked.pricelist,
            "product_ids": list(dict.fromkeys(asked.product)),
            "quantity": asked.quantity,
            "correlation_id": correlation,
        }
        if asked.date:
            wanted["date"] = asked.date.isoformat()
        if self._prices is None:
            return _away("the gateway knows no Odoo: set FABRIC_ODOO_URL")
        try:
            answer = await self._prices.answer(wanted)
        except FabricError as error:
            return _failed(error, correlation)
        if "error" in answer:
            status = STATUS[answer["error"]]
            return refusal(status, CODES[status], answer["message"])
        if answer.get("date") != wanted.get("date"):
            message = "this celery_bridge knows prices of now alone: upgrade it"
            return refusal(422, CODES[422], message)
        prices = [{"product": product, "price": price} for product, price in answer["prices"]]
        content = {
            "pricelist": asked.pricelist,
            "currency": answer["currency"],
            "quantity": asked.quantity,
            "prices": prices,
        }
        if asked.date:
            content["date"] = wanted["date"]
        return JSONResponse(content, headers={"Cache-Control": "no-store"})


def _failed(error: FabricError, correlation: str) -> JSONResponse:
    log.error("catalog.unavailable", error=str(error), correlation_id=correlation)
    if isinstance(error, AccessRefused):  # of the whole call: nobody is set up to answer it
        return refusal(403, CODES[403], str(error))
    retry_in = error.retry_in if isinstance(error, Retryable) else None
    return _away("Odoo does not answer now: ask again", retry_in)


def _away(message: str, retry_in: float | None = None) -> JSONResponse:
    seconds = str(max(1, math.ceil(retry_in))) if retry_in else RETRY_AFTER
    return refusal(503, "odoo_unavailable", message, {"Retry-After": seconds})
