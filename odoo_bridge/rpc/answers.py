"""What an HTTP answer that is not the protocol's says to a person."""

from __future__ import annotations

import re

from odoo_bridge.errors import (
    AnswerUnreadable,
    AppliedUnknown,
    FabricError,
    NotOdoo,
    RequestTooLarge,
)
from odoo_bridge.rpc.http import Reply

_TITLE = re.compile(rb"<title[^>]*>\s*([^<]{1,80})", re.IGNORECASE)


def expect_ok(reply: Reply, url: str) -> None:
    """Raises what ``refused`` says, unless the status is 200."""
    if reply.status != 200:
        raise refused(reply, url)


def unreadable(reply: Reply, url: str, what: str) -> AnswerUnreadable:
    """The error for an answer of status 200 that cannot be read."""
    return AnswerUnreadable(
        f"the answer from {url} is {what}{_shown(reply)}: a proxy's page, or was it cut off?"
    )


def refused(reply: Reply, url: str) -> FabricError:
    """What another status than 200 means, of a page that is not Odoo's own."""
    status = reply.status
    if status == 413:
        return RequestTooLarge(
            f"the proxy before {url} takes no request of this size: let it take larger ones, "
            "or send less at once"
        )
    if status in {401, 407}:
        return NotOdoo(f"a proxy before {url} asks for a login of its own{_shown(reply)}")
    if status >= 500:
        return AppliedUnknown(f"Odoo at {url} failed: HTTP {status}{_shown(reply)}")
    return NotOdoo(
        f"{url} does not answer as Odoo does (HTTP {status}{_shown(reply)}): check the URL, "
        "and whether the proxy lets this path through"
    )


def _shown(reply: Reply) -> str:
    """The kind of a page and its title, which is no secret; nothing of what else stands there."""
    kind = reply.headers.get("Content-Type", "").partition(";")[0].strip()
    title = _TITLE.search(reply.body[:4096]) if "html" in kind else None
    said = f", {title[1].decode('utf-8', 'replace').strip()!r}" if title else ""
    return f" ({kind}{said})" if kind else ""
