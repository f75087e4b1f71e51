"""``Call``: one webhook request as the schemes see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from odoo_bridge.addresses import Address, Networks, in_networks


@dataclass(frozen=True, slots=True)
class Call:
    """A request, read whole. ``now`` is Unix time in seconds."""

    headers: Mapping[str, str]
    """Lower-case names; of a name that comes twice, the first."""
    body: bytes
    now: float
    token: str = ""
    """What follows the source's name in the path."""
    proxied: bool = False
    """It came through a proxy that is trusted to have set its headers."""


def header_dict(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """ASGI's headers, whose names are lower-case already."""
    found: dict[str, str] = {}
    for name, value in raw:
        found.setdefault(name.decode("latin-1"), value.decode("latin-1"))
    return found


def peer_of(host: str) -> Address | None:
    """The address of a connection; None for a Unix socket. IPv4 inside IPv6 is IPv4."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def sender_of(
    peer: Address | None, headers: Mapping[str, str], proxies: Networks
) -> Address | None:
    """Who sent a request: the last address of ``X-Forwarded-For`` that is no trusted proxy's.

    What stands before it may have been written by the sender itself. None: it cannot be told.
    """
    if not in_networks(peer, proxies):
        return peer
    for hop in reversed(headers.get("x-forwarded-for", "").split(",")):
        if not hop.strip():
            continue
        peer = peer_of(hop.strip())
        if not in_networks(peer, proxies):
            return peer
    return peer
