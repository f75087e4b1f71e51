"""Odoo's own "Send Webhook Notification", from this or another Odoo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from odoo_bridge.errors import InvalidSignature
from odoo_bridge.gateway.call import Call
from odoo_bridge.gateway.schemes.base import Plain, matches_any

BEARER = "bearer "


class Odoo(Plain):
    """A secret in the path, ``/hooks/<source>/<secret>``, or in ``Authorization: Bearer``.

    Odoo signs nothing, and its server action knows no more of the receiver than an address
    (odoo.addons.base.models.ir_actions, _run_action_webhook).
    """

    def verify(self, call: Call, keys: Sequence[bytes], _window: float) -> None:
        """Raises ``InvalidSignature``."""
        given = call.headers.get("authorization", "")
        shown = given[len(BEARER) :] if given.lower().startswith(BEARER) else call.token
        if not matches_any(shown, [key.decode() for key in keys]):
            raise InvalidSignature("neither the path nor a bearer token is a live secret")

    def event_id(self, _call: Call, _payload: Any) -> str:
        """A new one each time: Odoo sends an event once and never again, whatever the answer.

        So two alike are two events, a record that changed there and back.
        """
        return uuid4().hex
