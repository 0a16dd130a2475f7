"""Reads the body of a request within limits of size, time and memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, Final

from streams.gateway.answers import Problem
from streams.gateway.inflating import ENCODINGS, NotPacked, TooLarge, inflated

BODY_MAX_BYTES = 10_000_000
"""The most bytes of a body, as sent and unpacked."""
BODY_SECONDS = 15.0
READING_MAX_BYTES = 64 * 1024 * 1024
"""The most bytes of all bodies that are being read or answered, as sent and unpacked."""
_MEDIA_TYPES = ("application/json", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream")
_ENDINGS = ("+json", "ndjson", "jsonl", "jsonlines", "json-seq")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class Gone(Exception):
    """The client has hung up."""


class BodyReader:
    """Reads bodies. One event loop owns it; `used` are the bytes that requests hold now."""

    def __init__(
        self,
        body_max: int = BODY_MAX_BYTES,
        seconds: float = BODY_SECONDS,
        reading_max: int = READING_MAX_BYTES,
    ) -> None:
        self.used = 0
        self._body_max: Final = body_max
        self._seconds: Final = seconds
        self._reading_max: Final = reading_max

    async def read(self, receive: Receive, headers: Mapping[str, str]) -> bytes:
        """The body as sent. The caller opens it with `opened`, which gives back its bytes.

        Raises:
            Problem: 408 when it does not come in time, 413 when it is too large, 503 when too many are being read.
            Gone: when the client hangs up before it has sent all.
        """
        self._check_length(headers)
        first = await self._next(receive, self._seconds)
        body = first.get("body", b"")
        self._take(len(body))
        if not first.get("more_body", False):
            return self._whole(body)
        parts, size = [body], len(body)
        deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            while True:
                message = await self._next(receive, deadline - asyncio.get_running_loop().time())
                part = message.get("body", b"")
                parts.append(part)
                self._take(len(part))
                size += len(part)
                if size > self._body_max:
                    raise self._too_large()
                if not message.get("more_body", False):
                    return b"".join(parts)
        except BaseException:
            self.release(size)
            raise

    def _whole(self, body: bytes) -> bytes:
        if len(body) > self._body_max:
            self.release(len(body))
            raise self._too_large()
        return body

    async def _next(self, receive: Receive, seconds: float) -> Message:
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                message = await receive()
        except TimeoutError:
            raise Problem(
                408, "too_slow", f"The body did not come within {self._seconds:g} s: send it again."
            ) from None
        if message["type"] == "http.disconnect":
            raise Gone
        return message

    def _check_length(self, headers: Mapping[str, str]) -> None:
        length = headers.get("content-length", "")
        if length.isascii() and length.isdigit() and (len(length) > 12 or int(length) > self._body_max):
            raise self._too_large()

    def _take(self, size: int) -> None:
        self.used += size
        if self.used > self._reading_max:
            self.used -= size
            raise Problem(503, "busy", "The gateway holds too many requests at the moment: send this one again.")

    def release(self, size: int) -> None:
        """Give back the bytes of a body."""
        self.used -= size

    @contextmanager
    def opened(self, sent: bytes, headers: Mapping[str, str]) -> Iterator[bytes]:
        """The body as its sender wrote it, for a `with`: what many small bombs unpack to is held within the limit, too.

        Raises:
            Problem: 400, 413 or 415; 503 when too much is held.
        """
        size = len(sent)
        try:
            body = self.unpacked(sent, headers)
            more = max(len(body) - size, 0)
            self._take(more)
            size += more
            yield body
        finally:
            self.release(size)

    def unpacked(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The body as its sender wrote it, before it was packed.

        Raises:
            Problem: 400, 413 or 415.
        """
        _check_media_type(headers.get("content-type", ""))
        encoding = headers.get("content-encoding", "").strip().lower().removeprefix("x-")
        if encoding in ("", "identity"):
            return body
        if encoding not in ENCODINGS:
            words = f"The body is packed as {encoding[:40]!r}: send it as {' or '.join(ENCODINGS)}, or as it is."
            raise Problem(415, "unknown_encoding", words)
        try:
            return inflated(body, encoding, self._body_max)
        except TooLarge:
            raise self._too_large() from None
        except NotPacked as error:
            raise Problem(400, "not_packed", f"{error}. Its Content-Encoding is {encoding}.") from None

    def _too_large(self) -> Problem:
        words = f"The body has more than {self._body_max:,} bytes, as sent or unpacked: split it into several requests."
        return Problem(413, "too_large", words)


def _check_media_type(given: str) -> None:
    """415 for what is certainly no JSON. Readers of vendors that send forms find the JSON in them."""
    kind, _, rest = given.lower().partition(";")
    kind = kind.strip()
    if kind and kind not in _MEDIA_TYPES and not kind.endswith(_ENDINGS):
        raise Problem(415, "media_type", f"The body is {kind[:60]!r}: send JSON, as application/json.")
    charset = rest.partition("charset=")[2].partition(";")[0].strip(' "')
    if charset and charset not in ("utf-8", "utf8", "us-ascii"):
        raise Problem(415, "charset", f"The body is in {charset[:40]!r}: send it in UTF-8.")
