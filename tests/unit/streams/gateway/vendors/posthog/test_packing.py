"""How bodies of PostHog's SDKs are packed."""

from __future__ import annotations

import gzip
import time
import zlib
from base64 import b64encode, urlsafe_b64encode
from contextlib import suppress
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.reading import BadRequest
from streams.gateway.vendors.posthog.packing import UNPACKED_MAX_BYTES, unpacked

BODY = b'{"event":"\xc3\xa9>?~","n":1}'
PACKED = {
    "plain": BODY,
    "spaces before": b"\r\n " + BODY,
    "byte order mark": b"\xef\xbb\xbf" + BODY,
    "gzip": gzip.compress(BODY, mtime=0),
    "base64": b64encode(BODY),
    "base64 for URLs": urlsafe_b64encode(BODY),
    "base64 without padding": b64encode(BODY).rstrip(b"="),
    "base64 in lines": b"\n".join(b64encode(BODY)[at : at + 8] for at in range(0, 60, 8)),
    "form of base64 in lines": b"data="
    + quote_plus(b"\r\n".join([b64encode(BODY)[:20], b64encode(BODY)[20:]])).encode(),
    "form of base64": b"data=" + quote_plus(b64encode(BODY).decode()).encode(),
    "form whose + is not escaped": b"data=" + b64encode(BODY),
    "form of JSON": b"data=" + quote_plus(BODY.decode()).encode(),
    "form that says so": b"compression=base64&data=" + quote_plus(b64encode(BODY).decode()).encode(),
    "gzip in base64": b64encode(gzip.compress(BODY, mtime=0)),
    "gzip in base64 in a form": b"data=" + quote_plus(b64encode(gzip.compress(BODY, mtime=0)).decode()).encode(),
    "gzip in two parts": gzip.compress(BODY[:9], mtime=0) + gzip.compress(BODY[9:], mtime=0),
    "base64 in gzip": gzip.compress(b64encode(BODY), mtime=0),
}


@pytest.mark.parametrize("compression", ["", "gzip", "gzip-js", "base64", "none"])
@pytest.mark.parametrize("packed", PACKED.values(), ids=PACKED)
def test_the_bytes_say_how_they_are_packed_and_not_the_query(packed: bytes, compression: str) -> None:
    assert unpacked(packed, {"compression": compression}).removeprefix(b"\xef\xbb\xbf").strip() == BODY


def test_what_a_get_has_is_in_the_query() -> None:
    assert unpacked(b"", {"data": b64encode(BODY).decode()}) == BODY


@given(st.binary(max_size=60), st.sampled_from(["", "lz64", "gzip"]))
def test_any_bytes_are_unpacked_or_refused(body: bytes, compression: str) -> None:
    with suppress(BadRequest):
        assert isinstance(unpacked(body, {"compression": compression}), bytes)


@pytest.mark.parametrize(
    ("body", "query", "words"),
    [
        (b"N4IgpgzgLgTghgSwHZQgLgPQYwBwPYFsBTGAX3A", {"compression": "lz64"}, "LZ-string"),
        (b"\x1f\x8bnot gzip at all", {}, "begins as gzip"),
        (gzip.compress(BODY, mtime=0)[:-9], {}, "is cut off"),
        (b"data=abc&x", {}, "form"),
        (b"abcde", {}, "looks like base64"),
    ],
)
def test_what_cannot_be_unpacked_says_why(body: bytes, query: dict[str, str], words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        unpacked(body, query)


def test_a_bomb_is_not_unpacked() -> None:
    maker = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join([maker.compress(b" " * 1_000_000) for _ in range(200)]) + maker.flush()
    assert len(bomb) < 300_000
    with pytest.raises(BadRequest, match=f"more than {UNPACKED_MAX_BYTES:,} bytes"):
        unpacked(bomb, {})


def test_white_space_in_what_is_no_base64_costs_no_time() -> None:
    """Somebody without a key can send this: the key of a request is looked for in its body."""
    began = time.process_time()
    body = b"A" + b" " * 1_000_000 + b"!"
    assert unpacked(body, {}) == body
    assert time.process_time() - began < 5
