"""Messages of the topic `unattributed`."""

from __future__ import annotations

import pytest

from streams.identity.alias import ForeignId
from streams.identity.unattributed import (
    NotUnattributed,
    Unattributed,
    decode_unattributed,
    encode_unattributed,
    unattributed_key,
)

WAITING = Unattributed(
    topic="billing", event="paid", value=b'{"id":"e1"}', occurred_at_ms=5, accounts=(ForeignId("stripe.customer", "c"),)
)


def test_an_event_comes_back_from_its_message() -> None:
    assert decode_unattributed(encode_unattributed(WAITING)) == WAITING


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"[" * 100_000,
        encode_unattributed(WAITING).replace(b'"billing"', b'"bills"'),
        encode_unattributed(WAITING).replace(b'[["stripe.customer","c"]]', b"[]"),
    ],
)
def test_what_no_account_could_ever_take_is_none(value: bytes) -> None:
    with pytest.raises(NotUnattributed):
        decode_unattributed(value)


def test_a_key_fits_whatever_the_id_of_the_event_and_differs_for_different_ones() -> None:
    """An id of a megabyte in key and value was more than the topic takes, for as long as its sender repeated it."""
    long = [unattributed_key(WAITING, "x" * 900_000 + end) for end in ("a", "b")]
    assert long[0] != long[1]
    assert max(map(len, long)) < 1_000
