"""Fetching from a vendor's API: only there, bounded, and repeated where that may help."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import pytest

from streams.deployment.secret import Secret
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.gateway.fetching import ANSWER_BYTES, ApiAccess, Fetcher, FetchRefused, NotFetched, fetcher_of
from streams.gateway.reading import Fetch, Reading, Request
from streams.gateway.sources.schema import SegmentSource, Source, StripeSource
from tests.support.gateway.requests import a_request


class Answer(NamedTuple):
    """What an API answers."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = {}  # noqa: RUF012


PATH = "/v1/subscriptions/sub_1?expand[]=discounts"


class Api:
    """An API behind a transport: what it was asked, and a fetcher for it."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        headers = {"Authorization": Secret("Bearer rk_live_1")}
        self.fetcher = Fetcher({"billing": ApiAccess(httpx.URL("https://api.example"), client, headers)})

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return httpx.Response(found.status, headers=found.headers, stream=httpx.ByteStream(found.body))

    def fetch(self, url: str = PATH, *, seconds: float = 5.0, source: str = "billing") -> dict[str, Any]:
        async def run() -> dict[str, Any]:
            return await self.fetcher.fetch(source, url, asyncio.get_running_loop().time() + seconds)

        return asyncio.run(run())

    def read(self, read: Callable[[Request], Reading], within: float = 5.0) -> Reading:
        request = a_request(StripeSource(insecure=True), {"id": "evt_1"}, name="billing")
        return asyncio.run(self.fetcher.read(read, request, within))


def found(**fields: Any) -> Answer:
    return Answer(200, json.dumps(fields).encode())


def test_an_object_is_fetched_from_the_host_of_the_source_with_its_key() -> None:
    api = Api(found(id="sub_1"))
    assert api.fetch() == {"id": "sub_1"}
    assert str(api.asked[0].url) == "https://api.example/v1/subscriptions/sub_1?expand[]=discounts"
    assert api.asked[0].headers["authorization"] == "Bearer rk_live_1"
    assert api.asked[0].method == "GET"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1/x",
        "//evil.example/v1/x",
        "/v1/../v3/x",
        "/v1/..",
        "/v1/%2e%2e/x",
        "/v1//x",
        "/v1/a/./b",
        "/v1/",
        "/v1",
        "/v3/x",
        "/internal",
        "/v1/x@evil.example",
        "/v1/x\\y",
        "/v1/x y",
        "/v1/x#y",
        "/v1/x\r\nHost: evil",
        "/v1/x\n",
        "/v1/" + "a" * 600,
        "",
    ],
)
def test_no_path_leads_elsewhere(url: str) -> None:
    api = Api(found())
    with pytest.raises(FetchRefused) as refused:
        api.fetch(url)
    assert refused.value.reason == "bad_url"
    assert api.asked == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (301, "fetch_failed"),
        (302, "fetch_failed"),
        (400, "fetch_failed"),
        (401, "api_key_refused"),
        (403, "api_key_forbidden"),
        (404, "not_found"),
    ],
)
def test_what_no_repetition_changes_is_refused_at_once(status: int, reason: str) -> None:
    api = Api(Answer(status, headers={"location": "https://evil.example/v1/x"}))
    with pytest.raises(FetchRefused) as refused:
        api.fetch()
    assert refused.value.reason == reason
    assert len(refused.value.words.split()) > 4
    assert len(api.asked) == 1


@pytest.mark.parametrize("first", [Answer(503), Answer(429), httpx.ConnectError("x"), httpx.ReadError("x")])
def test_what_may_pass_is_tried_again(first: Answer | Exception) -> None:
    api = Api(first, first, found(id="sub_1"))
    assert api.fetch() == {"id": "sub_1"}
    assert len(api.asked) == 3


def test_tries_are_bounded() -> None:
    api = Api(Answer(500))
    with pytest.raises(NotFetched, match="500"):
        api.fetch()
    assert len(api.asked) == 3


def test_nothing_is_tried_once_the_time_is_over() -> None:
    api = Api(found())
    with pytest.raises(NotFetched, match="no time"):
        api.fetch(seconds=0)
    assert api.asked == []


def test_an_answer_that_does_not_come_ends_with_the_time() -> None:
    async def run() -> None:
        async def never(request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(60)
            raise AssertionError

        client = httpx.AsyncClient(transport=httpx.MockTransport(never))
        fetcher = Fetcher({"billing": ApiAccess(httpx.URL("https://api.example"), client, {})})
        loop = asyncio.get_running_loop()
        begin = loop.time()
        with pytest.raises(NotFetched, match="in time"):
            await fetcher.fetch("billing", PATH, begin + 0.2)
        assert loop.time() - begin < 2

    asyncio.run(run())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"x" * (ANSWER_BYTES + 1), "fetched_too_large"),
        (b"[]", "fetched_malformed"),
        (b"<html>", "fetched_malformed"),
        (b"\xff", "fetched_malformed"),
    ],
)
def test_an_answer_that_is_no_object_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(FetchRefused) as refused:
        Api(Answer(200, body)).fetch()
    assert refused.value.reason == reason


def test_a_compressed_answer_is_not_unpacked() -> None:
    with pytest.raises(FetchRefused, match="compressed"):
        Api(Answer(200, b"{}", {"content-encoding": "gzip"})).fetch()


def test_a_source_without_a_key_fetches_nothing() -> None:
    with pytest.raises(FetchRefused, match="no api_key"):
        Api(found()).fetch(source="other")


def wanting(*urls: str) -> Callable[[Request], Reading]:
    def read(request: Request) -> Reading:
        missing = [url for url in urls if url not in request.fetched]
        return Reading(fetch=Fetch(missing[0])) if missing else Reading()

    return read


def test_a_request_is_read_again_with_all_that_it_asks_for() -> None:
    api = Api(found())
    assert api.read(wanting("/v1/a", "/v1/b")) == Reading()
    assert [each.url.path for each in api.asked] == ["/v1/a", "/v1/b"]


def test_there_is_time_to_fetch_however_soon_the_gateway_must_answer() -> None:
    assert Api(found()).read(wanting("/v1/a"), within=0.5) == Reading()


def test_a_request_that_asks_without_end_is_refused() -> None:
    api = Api(found())
    assert [each.reason for each in api.read(wanting(*(f"/v1/{n}" for n in range(9)))).refused] == ["too_many_fetches"]
    assert len(api.asked) == 4


def test_what_cannot_be_fetched_for_good_is_refused_with_the_body() -> None:
    refused = Api(Answer(404)).read(wanting("/v1/a")).refused
    assert [(each.reason, each.value) for each in refused] == [("not_found", b'{"id":"evt_1"}')]


def test_what_may_come_later_is_for_the_sender_to_repeat() -> None:
    with pytest.raises(NotFetched):
        Api(Answer(503)).read(wanting("/v1/a"))


ENVIRONMENT = {"VITALS_SECRET_KEY": "rk_live_secret"}


def made(address: str) -> Fetcher:
    stripe = StripeSource(insecure=True, api_key="VITALS_SECRET_KEY", api_address=address)
    sources: dict[str, Source] = {"billing": stripe, "web": SegmentSource()}
    return fetcher_of(sources, ENVIRONMENT, Settings())


@pytest.mark.parametrize(
    "address", ["http://api.stripe.com", "ftp://x", "api.stripe.com", "https://u:p@x", "https://x?y", "", "https://"]
)
def test_a_key_goes_only_to_an_address_that_is_safe(address: str) -> None:
    with pytest.raises(UserError, match=r"sources\.billing\.api_address") as error:
        made(address)
    assert "rk_live_secret" not in str(error.value)


@pytest.mark.parametrize("address", ["https://api.stripe.com", "http://localhost:12111", "http://127.0.0.1:1"])
def test_an_address_that_is_safe_is_taken(address: str) -> None:
    fetcher = made(address)
    asyncio.run(fetcher.close())


def test_a_key_that_is_not_set_is_named() -> None:
    sources: dict[str, Source] = {"billing": StripeSource(insecure=True, api_key="VITALS_SECRET_OTHER")}
    with pytest.raises(UserError, match="VITALS_SECRET_OTHER"):
        fetcher_of(sources, ENVIRONMENT, Settings())
