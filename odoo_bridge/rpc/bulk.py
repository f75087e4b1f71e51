"""The addon's calls for much at once: pages of columns, batches of rows, files in pieces.

Each may be made twice without harm, so each is made again for a while when Odoo is away.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

import structlog
import tenacity

from odoo_bridge.errors import Retryable
from odoo_bridge.job import Json
from odoo_bridge.rpc.addon import Addon

log = structlog.get_logger(__name__)

PATIENCE = 60.0
"""Seconds for which a call is made again."""


class Bulk:
    """``celery_bridge`` on behalf of one subject; see docs/reference/protocol.md.

    Every method raises ``FabricError``s, ``Retryable`` ones when Odoo stayed away.
    """

    def __init__(self, addon: Addon, subject: Json, patience: float = PATIENCE) -> None:
        self._addon = addon
        self._subject = subject
        self._patience = patience

    def read_page(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], after: int, limit: int
    ) -> Json:
        """Records with an id above ``after``: ``{"types", "more", "columns"}``, ids first."""
        return self._ask(
            "fabric_read_page",
            model=model,
            domain=list(domain),
            fields=list(fields),
            after=after,
            limit=limit,
        )

    def load(self, **batch: Any) -> Json:
        """``{"loaded", "created", "errors"}``, or ``{"busy": True}``."""
        return self._ask("fabric_load", **batch)

    def loaded(self, model: str) -> Json:
        """``{"batches": [{"number", "digest", "answer"}], "parents": [field, …]}``."""
        return self._ask("fabric_loaded", model=model)

    def call_ahead(self, model: str, method: str, *args: Any) -> Any:
        """Call a method that commits at once, and that ``model`` offers for it; maybe twice."""
        answer = self._ask("fabric_call_ahead", model=model, method=method, args=list(args))
        return answer["result"]

    def upload(self, upload: str, number: int, chunk: bytes) -> None:
        """Keep a chunk for an ``attach`` operation of the job's outcome."""
        data = b64encode(chunk).decode()
        self._ask("fabric_upload", upload=upload, number=number, data=data)

    def storing(self, key: str) -> None:
        """Note where a file is about to be stored: it goes again unless the outcome takes it."""
        self._ask("fabric_storing", key=key)

    def download(self, attachment: int, offset: int, length: int) -> tuple[Json, bytes]:
        """``{"name", "size"}`` of an attachment, and a piece of it."""
        answer = self._ask("fabric_download", attachment=attachment, offset=offset, length=length)
        return answer, b64decode(answer.pop("data"))

    def _ask(self, method: str, /, **request: Any) -> Json:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Retryable),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=10),
            stop=tenacity.stop_after_delay(self._patience),
            before_sleep=lambda state: log.warning(
                "bulk.waits", call=method, error=str(state.outcome and state.outcome.exception())
            ),
            reraise=True,
        )
        return retrying(self._addon.ask_again, method, {"subject": self._subject, **request})
