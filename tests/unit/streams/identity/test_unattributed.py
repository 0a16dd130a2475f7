"""Messages of the topic `unattributed`."""

from __future__ import annotations

import pytest

from streams.identity.alias import ForeignId
from streams.identity.unattributed import NotUnattributed, Unattributed, decode_unattributed, encode_unattributed

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
