"""Which network addresses are not the public internet, whatever they are wrapped in."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_NAT64 = ip_network("64:ff9b::/96")
_NEVER = {
    ip_network("0.0.0.0/8"): "an unspecified",
    ip_network("100.64.0.0/10"): "a provider's private",
    ip_network("168.63.129.16/32"): "a cloud metadata",
    ip_network("192.0.0.0/24"): "a special-purpose",
    ip_network("192.88.99.0/24"): "a relay",
    ip_network("198.18.0.0/15"): "a test network's",
    ip_network("::/96"): "an IPv4-compatible",
    ip_network("64:ff9b:1::/48"): "a local translation",
    ip_network("100::/64"): "a discard",
    ip_network("2001::/32"): "a tunnel",
    ip_network("fec0::/10"): "a site-local",
}
"""Listed by hand, because what the standard library calls global differs between versions."""


def why_private(address: str) -> str:
    """Which kind of non-public address this is, with its article ("a loopback"); empty where it is public."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "an unreadable"
    return next(filter(None, map(_kind, _inside(found))), "")


def _inside(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """The IPv4 addresses wrapped in an IPv6 one, then the address itself, where it is not a mere wrapping."""
    if isinstance(address, IPv4Address):
        yield address
        return
    low = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.ipv4_mapped or address in _NAT64:
        yield low
        return
    if address.sixtofour:
        yield address.sixtofour
    if (int(address) >> 32) & 0xFDFF_FFFF == 0x5EFE:  # ISATAP: 0:5efe or 200:5efe before the last 32 bits
        yield low
    yield address


def _kind(address: IPv4Address | IPv6Address) -> str:
    traits = {
        "a loopback": address.is_loopback,
        "an unspecified": address.is_unspecified,
        "a link-local": address.is_link_local,
        "a multicast": address.is_multicast,
    }
    for kind, holds in traits.items():
        if holds:
            return kind
    for network, kind in _NEVER.items():
        if address in network:
            return kind
    return "a private or reserved" if address.is_private or address.is_reserved or not address.is_global else ""
