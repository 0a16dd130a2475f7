"""HubSpot's signatures. The vectors of version 3 are those in the tests of HubSpot's own libraries for Python and Ruby,
that of version 1 is the example of its documentation."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature
from streams.gateway.signatures.hubspot import check, check_at

TOLERANCE = 300.0
SECRET = Secret("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy")
BODY = b"{'example_field':'example_value'}"
AT_MS = 1_693_657_560_000
NOW = AT_MS / 1000
ADDRESS = "https://www.example.com/webhook_uri"
check_3 = check_at(ADDRESS)
SIGNED = {
    "x-hubspot-signature-v3": "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y=",
    "x-hubspot-request-timestamp": str(AT_MS),
}
OLDER_BODY = (
    b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
    b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM",'
    b'"changeFlag":"NEW","appId":54321}]'
)
OLDER = {
    "x-hubspot-signature": "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de",
    "x-hubspot-signature-version": "v1",
}


@pytest.mark.parametrize(
    ("at_ms", "signature"),
    [
        (1_693_657_560_000, "K36dawei4A+QBNolUOqo7s91KQDWQ5MXZ/QufNYuk/Y="),
        (1_700_000_300_000, "RnbPH7+UMKVkbV32P8bz450N4M56aPmcru1+D3kSDtw="),
    ],
)
def test_the_vectors_of_hubspots_libraries_hold(at_ms: int, signature: str) -> None:
    headers = {**SIGNED, "x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": str(at_ms)}
    check_3(BODY, headers, [Secret("older"), SECRET], at_ms / 1000 + 1, TOLERANCE)


@pytest.mark.parametrize(
    "address", ["http://www.example.com/webhook_uri", "https://www.example.com/webhook_uri/", "https://example.com/"]
)
def test_the_address_is_signed(address: str) -> None:
    with pytest.raises(BadSignature, match="`address`"):
        check_at(address)(BODY, SIGNED, [SECRET], NOW, TOLERANCE)


@pytest.mark.parametrize(("later", "words"), [(301, "too old"), (-301, "too far in the future")])
def test_a_time_beyond_the_tolerance_is_refused_on_either_side(later: float, words: str) -> None:
    check_3(BODY, SIGNED, [SECRET], NOW + (299 if later > 0 else -299), TOLERANCE)
    with pytest.raises(BadSignature, match=words):
        check_3(BODY, SIGNED, [SECRET], NOW + later, TOLERANCE)


@pytest.mark.parametrize(
    "changed",
    [
        {"x-hubspot-signature-v3": ""},
        {"x-hubspot-signature-v3": "é"},
        {"x-hubspot-request-timestamp": ""},
        {"x-hubspot-request-timestamp": str(AT_MS + 1)},
        {"x-hubspot-request-timestamp": "²"},
    ],
)
def test_missing_and_changed_headers_are_refused(changed: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        check_3(BODY, {**SIGNED, **changed}, [SECRET], NOW, TOLERANCE)


@pytest.mark.parametrize("stamp", ["", "now", "²", "1" * 16, "-1", "1693657560000.0"])
def test_a_signed_time_that_is_none_is_refused(stamp: str) -> None:
    key, message = SECRET.reveal().encode(), b"POST" + ADDRESS.encode() + BODY + stamp.encode()
    signature = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
    headers = {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": stamp}
    with pytest.raises(BadSignature, match="is no time" if stamp else "is missing"):
        check_3(BODY, headers, [SECRET], NOW, TOLERANCE)


def test_another_body_or_secret_does_not_have_the_signature() -> None:
    with pytest.raises(BadSignature):
        check_3(BODY + b" ", SIGNED, [SECRET], NOW, TOLERANCE)
    with pytest.raises(BadSignature):
        check_3(BODY, SIGNED, [Secret("another")], NOW, TOLERANCE)


def test_without_an_address_version_1_is_checked() -> None:
    check(OLDER_BODY, OLDER, [SECRET], NOW, TOLERANCE)
    with pytest.raises(BadSignature):
        check(OLDER_BODY + b" ", OLDER, [SECRET], NOW, TOLERANCE)
    with pytest.raises(BadSignature, match="set the source's `address`"):
        check(OLDER_BODY, {**OLDER, "x-hubspot-signature-version": "v2"}, [SECRET], NOW, TOLERANCE)


def test_with_an_address_version_1_is_not_enough() -> None:
    with pytest.raises(BadSignature, match="Signature-v3 is missing"):
        check_3(OLDER_BODY, OLDER, [SECRET], NOW, TOLERANCE)
