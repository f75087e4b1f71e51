"""What a job that sends a webhook asks Odoo, which keeps addresses and secrets and signs."""

from __future__ import annotations

from odoo_bridge.job import Json
from odoo_bridge.rpc.addon import Addon


class OutboundWebhook:
    """The webhook of one attempt. Raises what ``Addon.read_as`` raises."""

    def __init__(self, addon: Addon, subject: Json) -> None:
        self._addon = addon
        self._subject = subject

    def request(self) -> Json:
        """``{"url", "headers", "body", "failing"}``, signed now; ``{"off": True}``: not wanted."""
        return self._addon.ask_again("fabric_webhook", {"subject": self._subject})

    def answered(self, status: int) -> None:
        """Tell the HTTP status of the answer, 0 for none; told twice it does no harm."""
        request = {"subject": self._subject, "status": status}
        self._addon.ask_again("fabric_webhook_answered", request)
