"""Packed bodies: what was packed comes out, and never more than the limit."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.inflating import NotPacked, TooLarge, inflated

RAW = zlib.compressobj(wbits=-15)
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "": bytes,
}


@given(st.binary(max_size=300), st.sampled_from(sorted(PACKERS)), st.integers(0, 300))
def test_what_was_packed_comes_out_up_to_the_limit(body: bytes, encoding: str, limit: int) -> None:
    packed = PACKERS[encoding](body)
    if len(body) <= limit:
        assert inflated(packed, encoding, limit) == body
    else:
        with pytest.raises(TooLarge):
            inflated(packed, encoding, limit)


@given(st.binary(min_size=1, max_size=100), st.data())
def test_what_is_cut_off_is_not_taken(body: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(body)
    cut = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(NotPacked):
        inflated(packed[:cut], "gzip", 1_000)


def test_parts_one_after_the_other_count_together() -> None:
    packed = gzip.compress(b"ab") + gzip.compress(b"cd")
    assert inflated(packed, "gzip", 4) == b"abcd"
    with pytest.raises(TooLarge):
        inflated(packed, "gzip", 3)
    with pytest.raises(NotPacked, match="parts"):
        inflated(gzip.compress(b"") * 200, "gzip", 3)


def test_deflate_without_a_head_is_taken_and_others_are_not() -> None:
    raw = RAW.compress(b"{}") + RAW.flush()
    assert inflated(raw, "deflate", 10) == b"{}"
    for body, encoding in ((b"{}", "gzip"), (b"{}", "deflate"), (b"{}", "br")):
        with pytest.raises(NotPacked):
            inflated(body, encoding, 10)
