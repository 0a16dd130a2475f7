"""Posts to addresses of a rules file reach the public internet only, whatever a name says and when."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Sequence

import httpx
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from alerts.sinks.http import http_client, post_json
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed
from alerts.sinks.public_address import PublicTransport, rules_client, why_not_public
from tests.support.fake_slack import FakeSlack, Reply

PUBLIC, LOOPBACK = "93.184.216.34", "127.0.0.1"
HOOK = "https://hooks.example/services/secret"


class Names:
    """A resolver that gives one scripted answer after the other, and then the last for good."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class Line(httpx.AsyncBaseTransport):
    """Answers 200, or refuses the connection at some addresses; keeps where each request went."""

    def __init__(self, *refusing: str) -> None:
        self.requests: list[httpx.Request] = []
        self._refusing = refusing

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host in self._refusing:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, stream=httpx.ByteStream(b"ok"))

    @property
    def hosts(self) -> list[str]:
        return [request.url.host for request in self.requests]


async def post(names: Names, line: Line, url: str = HOOK, *, through_proxy: bool = False) -> None:
    transport = PublicTransport(line, resolve=names, through_proxy=through_proxy)
    async with http_client(transport=transport) as client:
        await post_json(client, url, b"{}", {})


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("127.8.8.8", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("169.254.169.254", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "private"),
        ("198.18.0.1", "private"),
        ("fd00::1", "private"),
        ("fec0::1", "private"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("::ffff:169.254.169.254", "link-local"),
        ("::ffff:10.0.0.1", "private"),
        ("64:ff9b::7f00:1", "loopback"),
        ("2002:7f00:1::", "loopback"),
        ("::7f00:1", "reserved"),
        ("localhost", "not an IP address"),
    ],
)
def test_addresses_that_are_not_public(address: str, kind: str) -> None:
    assert why_not_public(address) == kind


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1111", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"])
def test_public_addresses(address: str) -> None:
    assert why_not_public(address) == ""


async def test_the_connection_is_made_to_the_address_that_was_checked_with_the_names_host_and_certificate() -> None:
    line = Line()
    await post(Names([PUBLIC]), line)
    (request,) = line.requests
    assert request.url.host == PUBLIC
    assert request.headers["host"] == "hooks.example"
    assert request.extensions["sni_hostname"] == "hooks.example"
    assert request.url.path == "/services/secret"


async def test_a_name_that_changes_its_mind_after_the_check_is_not_asked_again() -> None:
    names, line = Names([PUBLIC], [LOOPBACK]), Line()
    transport = PublicTransport(line, resolve=names)
    async with http_client(transport=transport) as client:
        await post_json(client, HOOK, b"{}", {})
        assert (names.asked, line.hosts) == (1, [PUBLIC])
        # The next request is checked again, and the name leads to loopback by now.
        with pytest.raises(ChannelUnavailable, match=r"leads to 127.0.0.1, which is not public \(loopback\)"):
            await post_json(client, HOOK, b"{}", {})
    assert line.hosts == [PUBLIC]


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    line = Line()
    with pytest.raises(ChannelUnavailable, match=r"10\.0\.0\.8"):
        await post(Names([PUBLIC, "10.0.0.8"]), line)
    assert line.requests == []


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:127.0.0.1]", "127.1", "2130706433", "localhost"])
async def test_an_address_in_the_url_itself_is_checked_however_it_is_written(host: str) -> None:
    async with rules_client() as client:
        with pytest.raises(ChannelUnavailable, match="not public"):
            await post_json(client, f"https://{host}/latest/meta-data", b"{}", {})


async def test_a_name_of_another_alphabet_is_asked_for_as_it_goes_over_the_wire() -> None:
    line = Line()
    await post(Names([PUBLIC]), line, "https://bücher.example/")
    assert line.requests[0].extensions["sni_hostname"] == "xn--bcher-kva.example"
    assert line.requests[0].headers["host"] == "xn--bcher-kva.example"


async def test_http_is_refused() -> None:
    line = Line()
    with pytest.raises(ChannelUnavailable, match="https"):
        await post(Names([PUBLIC]), line, "http://hooks.example/")
    assert line.requests == []


async def test_another_public_address_is_tried_when_one_refuses_the_connection() -> None:
    line = Line("2606:4700::1111")
    await post(Names(["2606:4700::1111", PUBLIC]), line)
    assert line.hosts == ["2606:4700::1111", PUBLIC]


async def test_a_name_without_addresses_is_tried_again_later() -> None:
    with pytest.raises(DeliveryFailed, match="ConnectError"):
        await post(Names([]), Line())


async def test_behind_a_proxy_the_name_is_left_to_it_and_addresses_are_checked() -> None:
    names, line = Names([LOOPBACK]), Line()
    await post(names, line, through_proxy=True)
    assert (names.asked, line.hosts) == (0, ["hooks.example"])
    with pytest.raises(ChannelUnavailable, match="private"):
        await post(names, line, "https://192.168.0.1/", through_proxy=True)


async def test_a_redirect_into_the_own_network_is_never_followed() -> None:
    with FakeSlack(Reply(302, {"Location": "http://169.254.169.254/latest/meta-data"})) as receiver:
        async with rules_client(allow_private=True) as client:
            reply = await post_json(client, receiver.url, b"{}", {})
    assert reply.status == 302
    assert len(receiver.posts) == 1


async def test_the_certificate_must_be_that_of_the_name_not_of_the_address() -> None:
    """A real handshake: what goes to the public address ends at a server on loopback."""
    authority = trustme.CA()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    for name, is_taken in (("hooks.example", True), ("other.example", False)):
        with FakeSlack(certificate=authority.issue_cert(name)) as receiver:
            port = httpx.URL(receiver.url).port
            inner = _Detour(httpx.AsyncHTTPTransport(verify=context, trust_env=False))
            transport = PublicTransport(inner, resolve=Names([PUBLIC]))
            async with http_client(transport=transport) as client:
                url = f"https://hooks.example:{port}/services/secret"
                if is_taken:
                    assert (await post_json(client, url, b"{}", {})).status == 200
                else:
                    with pytest.raises(ChannelUnavailable, match="certificate is not trusted"):
                        await post_json(client, url, b"{}", {})


class _Detour(httpx.AsyncBaseTransport):
    """The net between here and the public address: ends on loopback."""

    def __init__(self, inner: httpx.AsyncHTTPTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == PUBLIC
        request.url = request.url.copy_with(host=LOOPBACK)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@given(st.ip_addresses(v=4))
def test_ipv6_that_stands_for_ipv4_is_judged_by_it(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    nat64 = ipaddress.IPv6Address((0x64_FF9B << 96) | number)
    six_to_four = ipaddress.IPv6Address((0x2002 << 112) | (number << 80))
    kind = why_not_public(str(address))
    assert [why_not_public(str(each)) for each in (f"::ffff:{address}", nat64, six_to_four)] == [kind] * 3


@given(st.ip_addresses(v=6))
def test_public_ipv6_is_global_unicast_alone(address: ipaddress.IPv6Address) -> None:
    if not why_not_public(str(address)):
        assert address.is_global
        assert str(address).startswith(("2", "3", "64:ff9b::", "::ffff:"))


@pytest.mark.parametrize("host", ["a..b.example", f"{'a' * 70}.example"])
async def test_a_name_that_none_can_have_is_a_failed_delivery_by_the_systems_resolver(host: str) -> None:
    """A slip in a variable must not end the notifier, with all its lanes."""
    async with http_client(transport=PublicTransport(Line())) as client:
        with pytest.raises(DeliveryFailed, match="no answer: ConnectError"):
            await post_json(client, f"https://{host}/services/secret", b"{}", {})
