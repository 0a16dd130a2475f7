"""HMAC-SHA256 in a header of any name, in the forms that senders write it."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature
from streams.gateway.signatures.hmac_sha256 import hmac_sha256

CHECK = hmac_sha256("X-Hub-Signature-256")


def passes(body: bytes, value: str, *secrets: str) -> bool:
    try:
        CHECK(body, {"x-hub-signature-256": value}, [Secret(each) for each in secrets], 0.0, 300.0)
    except BadSignature:
        return False
    return True


def test_the_example_of_githubs_pages() -> None:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"""
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert passes(b"Hello, World!", signature, "It's a Secret to Everybody")
    assert passes(b"Hello, World!", signature.upper().replace("SHA256", "sha256"), "It's a Secret to Everybody")
    assert not passes(b"Hello, World! ", signature, "It's a Secret to Everybody")


@given(st.binary(max_size=64), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), st.data())
def test_hexadecimal_and_base64_with_and_without_a_prefix(body: bytes, secret: str, data: st.DataObject) -> None:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    standard, urlsafe = base64.b64encode(digest).decode(), base64.urlsafe_b64encode(digest).decode()
    form = data.draw(st.sampled_from([digest.hex(), standard, standard.rstrip("="), urlsafe]))
    prefix = data.draw(st.sampled_from(["", "sha256=", "v1=", " "]))
    assert passes(body, prefix + form, secret)
    assert passes(body, prefix + form, "other", secret)
    assert not passes(body, prefix + form, secret + "x")
    assert not passes(body + b"x", prefix + form, secret)


@pytest.mark.parametrize("value", ["", " ", "=", "sha256=", "==", "é", "0" * 64])
def test_what_is_no_signature_does_not_pass(value: str) -> None:
    assert not passes(b"{}", value, "secret")


def test_the_header_is_named_when_it_is_missing() -> None:
    with pytest.raises(BadSignature, match="X-Hub-Signature-256"):
        CHECK(b"{}", {}, [Secret("s")], 0.0, 300.0)
