"""``/admin/deliveries``: what an admin does with deliveries, for Odoo's view of them.

Closed unless there is a key (``FABRIC_GATEWAY_ADMIN_KEYS``), and to everybody who does not have it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from odoo_bridge.errors import InvalidDelivery
from odoo_bridge.gateway.bearer import check_bearer
from odoo_bridge.gateway.hooks import read_body
from odoo_bridge.gateway.options import GatewayOptions
from odoo_bridge.job import Json, State
from odoo_bridge.ledger.admin import Choice, DeliveryAdmin, readable

PATH = "/admin/deliveries"
KEYS = "FABRIC_GATEWAY_ADMIN_KEYS"
BY = "x-odoo-user"
"""The header in which Odoo says who acts; for the log."""
MOST_ROWS = 500
MOST_BYTES = 65_536

log = structlog.get_logger("gateway")
Result = TypeVar("Result")


class Asked(BaseModel):
    """Which deliveries; conditions that are left out do not count."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uuids: list[UUID] = Field(default_factory=list, max_length=MOST_ROWS)
    sources: list[str] = Field(default_factory=list, max_length=100)
    states: list[State] = Field(default_factory=list)
    since: AwareDatetime | None = None
    grep: str = Field(default="", max_length=500)

    def choice(self) -> Choice:
        """As the ledger wants it."""
        uuids = [str(uuid) for uuid in self.uuids]
        # A NUL cannot be in the ledger, and PostgreSQL refuses to look for it.
        sources = [source.replace("\0", "\ufffd") for source in self.sources]
        grep = self.grep.replace("\0", "\ufffd")
        return Choice(uuids, sources, self.states, self.since, grep)

    def to_change(self) -> Choice:
        """Without ids and states dead ones alone, as on the command line."""
        choice = self.choice()
        return choice if self.uuids or self.states else replace(choice, states=[State.DEAD])


class Listing(Asked):
    """What to list, and how many at most."""

    limit: int = Field(default=100, ge=1, le=MOST_ROWS)


class Discarding(Asked):
    """What to discard, and why."""

    reason: str = Field(default="Discarded by an admin.", max_length=500)


class Deliveries:
    """The routes. Each raises ``HTTPException`` 401 unless the request carries a key."""

    def __init__(self, options: GatewayOptions) -> None:
        self._options = options

    def routes(self) -> list[Route]:
        """For the application's table."""
        return [
            Route(f"{PATH}/list", self.list, methods=["POST"]),
            Route(f"{PATH}/replay", self.replay, methods=["POST"]),
            Route(f"{PATH}/discard", self.discard, methods=["POST"]),
            Route(f"{PATH}/{{uuid:uuid}}", self.show, methods=["GET"]),
        ]

    async def list(self, request: Request) -> Response:
        """The newest, without headers and bodies."""
        asked = await self._asked(request, Listing)
        rows = await self._run(lambda admin: admin.find(asked.choice(), asked.limit))
        return _answer({"deliveries": rows})

    async def show(self, request: Request) -> Response:
        """All that is known of one, with its raw body."""
        self._check(request)
        uuid = str(request.path_params["uuid"])
        try:
            row = await self._run(lambda admin: admin.show(uuid))
        except InvalidDelivery as error:
            raise HTTPException(404, str(error)) from error
        body, encoding = readable(row["body"])
        return _answer({**row, "body": body, "body_encoding": encoding})

    async def replay(self, request: Request) -> Response:
        """Put back what has ended; the uuids of what that was."""
        asked = await self._asked(request, Asked)
        uuids = await self._run(lambda admin: admin.replay(asked.to_change()))
        log.info("deliveries.replayed", count=len(uuids), by=_by(request))
        return _answer({"uuids": uuids})

    async def discard(self, request: Request) -> Response:
        """Cancel what no worker has; the uuids of what that was."""
        asked = await self._asked(request, Discarding)
        uuids = await self._run(lambda admin: admin.discard(asked.to_change(), asked.reason))
        log.info("deliveries.discarded", count=len(uuids), by=_by(request))
        return _answer({"uuids": uuids})

    def _check(self, request: Request) -> None:
        check_bearer(request, self._options.admin_keys, KEYS)

    async def _asked(self, request: Request, kind: type[Any]) -> Any:
        self._check(request)
        body = await read_body(request.receive, dict(request.headers), MOST_BYTES)
        try:
            return kind.model_validate_json(body or b"{}")
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}"
                for fault in error.errors(include_url=False, include_input=False)
            )
            raise HTTPException(400, faults) from error

    async def _run(self, act: Callable[[DeliveryAdmin], Result]) -> Result:
        """In a thread, and on a connection of its own: deliveries that come in wait for neither."""

        def acted() -> Result:
            admin = DeliveryAdmin(self._options.ledger_dsn, self._options.cipher)
            with closing(admin):
                return act(admin)

        return await run_in_threadpool(acted)


def _by(request: Request) -> str:
    return request.headers.get(BY, "")[:100]


def _answer(content: Json) -> Response:
    text = orjson.dumps(content, default=_text)
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
