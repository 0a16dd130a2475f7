"""Keeps posts to addresses of a rules file on the public internet (against server-side request forgery).

The name is resolved here, every address that it has is checked, and the connection is made to a checked address: a name
that changes its mind afterwards has no effect. Nothing is remembered, so each new request is checked again.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence

import httpx

from alerts.sinks.http import http_client
from alerts.sinks.port import ChannelUnavailable

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The IP addresses of a host name, for a port. Raises `OSError` when there are none."""

MOST_ADDRESSES = 4
"""How many addresses of a name are tried, one after the other."""
_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def why_not_public(address: str) -> str:
    """What kind of address this is, if it is not a public one; "" for a public one.

    An IPv6 address that stands for an IPv4 address (mapped, NAT64, 6to4) is judged by that.

    >>> why_not_public("93.184.216.34"), why_not_public("169.254.169.254"), why_not_public("::ffff:127.0.0.1")
    ('', 'link-local', 'loopback')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "not an IP address"
    if isinstance(found, ipaddress.IPv6Address) and (beneath := _beneath(found)) is not None:
        found = beneath
    for word, holds in (
        ("unspecified", found.is_unspecified),
        ("loopback", found.is_loopback),
        ("link-local", found.is_link_local),
        ("multicast", found.is_multicast),
        ("reserved", found.is_reserved),
        ("private", not found.is_global),
        ("private", isinstance(found, ipaddress.IPv6Address) and found not in _UNICAST),
    ):
        if holds:
            return word
    return ""


def _beneath(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that `address` stands for."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """The addresses that the system's resolver gives, each once, in its order."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class PublicTransport(httpx.AsyncBaseTransport):
    """Passes requests on to `inner`, each to an address that was checked. https only.

    Certificates are checked for the name, as ever. With `through_proxy` the proxy resolves the name, so only an address
    that stands in the URL itself is checked: what may be reached is then the proxy's to say.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, *, resolve: Resolve = resolve_by_system, through_proxy: bool = False
    ) -> None:
        self._inner = inner
        self._resolve = resolve
        self._through_proxy = through_proxy

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`.

        Raises:
            ChannelUnavailable: when it is not https, or any address of its host is not public.
            httpx.TransportError: when the host has no address, or none accepts the connection.
        """
        if request.url.scheme != "https":
            raise ChannelUnavailable("its address does not begin with https://: use https, or set allow_private.")
        host = request.url.raw_host.decode("ascii")
        if self._through_proxy:
            if _is_address(host):
                _check(host)
            return await self._inner.handle_async_request(request)
        try:
            addresses = await self._resolve(host, request.url.port or 443)
        except OSError as error:
            raise httpx.ConnectError(f"its name has no address ({error.strerror})", request=request) from error
        except UnicodeError as error:  # an empty label, or one of more than 63 characters
            raise httpx.ConnectError("its name is none that can have an address", request=request) from error
        for address in addresses:
            _check(address)
        return await self._first_that_answers(request, host, addresses[:MOST_ADDRESSES])

    async def _first_that_answers(self, request: httpx.Request, host: str, addresses: Sequence[str]) -> httpx.Response:
        failed: httpx.TransportError = httpx.ConnectError("its name has no address", request=request)
        for address in addresses:
            try:
                return await self._inner.handle_async_request(_to(request, host, address))
            # Nothing was sent yet, so another address may be tried.
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        raise failed

    async def aclose(self) -> None:
        await self._inner.aclose()


def _to(request: httpx.Request, host: str, address: str) -> httpx.Request:
    """`request` to `address`; the header Host and the certificate that is expected remain those of `host`."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address.partition("%")[0]),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )


def _check(address: str) -> None:
    if kind := why_not_public(address):
        raise ChannelUnavailable(
            f"its name leads to {address}, which is not public ({kind}): correct the address, or set allow_private if "
            "the receiver stands in your own network."
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def rules_client(
    *,
    allow_private: bool = False,
    proxy: str | None = None,
    verify: ssl.SSLContext | bool = True,
    resolve: Resolve = resolve_by_system,
) -> httpx.AsyncClient:
    """A client for posts to a URL of the rules file: as `http_client`, and to public addresses over https only unless
    `allow_private`."""
    if allow_private:
        return http_client(proxy=proxy, verify=verify)
    inner = httpx.AsyncHTTPTransport(verify=verify, proxy=proxy, trust_env=False)
    checked = PublicTransport(inner, resolve=resolve, through_proxy=proxy is not None)
    return http_client(transport=checked)
