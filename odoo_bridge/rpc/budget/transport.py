"""The budget in front of a transport."""

from __future__ import annotations

from copy import copy
from typing import Any

from odoorpc.env import Environment

from odoo_bridge.rpc.budget.budget import Budget
from odoo_bridge.rpc.budget.shared import Share
from odoo_bridge.rpc.client import Client
from odoo_bridge.rpc.transport import Transport


class Budgeted:
    """A ``Transport`` each call of which takes a slot, for a queue and a share."""

    def __init__(self, transport: Transport, budget: Budget, queue: str, share: Share) -> None:
        self._transport = transport
        self._budget = budget
        self._queue = queue
        self._share = share

    def call(self, service: str, method: str, args: list[Any]) -> Any:
        """See ``Transport``. Raises ``OdooUnavailable`` while the circuit is open."""
        with self._budget.calling(self._queue, self._share):
            return self._transport.call(service, method, args)


def budgeted(client: Client, budget: Budget, queue: str, share: Share) -> Client:
    """The same session, whose calls count for this queue."""
    ours = copy(client)
    ours.transport = Budgeted(client.transport, budget, queue, share)
    env = client.env
    ours._env = Environment(ours, env.db, env.uid, context=env.context)  # the old one calls past us
    return ours
