"""Which transport for what: detected from the server, once a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from odoo_bridge.errors import AnswerUnreadable, FabricError, NotOdoo, NotOffered
from odoo_bridge.rpc.http import Http
from odoo_bridge.rpc.json2 import Json2
from odoo_bridge.rpc.jsonrpc import JsonRpc
from odoo_bridge.rpc.transport import Transport
from odoo_bridge.rpc.xmlrpc import XmlRpc

Name = Literal["xmlrpc", "jsonrpc", "json2"]
Wish = Literal["auto", "xmlrpc", "jsonrpc", "json2"]

TRANSPORTS: Mapping[Name, type[XmlRpc] | type[JsonRpc] | type[Json2]] = {
    "xmlrpc": XmlRpc,
    "jsonrpc": JsonRpc,
    "json2": Json2,
}


class Purpose(StrEnum):
    """What a client is for."""

    WRITE = "write"
    """One small call at a time: XML-RPC answers it soonest."""
    READ = "read"
    """Pages of records: the JSON protocols carry several times as many rows a second."""


# Best first; docs/howto/connect-odoo.md has the figures.
_PREFERENCE: Mapping[Purpose, tuple[Name, ...]] = {
    Purpose.WRITE: ("xmlrpc", "jsonrpc", "json2"),
    Purpose.READ: ("json2", "jsonrpc", "xmlrpc"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A transport, and the version of the Odoo behind it (``19.0``)."""

    name: Name
    transport: Transport
    version: str


def choose(http: Http, database: str, wish: Wish, purpose: Purpose) -> Choice:
    """The transport wished for; with ``auto`` the best for the purpose that the server offers.

    What a server offers is asked once a process. Raises what the most wanted one raised when
    there is none: ``NotOdoo`` or ``NotOffered``.
    """
    refusals: list[FabricError] = []
    for name in _PREFERENCE[purpose] if wish == "auto" else (wish,):
        try:
            return Choice(name, TRANSPORTS[name](http), version(http, name, database))
        except (NotOdoo, NotOffered) as error:
            refusals.append(error)
    raise refusals[0]


def version(http: Http, name: Name, database: str) -> str:
    """The server's version, asked by this transport.

    Raises ``NotOffered`` or ``NotOdoo`` when the server does not answer to it.
    """
    known = _KNOWN.get((http.url, name, database))
    if known is None:
        transport = TRANSPORTS[name](http)
        try:
            known = str(transport.call("common", "version", [])["server_version"])
            if isinstance(transport, Json2):
                transport.probe(database)
        except (AnswerUnreadable, LookupError, TypeError) as error:
            raise NotOdoo(f"{http.url} does not answer as Odoo does: {error}") from error
        _KNOWN[http.url, name, database] = known
    return known


_KNOWN: dict[tuple[str, str, str], str] = {}
