"""Stripe's signatures: made by Stripe's own library."""

from __future__ import annotations

import subprocess
import sys

import pytest
import stripe

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature
from streams.gateway.signatures.stripe import verify_stripe
from streams.gateway.signatures.table import SCHEMES
from tests.support.gateway.fixtures import Vector, vectors

BODY = '{"id": "evt_1", "amount": 1e-7, "name": "Zoë"}'
NOW = 1_772_359_200
TOLERANCE = 300.0


def signed(body: str = BODY, secret: str = "whsec_a", at: int = NOW) -> dict[str, str]:
    header = stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=at)
    return {"stripe-signature": header}


def check(headers: dict[str, str], *secrets: str, body: bytes = BODY.encode(), now: float = NOW) -> None:
    SCHEMES["stripe"](body, headers, [Secret(each) for each in secrets], now, TOLERANCE)


def test_what_the_library_signs_is_taken() -> None:
    check(signed(), "whsec_a")


def test_one_of_several_secrets_and_one_of_several_signatures_is_enough() -> None:
    check(signed(), "whsec_old", "whsec_a")
    rolled = signed(secret="whsec_old")["stripe-signature"] + "," + signed()["stripe-signature"].partition(",")[2]
    check({"stripe-signature": rolled}, "whsec_a")


@pytest.mark.parametrize("shift", [-300, -1, 0, 1, 300])
def test_a_time_within_the_tolerance_is_taken_on_both_sides(shift: int) -> None:
    check(signed(at=NOW + shift), "whsec_a")


@pytest.mark.parametrize(("shift", "words"), [(-301, "too old"), (301, "too far ahead"), (10**8, "too far ahead")])
def test_a_time_beyond_it_is_not_on_either_side(shift: int, words: str) -> None:
    with pytest.raises(BadSignature, match=words):
        check(signed(at=NOW + shift), "whsec_a")


def test_an_old_signature_under_another_time_is_none() -> None:
    forged = signed(at=NOW - 10_000)["stripe-signature"].replace(str(NOW - 10_000), str(NOW))
    with pytest.raises(BadSignature, match="signing secret"):
        check({"stripe-signature": forged}, "whsec_a")


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, "no Stripe-Signature"),
        ({"stripe-signature": "i'm not even a real signature header"}, "no time"),
        ({"stripe-signature": "v1=ab"}, "no time"),
        ({"stripe-signature": "t=,v1=ab"}, "no time"),
        ({"stripe-signature": f"t={'9' * 5_000},v1=ab"}, "no time"),
        ({"stripe-signature": f"t={NOW}"}, "signing secret"),
        ({"stripe-signature": f"t={NOW},v0=ab"}, "signing secret"),
        ({"stripe-signature": f"t={NOW},v1"}, "signing secret"),
        ({"stripe-signature": f"t={NOW},v1=é"}, "characters"),
    ],
)
def test_what_is_no_signature_is_refused_in_words(headers: dict[str, str], words: str) -> None:
    with pytest.raises(BadSignature, match=words):
        check(headers, "whsec_a")


def test_a_signature_of_the_body_written_again_is_none() -> None:
    import json

    with pytest.raises(BadSignature, match="signing secret"):
        check(signed(json.dumps(json.loads(BODY))), "whsec_a")


def test_a_blank_secret_signs_nothing() -> None:
    with pytest.raises(BadSignature, match="signing secret"):
        check(signed(), "", " ")


def test_a_body_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(BadSignature, match="UTF-8"):
        check(signed(), "whsec_a", body=b"\xff")


@pytest.mark.parametrize("number", range(6))
def test_the_collected_vectors_hold(number: int) -> None:
    vector = vectors("stripe")[number]
    _check_vector(vector)


def _check_vector(vector: Vector) -> None:
    now = vector.now or 12_345.0
    if vector.valid:
        verify_stripe(vector.body, vector.headers, [Secret(vector.secret)], now, TOLERANCE)
        return
    with pytest.raises(BadSignature):
        verify_stripe(vector.body, vector.headers, [Secret(vector.secret)], now, TOLERANCE)


def test_the_library_is_not_imported_before_it_is_used() -> None:
    code = "import sys, streams.gateway.signatures.table; print('stripe' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"


def test_the_library_is_imported_before_the_first_request() -> None:
    code = (
        "import sys; from streams.gateway.sources.ready import ready_sources; "
        "from streams.gateway.sources.schema import StripeSource; "
        "ready_sources({'s': StripeSource(secrets=('VITALS_SECRET_S',))}, {'VITALS_SECRET_S': 'whsec_a'}); "
        "print('stripe' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "True\n"
