"""Segment's signature."""

from __future__ import annotations

import hmac
import json
from hashlib import sha1
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature
from streams.gateway.signatures.segment import check, first_call
from tests.support.gateway.fixtures import vectors

SECRET = Secret("segsecret")
BODY = b'{"type":"track","event":"Report Run","messageId":"m-1","userId":"u1","context":{"groupId":"acme"}}'
SIGNATURE = "b428bcf39deda991252f9248c939b689b5795c5a"
JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text() | st.integers(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=8,
)


def verify(body: bytes, signature: str = SIGNATURE, *secrets: Secret) -> None:
    check(body, {"x-signature": signature}, secrets or [SECRET], 0.0, 300.0)


def signed(text: bytes) -> str:
    return hmac.new(b"segsecret", text, sha1).hexdigest()


def test_the_vectors_hold() -> None:
    for each in vectors("segment"):
        check(each.body, each.headers, [Secret(each.secret)], each.now, 300.0)
        with pytest.raises(BadSignature):
            check(each.body + b" ", each.headers, [Secret(each.secret)], each.now, 300.0)


@pytest.mark.parametrize("batch", [b"[%s]", b"[ %s ,{}]", b'\n[\t%s,{"n":1e-7}]', b'[%s,{"n":2}'])
def test_of_a_batch_the_first_call_is_signed_as_it_is_sent(batch: bytes) -> None:
    verify(batch % BODY)


def test_text_that_another_writer_would_write_otherwise_is_left_as_it_is() -> None:
    odd = '{"n": 1e-7, "e": 1.0E+2, "u":"\\u00e9 é \\ud83d\\ude00", "big": %s}'.encode() % (b"9" * 5_000)
    assert first_call(b"[" + odd + b', {"n": 1}]') == odd
    assert json.dumps(json.loads('{"n": 1e-7}')).encode() not in odd
    verify(b"[" + odd + b"]", signed(odd))


@given(first=JSON, rest=st.lists(JSON, max_size=2), indent=st.sampled_from([None, 1]))
def test_the_first_call_is_found_in_whatever_follows(first: Any, rest: list[Any], indent: int | None) -> None:
    text = json.dumps(first, indent=indent)
    batch = "[\n" + ",".join([text, *(json.dumps(each) for each in rest)]) + "]"
    assert first_call(batch.encode()) == text.encode()


def test_any_of_several_secrets_may_have_signed() -> None:
    verify(BODY, SIGNATURE, Secret("old"), SECRET)
    with pytest.raises(BadSignature, match="not that of this body"):
        verify(BODY, SIGNATURE, Secret("old"), Secret("older"))


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (json.dumps(json.loads(BODY)).encode(), SIGNATURE),
        (b"[{}, " + BODY + b"]", SIGNATURE),
        (b"[" + BODY + b"]", signed(b"[" + BODY + b"]")),
        (BODY, ""),
        (BODY, "b428"),
        (BODY, "é" * 40),
        (b"[", SIGNATURE),
        (b"[]", SIGNATURE),
        (b"[\xff]", SIGNATURE),
        (b"[" * 100_000, SIGNATURE),
    ],
)
def test_what_does_not_hold_is_refused(body: bytes, signature: str) -> None:
    with pytest.raises(BadSignature):
        verify(body, signature)


def test_a_refusal_tells_neither_the_secret_nor_the_right_signature() -> None:
    with pytest.raises(BadSignature) as refused:
        verify(BODY, "0" * 40)
    assert "segsecret" not in str(refused.value)
    assert SIGNATURE not in str(refused.value)
