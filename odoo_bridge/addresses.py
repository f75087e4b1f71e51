"""IP addresses: networks, and which of them lie in the public internet."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: an IPv4 address, written into the last four bytes."""
_UNICAST = IPv6Network("2000::/3")
"""All that IANA has assigned of IPv6's global unicast addresses."""
_NOT_PUBLIC = (
    IPv4Network("168.63.129.16/32"),  # Azure's own services, among them its metadata
    IPv4Network("192.0.0.0/24"),  # RFC 6890; Oracle's metadata
    IPv4Network("192.88.99.0/24"),  # RFC 7526: relays of 6to4, gone
    IPv6Network("3fff::/20"),  # RFC 9637: documentation
)
"""What Python's ``is_global`` lets pass."""


def in_networks(address: Address | None, networks: Networks) -> bool:
    """Whether an address lies in one of them."""
    if address is None:
        return False
    return any(address in network for network in networks)


def is_public(address: Address) -> bool:
    """Whether this is a single host of the public internet.

    Not so are loopback, private, shared (RFC 6598), link-local, multicast, reserved and
    documentation addresses, and IPv6 ones by which such a one is meant. The metadata services of
    all large clouds lie in those.
    """
    address = _meant(address)
    if not address.is_global or address.is_multicast or in_networks(address, _NOT_PUBLIC):
        return False
    return isinstance(address, IPv4Address) or _is_plain_unicast(address)


def _is_plain_unicast(address: IPv6Address) -> bool:
    """Of those that hold an IPv4 address, 6to4 and Teredo are gone: nobody needs them."""
    return address in _UNICAST and address.sixtofour is None and address.teredo is None


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(address.packed[-4:])
    return address
