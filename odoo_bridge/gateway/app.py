"""``build_app``: the gateway's ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from odoo_bridge.gateway.answers import HANDLERS
from odoo_bridge.gateway.correlation import Correlated
from odoo_bridge.gateway.hooks import receive
from odoo_bridge.gateway.intake import Intake, LedgerIntake
from odoo_bridge.gateway.options import GatewayOptions


async def healthz(_request: Request) -> JSONResponse:
    """The process lives."""
    return JSONResponse({"status": "ok"})


async def readyz(request: Request) -> JSONResponse:
    """Deliveries can be stored; 503 otherwise."""
    await request.app.state.intake.check()
    return JSONResponse({"status": "ready"})


ROUTES = [
    Route("/hooks/{source}", receive, methods=["POST"]),
    Route("/healthz", healthz, methods=["GET"]),
    Route("/readyz", readyz, methods=["GET"]),
]


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    async with app.state.intake:
        yield


def build_app(options: GatewayOptions, intake: Intake | None = None) -> Starlette:
    """The gateway. Its lifespan migrates the ledger; run it with one event loop a process."""
    app = Starlette(
        routes=ROUTES,
        middleware=[Middleware(Correlated)],
        exception_handlers=HANDLERS,
        lifespan=_lifespan,
    )
    app.state.options = options
    app.state.intake = intake or LedgerIntake(options)
    return app
