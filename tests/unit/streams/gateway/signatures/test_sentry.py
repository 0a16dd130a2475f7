"""Sentry's signatures."""

from __future__ import annotations

import json

import pytest

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature
from streams.gateway.signatures.sentry import check
from tests.support.gateway.fixtures import vectors

NOW, TOLERANCE = 1_772_359_200.0, 300.0
SECRET = Secret("sentrysecret")
BODY = b'{"action":"created"}'
SIGNED = {"sentry-hook-signature": "ac7787df78b19a0066ead3e335255c548337d9b17e295fd1cff0d0f1e5e23daf"}


def test_the_signature_of_the_raw_body_holds() -> None:
    check(BODY, SIGNED, [SECRET], NOW, TOLERANCE)


def test_every_vector_is_as_it_says() -> None:
    for vector in vectors("sentry"):
        assert vector.valid
        check(vector.body, vector.headers, [Secret(vector.secret)], NOW, TOLERANCE)
        with pytest.raises(BadSignature):
            check(json.dumps(json.loads(vector.body)).encode(), vector.headers, [Secret(vector.secret)], NOW, TOLERANCE)


def test_one_of_several_secrets_is_enough() -> None:
    check(BODY, SIGNED, [Secret("older"), SECRET], NOW, TOLERANCE)
    with pytest.raises(BadSignature, match="client secret"):
        check(BODY, SIGNED, [Secret("older"), Secret("newer")], NOW, TOLERANCE)


def test_a_request_by_sentrys_pages_has_its_signature_in_another_header() -> None:
    check(BODY, {"sentry-app-signature": SIGNED["sentry-hook-signature"]}, [SECRET], NOW, TOLERANCE)


@pytest.mark.parametrize("body", [b'{"action":"deleted"}', b'{"action": "created"}', b""])
def test_another_body_does_not_have_the_signature(body: bytes) -> None:
    with pytest.raises(BadSignature):
        check(body, SIGNED, [SECRET], NOW, TOLERANCE)


@pytest.mark.parametrize("given", ["", "é" * 32, "0" * 64, "sha256=" + SIGNED["sentry-hook-signature"], "\udce9"])
def test_any_other_text_is_a_bad_signature(given: str) -> None:
    with pytest.raises(BadSignature):
        check(BODY, {"sentry-hook-signature": given}, [SECRET], NOW, TOLERANCE)


def test_a_missing_header_is_named() -> None:
    with pytest.raises(BadSignature, match="Sentry-Hook-Signature is missing"):
        check(BODY, {}, [SECRET], NOW, TOLERANCE)
