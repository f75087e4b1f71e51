"""``connect(account)``: an odoorpc client whose calls go through a transport of ours."""

from __future__ import annotations

from dataclasses import dataclass, field

import odoorpc
from odoorpc.env import Environment

from odoo_bridge.errors import CredentialsRefused
from odoo_bridge.job import Json
from odoo_bridge.rpc.transport import Timeout, Transport, XmlRpc


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks which Odoo. ``api_key`` stands in place of a password and is never shown."""

    url: str
    database: str
    login: str
    api_key: str = field(repr=False)


class Client(odoorpc.ODOO):  # type: ignore[misc]
    """``odoorpc.ODOO``, on any ``Transport``.

    odoorpc itself speaks JSON-RPC only; all that it does goes through its ``json`` method, so
    that is the seam: a call of a service becomes one ``Transport.call``.
    """

    def __init__(self, transport: Transport, version: str) -> None:
        # With a version given, odoorpc makes no request of its own while it is built.
        super().__init__(host="unused", version=version)
        self.transport = transport

    def json(self, url: str, params: Json) -> Json:
        """odoorpc's one way out. Raises a ``FabricError`` of the fitting kind."""
        del url
        return {"result": self.transport.call(params["service"], params["method"], params["args"])}


def connect(account: Account, timeout: Timeout | None = None) -> Client:
    """Log in. Raises ``CredentialsRefused``, ``OdooUnavailable`` or ``ConfigurationError``."""
    transport = XmlRpc(account.url, timeout)
    version = transport.call("common", "version", [])["server_version"]
    uid = transport.call(
        "common", "authenticate", [account.database, account.login, account.api_key, {}]
    )
    if not uid:
        raise CredentialsRefused(
            f"Odoo at {account.url} refused the login {account.login!r} to {account.database!r}: "
            "check the database, the login and the API key"
        )
    client = Client(transport, version)
    client._login, client._password = account.login, account.api_key
    client._env = Environment(client, account.database, uid, context={})
    return client
