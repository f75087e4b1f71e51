"""``build_app``: the gateway's ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from odoo_bridge.gateway.admin import Deliveries
from odoo_bridge.gateway.answers import HANDLERS
from odoo_bridge.gateway.catalog import Catalog
from odoo_bridge.gateway.correlation import Correlated
from odoo_bridge.gateway.files import StoredFiles
from odoo_bridge.gateway.hooks import PREFIX, Hooks
from odoo_bridge.gateway.intake import Intake, LedgerIntake
from odoo_bridge.gateway.metrics import Metrics
from odoo_bridge.gateway.openapi import OPENAPI
from odoo_bridge.gateway.options import GatewayOptions


async def healthz(_request: Request) -> JSONResponse:
    """The process lives."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> JSONResponse:
    """Deliveries can be stored; 503 otherwise."""
    await request.app.state.intake.check()
    return JSONResponse({"status": "ready"})


async def counted(request: Request) -> Response:
    """Prometheus' text format."""
    standing = await request.app.state.intake.standing()
    text = request.app.state.metrics.text(standing)
    return Response(text, media_type="text/plain; version=0.0.4")


async def openapi(_request: Request) -> JSONResponse:
    """What the gateway answers, for programs."""
    return JSONResponse(OPENAPI)


ROUTES = [
    Route("/healthz", healthz, methods=["GET"]),
    Route("/readyz", readyz, methods=["GET"]),
    Route("/metrics", counted, methods=["GET"]),
    Route("/openapi.json", openapi, methods=["GET"]),
]


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with app.state.intake:
        yield


class Gateway(Starlette):
    """All of it: deliveries go straight to ``Hooks``, everything else through Starlette."""

    def __init__(self, options: GatewayOptions, intake: Intake, metrics: Metrics) -> None:
        super().__init__(
            routes=[
                *ROUTES,
                *Deliveries(options).routes(),
                *StoredFiles(options).routes(),
                *Catalog(options).routes(),
            ],
            middleware=[Middleware(Correlated)],
            exception_handlers=HANDLERS,
            lifespan=_lifespan,
        )
        self.state.intake = intake
        self.state.metrics = metrics
        self._hooks = Hooks(options, intake, metrics)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self._hooks(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def build_app(options: GatewayOptions, intake: Intake | None = None) -> Gateway:
    """The gateway. Its lifespan migrates the ledger; run it with one event loop a process."""
    metrics = Metrics()
    return Gateway(options, intake or LedgerIntake(options, metrics), metrics)
