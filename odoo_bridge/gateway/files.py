"""``/admin/files``: signs links to stored files, for Odoo, which has looked who may have them."""

from __future__ import annotations

import structlog
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from odoo_bridge.errors import ConfigurationError, StorageUnavailable
from odoo_bridge.gateway.admin_key import answered, asked_of
from odoo_bridge.gateway.options import GatewayOptions
from odoo_bridge.storage import KEY

PATH = "/admin/files"

log = structlog.get_logger("gateway")


class Linking(BaseModel):
    """Which file, and under what name it is to be saved."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=f"^{KEY.pattern}$")
    name: str = Field(min_length=1, max_length=500)


class StoredFiles:
    """The route. Raises ``HTTPException`` 401 unless the request carries a key."""

    def __init__(self, options: GatewayOptions) -> None:
        self._options = options

    def routes(self) -> list[Route]:
        """For the application's table."""
        return [Route(f"{PATH}/link", self.link, methods=["POST"])]

    async def link(self, request: Request) -> Response:
        """An address that opens the file for a while."""
        asked: Linking = await asked_of(self._options, request, Linking)
        storage = self._options.storage
        if storage is None:
            raise HTTPException(404, "no files are stored here: set FABRIC_FILE_STORAGE")
        try:
            url = await run_in_threadpool(storage.link, asked.key, asked.name)
        except (ConfigurationError, StorageUnavailable) as error:
            log.warning("file.unsigned", key=asked.key, error=str(error))
            raise HTTPException(503, str(error)) from error
        return answered({"url": url})
