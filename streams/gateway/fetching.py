"""Fetches objects that a reader asks for with `Fetch` from the vendor's API: only from the source's own host, with its
key, within the time that the vendor waits for an answer.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import msgspec

from streams.deployment.http import proxy_for, trusting_context
from streams.deployment.secret import Secret
from streams.deployment.settings import Settings
from streams.deployment.sink_secrets import sink_secret
from streams.errors import UserError
from streams.gateway.reading import Reading, Refused, Request
from streams.gateway.sources.schema import Source, StripeSource
from streams.gateway.sources.stripe_checks import LOOPBACK, is_api_address

MOST_FETCHES = 4
"""The most that one request may fetch, one after the other."""
TRIES = 3
FIRST_PAUSE_SECONDS = 0.1
TRY_SECONDS = 3.0
ANSWER_BYTES = 1_000_000
RESERVE_SECONDS = 1.0
"""What is left for Kafka of the time within which the gateway answers; a quarter of it, if that is less."""
STRIPE_VERSION = "2025-08-27.basil"
"""Of Stripe's API: the latest version whose discounts hold their coupons."""
_URL = re.compile(r"/v[12](/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+(\?[A-Za-z0-9_.\[\]=&-]*)?")
"""A path without empty parts, dots that lead up, or anything escaped."""
URL_CHARACTERS = 600
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class NotFetched(Exception):
    """The API does not answer, or not in time: 503, so that the vendor repeats its request. Words for a person."""


class FetchRefused(Exception):
    """What a repetition would not change: a dead letter. `reason` is a code."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason
        self.words = words


class ApiAccess(msgspec.Struct, frozen=True):
    """How to reach a vendor's API: the headers hold the key."""

    address: httpx.URL
    client: httpx.AsyncClient
    headers: Mapping[str, Secret]


class Fetcher:
    """Fetches for the sources that have a key. Keeps connections; holds no other state."""

    def __init__(self, access: Mapping[str, ApiAccess], *, now: Callable[[], float] = time.monotonic) -> None:
        self._access = access
        self._now = now

    async def fetch(self, source: str, url: str, until: float) -> dict[str, Any]:
        """The JSON object at `url`, a path below /v1/ or /v2/ of the source's API. Idempotent. Tries 3 times, as long
        as `until` (by this fetcher's clock) is not over. Follows no redirect, and reads at most 1 MB.

        Raises:
            NotFetched: when there is no answer in time, or 409, 429 or 5xx.
            FetchRefused: when no repetition would help: the path, the key, the right, or the object is not there.
        """
        access = self._access.get(source)
        if access is None:
            raise FetchRefused("no_api_key", f"the source {source!r} has no api_key to fetch {url[:80]} with")
        target = _target(access.address, url)
        pause, problem = FIRST_PAUSE_SECONDS, "no time was left"
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(max(0.0, min(pause, until - self._now())))
                pause *= 2
            left = until - self._now()
            if left <= 0:
                break
            try:
                async with asyncio.timeout(min(left, TRY_SECONDS)):
                    return await _answer(access, target)
            except (TimeoutError, httpx.TimeoutException):
                problem = "no answer in time"
            except httpx.RequestError as error:
                problem = type(error).__name__
            except NotFetched as error:
                problem = str(error)
        raise NotFetched(f"{access.address.host} did not give {url[:80]}: {problem}")

    async def read(self, read: Callable[[Request], Reading], request: Request, within: float) -> Reading:
        """What `read` finds in a request, with all that it asks for fetched. Takes `within` seconds at most, less what
        Kafka needs. What cannot be fetched for good is refused.

        Raises:
            NotFetched: when the request must be sent again.
            BadRequest: as `read`.
        """
        until = self._now() + within - min(RESERVE_SECONDS, within / 4)
        for _ in range(MOST_FETCHES):
            reading = read(request)
            if reading.fetch is None:
                return reading
            try:
                found = await self.fetch(request.name, reading.fetch.url, until)
            except FetchRefused as error:
                return Reading(refused=[Refused(reason=error.reason, words=error.words, value=request.body)])
            request = msgspec.structs.replace(request, fetched={**request.fetched, reading.fetch.url: found})
        reading = read(request)
        if reading.fetch is None:
            return reading
        words = f"the request needs more than {MOST_FETCHES} objects of the API"
        return Reading(refused=[Refused(reason="too_many_fetches", words=words, value=request.body)])

    async def close(self) -> None:
        """Close all connections."""
        for access in self._access.values():
            await access.client.aclose()


def fetcher_of(sources: Mapping[str, Source], environment: Mapping[str, str], settings: Settings) -> Fetcher:
    """A fetcher for the sources that name an `api_key`, which is read from its variable. Not connected yet.

    Raises:
        UserError: when a key is not set, the address is not https, or the proxy or certificates cannot be used.
    """
    return Fetcher(
        {
            name: _access(name, source, sink_secret(environment, source.api_key), settings)
            for name, source in sources.items()
            if isinstance(source, StripeSource) and source.api_key
        }
    )


def _access(name: str, source: StripeSource, key: Secret, settings: Settings) -> ApiAccess:
    address = _address(f"sources.{name}.api_address", source.api_address)
    client = httpx.AsyncClient(
        timeout=TRY_SECONDS,
        follow_redirects=False,
        trust_env=False,
        proxy=None if address.host in LOOPBACK else proxy_for(settings, str(address)),
        verify=trusting_context(settings.http_ca_location),
        headers={"Accept-Encoding": "identity", "Stripe-Version": STRIPE_VERSION},
    )
    return ApiAccess(address, client, {"Authorization": Secret(f"Bearer {key.reveal()}")})


def _address(key: str, text: str) -> httpx.URL:
    """The address of an API. It gets a key, so it must be https, but on this machine."""
    if not is_api_address(text):
        raise UserError(f"{key} is not the address of an API: write https:// and a host, as in https://api.stripe.com.")
    return httpx.URL(text)


def _target(address: httpx.URL, url: str) -> httpx.URL:
    """The URL of a path below the API's address.

    Raises:
        FetchRefused: when the path leads anywhere else.
    """
    if len(url) > URL_CHARACTERS or not _URL.fullmatch(url):
        raise FetchRefused("bad_url", f"{url[:80]!r} is not a path of the API: nothing was fetched")
    return address.copy_with(raw_path=url.encode())


async def _answer(access: ApiAccess, target: httpx.URL) -> dict[str, Any]:
    headers = {name: secret.reveal() for name, secret in access.headers.items()}
    async with access.client.stream("GET", target, headers=headers) as response:
        _check(response.status_code, target)
        if response.headers.get("content-encoding", "identity") != "identity":
            raise FetchRefused("fetched_malformed", f"{target.path} came compressed, which was not asked for")
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > ANSWER_BYTES:
                raise FetchRefused("fetched_too_large", f"{target.path} has more than {ANSWER_BYTES:,} bytes")
    try:
        return _decode(bytes(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise FetchRefused("fetched_malformed", f"{target.path} is not a JSON object") from None


def _check(status: int, target: httpx.URL) -> None:
    match status:
        case 200:
            return
        case 401:
            raise FetchRefused("api_key_refused", "the API does not take the key (401): set another api_key")
        case 403:
            words = f"the key may not read {target.path} (403): give the restricted key the right to read it"
            raise FetchRefused("api_key_forbidden", words)
        case 404:
            words = f"{target.path} is not there (404): it was deleted, or the key is of another account or mode"
            raise FetchRefused("not_found", words)
        case 409 | 425 | 429 | 500 | 502 | 503 | 504:
            raise NotFetched(f"it answered {status}")
    raise FetchRefused("fetch_failed", f"{target.path} was answered with {status}")
