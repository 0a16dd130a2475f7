"""Where a request comes from: the peer, or behind proxies that are listed, what they say. Nobody else is believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Networks:
    """Addresses of proxies: IPs and networks.

    >>> "10.1.2.3" in Networks(["10.1.0.0/16"]), "::ffff:10.1.2.3" in Networks(["10.1.0.0/16"]), "" in Networks([])
    (True, True, False)
    """

    def __init__(self, given: Sequence[str]) -> None:
        self._networks: tuple[Network, ...] = tuple(ipaddress.ip_network(text) for text in given)

    def __contains__(self, address: object) -> bool:
        found = _parsed(str(address))
        return found is not None and any(
            found.version == network.version and found in network for network in self._networks
        )


def peer_of(scope: Scope) -> str:
    """The IP at the other end of the connection; "" for none, as on a socket of this machine."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def address_of(scope: Scope, proxies: Networks) -> str:
    """The IP that a request came from: the last in `X-Forwarded-For` that is no proxy of ours, where one sent it."""
    peer = peer_of(scope)
    if peer not in proxies:
        return peer
    named = [part.strip() for text in Headers(scope=scope).getlist("x-forwarded-for") for part in text.split(",")]
    for found in reversed(named):
        if _parsed(found) is None:
            return peer
        if found not in proxies:
            return found
    return peer


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
