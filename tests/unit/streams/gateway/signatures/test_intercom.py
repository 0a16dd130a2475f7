"""Intercom's signatures."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature
from streams.gateway.signatures.intercom import check

NOW, TOLERANCE = 1_772_359_200.0, 300.0
SECRET = Secret("intercomsecret")
BODY = b'{"type":"notification_event","id":"notif_1"}'
SIGNED = {"x-hub-signature": "sha1=2050ecdcb846950a6e9e2e609a0ec82e154e8d64"}


def test_the_signature_of_the_raw_body_holds() -> None:
    check(BODY, SIGNED, [SECRET], NOW, TOLERANCE)
    check(BODY, {"x-hub-signature": SIGNED["x-hub-signature"].upper()}, [SECRET], NOW, TOLERANCE)


def test_one_of_several_secrets_is_enough() -> None:
    check(BODY, SIGNED, [Secret("older"), SECRET], NOW, TOLERANCE)
    with pytest.raises(BadSignature, match="client secret of the app"):
        check(BODY, SIGNED, [Secret("older")], NOW, TOLERANCE)


def test_another_digest_is_refused_even_if_it_is_right() -> None:
    sha256 = "sha256=" + hmac.new(b"intercomsecret", BODY, hashlib.sha256).hexdigest()
    with pytest.raises(BadSignature):
        check(BODY, {"x-hub-signature": sha256}, [SECRET], NOW, TOLERANCE)


@pytest.mark.parametrize("body", [BODY + b"\n", BODY.replace(b":", b": "), b""])
def test_another_body_does_not_have_the_signature(body: bytes) -> None:
    with pytest.raises(BadSignature):
        check(body, SIGNED, [SECRET], NOW, TOLERANCE)


@pytest.mark.parametrize("given", [None, "", "sha1=", "2050ecdcb846950a6e9e2e609a0ec82e154e8d64", "sha1=é"])
def test_any_other_header_is_a_bad_signature(given: str | None) -> None:
    with pytest.raises(BadSignature):
        check(BODY, {} if given is None else {"x-hub-signature": given}, [SECRET], NOW, TOLERANCE)
