"""``build_app``: the gateway's ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from odoo_bridge.gateway.answers import HANDLERS
from odoo_bridge.gateway.correlation import Correlated
from odoo_bridge.gateway.hooks import Hooks
from odoo_bridge.gateway.intake import Intake, LedgerIntake
from odoo_bridge.gateway.metrics import Counted, Metrics
from odoo_bridge.gateway.openapi import OPENAPI
from odoo_bridge.gateway.options import GatewayOptions


async def healthz(_request: Request) -> JSONResponse:
    """The process lives."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> JSONResponse:
    """Deliveries can be stored; 503 otherwise."""
    await request.app.state.intake.check()
    return JSONResponse({"status": "ready"})


async def metrics(request: Request) -> Response:
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
    Route("/metrics", metrics, methods=["GET"]),
    Route("/openapi.json", openapi, methods=["GET"]),
]


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with app.state.intake:
        yield


def build_app(options: GatewayOptions, intake: Intake | None = None) -> Starlette:
    """The gateway. Its lifespan migrates the ledger; run it with one event loop a process."""
    counts = Metrics()
    intake = intake or LedgerIntake(options, counts)
    app = Starlette(
        routes=[Mount("/hooks", Hooks(options, intake)), *ROUTES],
        middleware=[Middleware(Correlated), Middleware(Counted, counts)],
        exception_handlers=HANDLERS,
        lifespan=_lifespan,
    )
    app.state.intake = intake
    app.state.metrics = counts
    return app
