"""Zendesk's signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from scoring.instants import parse_instant
from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature
from streams.gateway.signatures.zendesk import check
from tests.support.gateway.fixtures import vectors

TEXT = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
SECRET = Secret(TEXT)
AT, TOLERANCE = "2021-03-25T05:09:27Z", 300.0
NOW = parse_instant(AT) / 1000
BODY = b'{"ticket_id":1}'
SIGNED = {
    "x-zendesk-webhook-signature": "Hj3BY8fWLKJTYUdKwBPt4OEy/vGGb9DKxkPsWkWiZU0=",
    "x-zendesk-webhook-signature-timestamp": AT,
}


def signed(body: bytes, at: str) -> dict[str, str]:
    digest = hmac.new(TEXT.encode(), at.encode() + body, hashlib.sha256).digest()
    return {
        "x-zendesk-webhook-signature": base64.b64encode(digest).decode(),
        "x-zendesk-webhook-signature-timestamp": at,
    }


def test_the_signature_of_time_and_raw_body_holds() -> None:
    check(BODY, SIGNED, [SECRET], NOW, TOLERANCE)


def test_every_vector_is_as_it_says() -> None:
    found = vectors("zendesk")
    assert {vector.valid for vector in found} == {True, False}
    for vector in found:
        now = parse_instant(vector.headers["x-zendesk-webhook-signature-timestamp"]) / 1000
        if vector.valid:
            check(vector.body, vector.headers, [Secret(vector.secret)], now, TOLERANCE)
            again = json.dumps(json.loads(vector.body)).encode()
            with pytest.raises(BadSignature):
                check(again, vector.headers, [Secret(vector.secret)], now, TOLERANCE)
        else:
            with pytest.raises(BadSignature, match="signing secret"):
                check(vector.body, vector.headers, [Secret(vector.secret)], now, TOLERANCE)


def test_a_body_may_be_empty() -> None:
    check(b"", signed(b"", AT), [SECRET], NOW, TOLERANCE)


@pytest.mark.parametrize("at", ["2021-03-25T05:09:27.123456789Z", "2021-03-25T06:09:27+01:00"])
def test_the_time_may_have_nine_digits_or_an_offset(at: str) -> None:
    check(BODY, signed(BODY, at), [SECRET], NOW, TOLERANCE)


def test_one_of_several_secrets_is_enough() -> None:
    check(BODY, SIGNED, [Secret("older"), SECRET], NOW, TOLERANCE)


@pytest.mark.parametrize(("later", "words"), [(301, "too old"), (-301, "too far in the future")])
def test_a_time_beyond_the_tolerance_is_refused_on_either_side(later: float, words: str) -> None:
    check(BODY, SIGNED, [SECRET], NOW + (300 if later > 0 else -300), TOLERANCE)
    with pytest.raises(BadSignature, match=words):
        check(BODY, SIGNED, [SECRET], NOW + later, TOLERANCE)


def test_the_time_is_signed() -> None:
    with pytest.raises(BadSignature, match="signing secret"):
        check(
            BODY, {**SIGNED, "x-zendesk-webhook-signature-timestamp": "2021-03-25T05:09:28Z"}, [SECRET], NOW, TOLERANCE
        )


def test_a_signed_time_that_is_none_is_refused() -> None:
    with pytest.raises(BadSignature, match="is no time"):
        check(BODY, signed(BODY, "yesterday"), [SECRET], NOW, TOLERANCE)


@pytest.mark.parametrize("header", sorted(SIGNED))
def test_both_headers_must_be_there_and_may_hold_anything(header: str) -> None:
    without = {name: value for name, value in SIGNED.items() if name != header}
    with pytest.raises(BadSignature, match="is missing"):
        check(BODY, without, [SECRET], NOW, TOLERANCE)
    with pytest.raises(BadSignature):
        check(BODY, {**without, header: "é\udce9"}, [SECRET], NOW, TOLERANCE)


def test_another_body_or_secret_does_not_have_the_signature() -> None:
    with pytest.raises(BadSignature):
        check(BODY + b" ", SIGNED, [SECRET], NOW, TOLERANCE)
    with pytest.raises(BadSignature):
        check(BODY, SIGNED, [Secret("another")], NOW, TOLERANCE)
