"""``connect(account)``: an odoorpc client whose calls go through a transport of ours."""

from __future__ import annotations

from dataclasses import dataclass, field

import odoorpc
from odoorpc.env import Environment

from odoo_bridge.errors import AppliedUnknown, CredentialsRefused, OdooUnavailable
from odoo_bridge.job import Json
from odoo_bridge.rpc.choice import Purpose, Wish, choose
from odoo_bridge.rpc.http import Http
from odoo_bridge.rpc.options import HttpOptions
from odoo_bridge.rpc.reports import Reports
from odoo_bridge.rpc.transport import Transport


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

    http: Http
    """The connections beside the transport, for what is no call: reports."""

    def __init__(self, transport: Transport, version: str, protocol: str = "xmlrpc") -> None:
        # With a version given, odoorpc makes no request of its own while it is built.
        super().__init__(host="unused", version=version)
        self.transport = transport
        self._protocol = protocol  # what odoorpc's property ``protocol`` shows
        self._report = Reports(self)  # what odoorpc's property ``report`` gives

    def json(self, url: str, params: Json) -> Json:
        """odoorpc's one way out. Raises a ``FabricError`` of the fitting kind."""
        del url
        return {"result": self.transport.call(params["service"], params["method"], params["args"])}


def connect(
    account: Account,
    options: HttpOptions | None = None,
    wish: Wish = "auto",
    purpose: Purpose = Purpose.WRITE,
) -> Client:
    """Log in.

    ``wish`` names a transport, or leaves it to what ``purpose`` is best served by. Raises
    ``CredentialsRefused``, ``OdooUnavailable`` or ``ConfigurationError``.
    """
    try:
        http = Http(account.url, options)
        chosen = choose(http, account.database, wish, purpose)
        uid = chosen.transport.call(
            "common", "authenticate", [account.database, account.login, account.api_key, {}]
        )
    except AppliedUnknown as error:  # asking twice does no harm
        raise OdooUnavailable(str(error)) from error
    if not uid:
        raise CredentialsRefused(
            f"Odoo at {account.url} refused the login {account.login!r} to {account.database!r}: "
            "check the database, the login and the API key, which may be revoked or expired"
        )
    client = Client(chosen.transport, chosen.version, chosen.name)
    client.http = http
    client._login, client._password = account.login, account.api_key
    client._env = Environment(client, account.database, uid, context={})
    return client
