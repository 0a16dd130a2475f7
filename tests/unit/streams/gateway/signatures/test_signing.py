"""Every scheme, signed and verified; and the signatures of others, made again."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.instants import parse_instant
from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature
from streams.gateway.signatures.hmac_sha256 import SCHEME, hmac_sha256
from streams.gateway.signatures.signing import SIGNERS, Unsigned, signer_of
from streams.gateway.signatures.table import SCHEMES
from tests.support.gateway.fixtures import Vector, vectors

NOW = 1_772_359_200.0
SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
ADDRESS = "https://vitals.example.com/in/crm"


def unsigned(body: bytes, *, secret: Secret = SECRET, now: float = NOW) -> Unsigned:
    return Unsigned(body=body, secret=secret, now=now, message_id="msg_1", header="X-Signature", address=ADDRESS)


def test_every_scheme_can_be_signed() -> None:
    assert set(SCHEMES) <= set(SIGNERS)


def test_the_signatures_of_the_vendors_are_made_again() -> None:
    for vector in (each for prefix in ("segment", "sentry", "zendesk", "stripe") for each in vectors(prefix)):
        if vector.valid:
            expected = {name: value for name, value in vector.headers.items() if "signature" in name}
            assert made_again(vector).items() & expected.items() or "bad_signature" in str(expected), vector


def made_again(vector: Vector) -> dict[str, str]:
    stamp = vector.headers.get("x-zendesk-webhook-signature-timestamp")
    now = parse_instant(stamp) / 1_000 if stamp else 12_345.0
    return signer_of(vector.scheme.split()[0])(unsigned(vector.body, secret=Secret(vector.secret), now=now))


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers() | st.floats(allow_nan=False)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_body_is_signed_as_hmac_sha256(body: dict[str, float]) -> None:
    request = unsigned(json.dumps(body, ensure_ascii=False).encode())
    hmac_sha256("X-Signature")(request.body, signer_of(SCHEME)(request), [SECRET], NOW, 300.0)


@pytest.mark.parametrize("body", [b'{"a":1}', b'[{"a": 1e-7},{"b":2}]', '{"a":"Café"}'.encode()])
def test_what_is_signed_is_verified(body: bytes) -> None:
    for name, check in SCHEMES.items():
        headers = signer_of(name)(unsigned(body))
        check(body, headers, [Secret("b3RoZXI="), SECRET], NOW, 300.0)
        with pytest.raises(BadSignature):
            check(body + b" ", headers, [SECRET], NOW, 300.0) if not body.startswith(b"[") else check(
                body.replace(b"1e-7", b"1e-07"), headers, [SECRET], NOW, 300.0
            )


@pytest.mark.parametrize("body", [b"[", b"[]", b"[\xff]"])
def test_a_batch_without_a_first_event_cannot_be_signed(body: bytes) -> None:
    with pytest.raises(BadSignature, match="cannot be signed"):
        signer_of("segment")(unsigned(body))
