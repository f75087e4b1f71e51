"""An intake that keeps deliveries in memory, and a gateway in front of it."""

from __future__ import annotations

import tomllib
from base64 import b64encode
from hashlib import sha256
from hmac import digest
from types import TracebackType
from typing import Self

from starlette.testclient import TestClient

from odoo_bridge.errors import StoreUnavailable
from odoo_bridge.gateway import GatewayOptions, build_app
from odoo_bridge.gateway.stored import Stored
from odoo_bridge.ledger import Delivery, Standing
from odoo_bridge.sources import SourceFile

SECRET = "shpss_now"
OLD_SECRET = "shpss_before"
BODY = b'{"id": 820982911946154508, "name": "#9999"}'


class MemoryIntake:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Delivery] = {}
        self.away = False

    async def store(self, delivery: Delivery) -> Stored:
        await self.check()
        first = self.kept.setdefault((delivery.source, delivery.event_id), delivery)
        return Stored(first.uuid, first.correlation_id, new=first is delivery)

    async def check(self) -> None:
        if self.away:
            raise StoreUnavailable("the test said so")

    async def standing(self) -> list[Standing]:
        await self.check()
        return [Standing(source, "pending", 1, 0.0) for source, _event in self.kept]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None: ...


def gateway(intake: MemoryIntake, max_body: int = 10_000) -> TestClient:
    options = GatewayOptions.of("", {"shopify": [SECRET, OLD_SECRET]}, max_body=max_body)
    return TestClient(build_app(options, intake))


def source_file(text: str, name: str = "shop") -> SourceFile:
    data = tomllib.loads(text)
    data["source"].setdefault("name", name)
    return SourceFile.model_validate(data)


def signature(body: bytes, secret: str = SECRET) -> str:
    return b64encode(digest(secret.encode(), body, sha256)).decode()


def shopify_headers(body: bytes, event: str = "e-1", secret: str = SECRET) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Event-Id": event,
        "X-Shopify-Hmac-Sha256": signature(body, secret),
    }
