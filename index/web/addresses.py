"""Which addresses may be connected to: what a request from inside must not be led to.

Python's ``is_global`` is true for 64:ff9b::a9fe:a9fe, 2002:7f00:1:: and 168.63.129.16, which lead inside or to a
cloud's own services, so the ranges are listed here: the special-purpose registries of IANA (RFC 6890), and
addresses that hold an IPv4 address, which is judged as well.
"""

import errno
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from index.errors import SettingsError

Network = IPv4Network | IPv6Network

INSIDE = "its address lies inside the network, or is set aside for special uses"

_DENIED: tuple[Network, ...] = tuple(
    ip_network(line.split()[0])
    for line in """
        0.0.0.0/8           this network, unspecified (RFC 1122)
        10.0.0.0/8          private (RFC 1918)
        100.64.0.0/10       shared by carriers (RFC 6598); some clouds' metadata
        127.0.0.0/8         loopback
        168.63.129.16/32    Azure's services for its machines
        169.254.0.0/16      link-local (RFC 3927); most clouds' metadata
        172.16.0.0/12       private
        192.0.0.0/24        protocol assignments (RFC 6890)
        192.0.2.0/24        documentation (RFC 5737)
        192.88.99.0/24      6to4 relays (RFC 7526)
        192.168.0.0/16      private
        198.18.0.0/15       benchmarking (RFC 2544)
        198.51.100.0/24     documentation
        203.0.113.0/24      documentation
        224.0.0.0/4         multicast
        240.0.0.0/4         reserved, broadcast
        ::/3                unspecified, loopback, IPv4-compatible, IPv4-mapped, NAT64 (RFC 6052, RFC 8215), discard
        2001::/23           protocol assignments: Teredo, ORCHID, benchmarking
        2001:db8::/32       documentation (RFC 3849)
        2002::/16           6to4 (RFC 3056)
        3ffe::/16           6bone, given back (RFC 3701)
        3fff::/20           documentation (RFC 9637)
        4000::/2            not allocated; segment routing (RFC 9602)
        8000::/1            not allocated, unique local (RFC 4193), link-local, site-local, multicast
    """.strip().splitlines()
)
# The prefixes after which the last 32 bits are an IPv4 address.
_ENDING_IN_IPV4 = tuple(
    IPv6Network(prefix) for prefix in ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/96")
)
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)  # RFC 5214: what stands before the IPv4 address in the last 64 bits


class AddressRefusedError(OSError):
    """An address was about to be connected to that must not be."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, INSIDE)


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """What is let through by name. ``names`` are host names in lower case, as DNS writes them."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def include(self, host: str) -> bool:
        """Whether a host name, or an address written out, is let through explicitly."""
        if host in self.names:
            return True
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self.networks)


def allowed_hosts(entries: frozenset[str]) -> AllowedHosts:
    """What a setting lets through: exact host names ("wiki.example"), addresses, and networks ("10.1.0.0/16").

    Raises SettingsError for anything else.
    """
    from yarl import URL

    names, networks = set(), []
    for entry in sorted(entries):
        try:
            networks.append(ip_network(entry))
            continue
        except ValueError:
            pass
        try:
            name = URL.build(scheme="http", host=entry.rstrip(".")).raw_host
        except ValueError:
            name = None
        if not name or not set(entry).isdisjoint(" /:@*?#[]%\\"):
            raise SettingsError(f"“{entry}” is neither a host name nor a network such as 10.1.0.0/16.")
        names.add(name)
    return AllowedHosts(frozenset(names), tuple(networks))


def permitted(address: str, networks: tuple[Network, ...] = ()) -> bool:
    """Whether an IP address, as text, may be connected to; ``networks`` are let through beside the public ones.

    An IPv4 address within an IPv6 one is judged for itself. False for whatever is not an address written in full.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.scope_id is not None:
        return False
    if any(parsed in denied for denied in _DENIED) and not any(parsed in network for network in networks):
        return False
    return all(permitted(str(inner), networks) for inner in _embedded(parsed))


def judged_socket(networks: tuple[Network, ...]) -> Callable[[Any], socket.socket]:
    """A socket factory for aiohttp that sees every address which is about to be connected to, whatever it was
    called in the URL or became in the DNS. The factory raises AddressRefusedError.
    """

    def make(info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        if not permitted(address[0], networks):
            raise AddressRefusedError
        return socket.socket(family, kind, protocol)

    return make


def _embedded(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    if isinstance(address, IPv4Address):
        return
    number = int(address)
    if any(address in prefix for prefix in _ENDING_IN_IPV4) or (number >> 32) & 0xFFFF_FFFF in _ISATAP:
        yield IPv4Address(number & 0xFFFF_FFFF)
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
