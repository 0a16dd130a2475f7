"""The HTTP that all posting sinks share: one bounded exchange, whose answer is a value for the sink to judge.

Nothing raised or returned here contains the URL that was posted to: a webhook's URL is its secret.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
import zlib
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import httpx
import msgspec

from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, FailureReason
from alerts.text import plain

TIMEOUT_SECONDS = 5.0
# The limit for the whole exchange, however slow its parts; and for an answer's body after its headers.
EXCHANGE_SECONDS = 15.0
BODY_SECONDS = 5.0
# An answer is a word or a short page: anything beyond is neither read nor decompressed.
BODY_BYTES = 4_096
# For a 429 without `Retry-After`: long enough to be polite, short enough for an alert.
DEFAULT_RETRY_AFTER_SECONDS = 30.0
# A sink may ask for a pause, but a mistaken header must not silence alerts for a day.
MAX_RETRY_AFTER_SECONDS = 3_600.0
REASON_LIMIT = 200
# Shorter parts of a path are words such as "services".
SECRET_LENGTH = 6

_AFTER_THE_REQUEST = (httpx.ReadError, httpx.ReadTimeout, httpx.RemoteProtocolError)
"""Errors after the request was sent: the other side may have acted on it."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer: its status, and the beginning of its body (4 KiB unless more was asked for), with any part of the URL
    removed.

    `is_whole` is False if the body was longer, did not end in time, or has an encoding that is not supported here.
    `retry_after_seconds` is what the answer asks for, more than 0 and at most an hour.
    """

    status: int
    body: str
    is_whole: bool
    retry_after_seconds: float | None = None

    @property
    def summary(self) -> str:
        """The answer in one line: "404 (no_service)"."""
        return f"{self.status} ({plain(self.body, REASON_LIMIT)})" if self.body.strip() else str(self.status)


def http_client(
    *,
    proxy: str | None = None,
    verify: ssl.SSLContext | bool = True,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """A client for sinks: 5 s each to connect, write and read; it does not follow redirects and reads nothing from the
    environment. `proxy` is the URL of an HTTP proxy. A `transport` takes the place of both `proxy` and `verify`; for
    URLs of a rules file see `alerts.sinks.public_address.rules_client`.
    """
    return httpx.AsyncClient(
        timeout=TIMEOUT_SECONDS,
        follow_redirects=False,
        trust_env=False,
        proxy=proxy,
        verify=verify,
        transport=transport,
        headers={"Accept-Encoding": "identity"},
    )


async def post_json(
    client: httpx.AsyncClient,
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    now: Callable[[], float] = time.time,
    method: str = "POST",
    body_bytes: int = BODY_BYTES,
    is_url_secret: bool = True,
) -> Reply:
    """Send `body` to `url` and return the answer, unless it calls for a retry. Takes 15 s at most. Not idempotent.

    `now` is the wall clock in seconds, for a `Retry-After` that is a date. Of the answer's body, `body_bytes` are read.
    With `is_url_secret`, whatever is a part of the URL is removed from it.

    Raises:
        DeliveryFailed: when no answer arrives in time, and on 408, 425, 429 and 5xx. It carries the answer's
            `Retry-After` if that is readable, and 30 s for a 429 without one.
        ChannelUnavailable: when no request can succeed: the certificate is not trusted, or the proxy refuses.
    """
    try:
        async with asyncio.timeout(EXCHANGE_SECONDS):
            request = client.build_request(
                method, url, content=body, headers={"Content-Type": "application/json", **headers}
            )
            reply = await _exchange(client, request, url if is_url_secret else "", now, body_bytes)
    except TimeoutError as error:
        raise DeliveryFailed(
            f"no complete answer in {EXCHANGE_SECONDS:.0f} s", reason="timeout", may_have_arrived=True
        ) from error
    except httpx.ProxyError as error:
        raise ChannelUnavailable(
            "the proxy refuses the request: check VITALS_HTTP_PROXY and its password.", reason="auth"
        ) from error
    except httpx.RequestError as error:
        if (distrust := _distrust(error)) is not None:
            raise ChannelUnavailable(
                f"its certificate is not trusted ({distrust}): check the address; if a proxy or a private CA signed "
                "it, set VITALS_HTTP_CA_LOCATION to the certificate of that CA.",
                reason="certificate",
            ) from error
        slow: FailureReason = "timeout" if isinstance(error, httpx.TimeoutException) else "network"
        raise DeliveryFailed(
            f"no answer: {type(error).__name__}", reason=slow, may_have_arrived=isinstance(error, _AFTER_THE_REQUEST)
        ) from error
    if reply.status in (408, 425, 429) or reply.status >= 500:
        why: FailureReason = "server" if reply.status >= 500 else "rate_limited" if reply.status == 429 else "timeout"
        raise DeliveryFailed(f"answered {reply.status}", reply.retry_after_seconds, reason=why)
    return reply


async def _exchange(
    client: httpx.AsyncClient, request: httpx.Request, url: str, now: Callable[[], float], body_bytes: int
) -> Reply:
    response = await client.send(request, stream=True)
    try:
        raw, is_whole = await _beginning(response, body_bytes)
        text, is_readable = _unpacked(raw, response.headers.get("Content-Encoding", ""), body_bytes)
        return Reply(
            status=response.status_code,
            body=_without_url(text, url) if url else text,
            is_whole=is_whole and is_readable,
            retry_after_seconds=_retry_after_seconds(response, now()),
        )
    finally:
        await response.aclose()


async def _beginning(response: httpx.Response, body_bytes: int) -> tuple[bytes, bool]:
    """(the beginning of the body, still encoded; whether that is all of it)."""
    read = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in response.aiter_raw():
                read += chunk
                if len(read) > body_bytes:
                    break
            else:
                return bytes(read), True
    # The status is valid all the same; the sink decides whether it is enough.
    except (TimeoutError, httpx.RequestError):
        pass
    return bytes(read[:body_bytes]), False


def _unpacked(raw: bytes, encoding: str, body_bytes: int) -> tuple[str, bool]:
    """(at most `body_bytes` of text from `raw`, whether it could be decoded to its end). We ask for no compression."""
    match encoding.strip().lower():
        case "" | "identity":
            return raw.decode("utf-8", "replace"), True
        case "gzip" | "x-gzip" | "deflate":
            unpacking = zlib.decompressobj(wbits=47)  # detects gzip or zlib by the first bytes
            try:
                text = unpacking.decompress(raw, body_bytes)
            except zlib.error:
                return "", False
            return text.decode("utf-8", "replace"), unpacking.eof
        case _:
            return "", False


def _without_url(text: str, url: str) -> str:
    """`text` without any part of `url`: error pages often repeat the requested address."""
    parsed = httpx.URL(url)
    path = parsed.raw_path.decode("ascii", "replace")
    pieces = [piece for piece in re.split(r"[/?&=]", path) if len(piece) >= SECRET_LENGTH]
    for secret in (url, *([path] if len(path) > 1 else []), *pieces, parsed.password):
        if secret:
            text = text.replace(secret, "…")
    return text


def _distrust(error: BaseException | None) -> str | None:
    """Why the certificate is not trusted, if that is the cause of `error`."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return None


def _retry_after_seconds(response: httpx.Response, now: float) -> float | None:
    """The pause that the answer asks for: seconds, or a date, compared with the answer's own `Date` if it has one."""
    text = response.headers.get("Retry-After", "").strip()
    seconds = 0.0
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        seconds = float(text)
    elif (until := _http_date(text)) is not None:
        seconds = until - (_http_date(response.headers.get("Date", "")) or now)
    if seconds > 0:
        return min(seconds, MAX_RETRY_AFTER_SECONDS)
    return DEFAULT_RETRY_AFTER_SECONDS if response.status_code == 429 else None


def _http_date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
