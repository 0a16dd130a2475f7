"""Standard Webhooks: the library's own vectors and signer, and everything that must not pass."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from streams.deployment.secret import Secret
from streams.gateway.signatures.errors import BadSignature
from streams.gateway.signatures.standard_webhooks import check, secret_problem
from tests.support.gateway.fixtures import vectors

OLD, NEW = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NOW, TOLERANCE = 1_772_359_200, 300.0
BODY = '{"type":"seat.added","timestamp":"2026-03-01T10:00:00Z","data":{"account_id":"acme"}}'


def signed(body: str = BODY, *, at: int = NOW, secret: str = OLD, message_id: str = "msg_1") -> dict[str, str]:
    """The headers that the library's own signer makes."""
    signature = Webhook(secret).sign(message_id, datetime.fromtimestamp(at, UTC), body)
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": signature}


def verdict(headers: dict[str, str], body: str = BODY, *secrets: str, now: float = NOW) -> str:
    try:
        check(body.encode(), headers, [Secret(each) for each in secrets or (OLD,)], now, TOLERANCE)
    except BadSignature as bad:
        return str(bad)
    return ""


def test_the_projects_own_vectors() -> None:
    for vector in vectors("standard-webhooks"):
        at = float(vector.headers["webhook-timestamp"])
        found = verdict(vector.headers, vector.body.decode(), vector.secret, now=at)
        assert (found == "") == vector.valid, vector
        assert "signed" in verdict(vector.headers, vector.body.decode(), vector.secret, now=NOW)


@pytest.mark.parametrize("secrets", [(OLD,), (NEW, OLD), (OLD, NEW)])
def test_any_of_several_secrets_may_have_signed(secrets: tuple[str, ...]) -> None:
    assert verdict(signed(), BODY, *secrets) == ""
    assert "no secret" in verdict(signed(), BODY, NEW)


def test_a_sender_that_changes_its_secret_signs_with_both() -> None:
    both = f"{signed(secret=NEW)['webhook-signature']} {signed()['webhook-signature']}"
    assert verdict({**signed(), "webhook-signature": both}) == ""


@pytest.mark.parametrize(
    ("moved", "words"), [(-300, ""), (-301, "301 s ago"), (300, ""), (301, "301 s from now"), (-86_400, "86,400 s ago")]
)
def test_the_time_may_be_off_by_five_minutes_both_ways(moved: int, words: str) -> None:
    found = verdict(signed(at=NOW + moved))
    assert words in found
    assert bool(words) == bool(found)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_signature_is_of_the_exact_body(one: str, other: str) -> None:
    assert verdict(signed(one), one) == ""
    assert (verdict(signed(one), other) == "") == (one == other)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "msg_2"),
        ("webhook-timestamp", str(NOW + 1)),
        ("webhook-timestamp", f"{NOW}.0"),
        ("webhook-timestamp", f" {NOW}"),
        ("webhook-timestamp", "٣"),
        ("webhook-timestamp", "9" * 400),
        ("webhook-timestamp", ""),
        ("webhook-signature", ""),
        ("webhook-signature", "v1"),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,ü"),
        (
            "webhook-signature",
            f"v1a,{'A' * 86}==",
        ),
    ],
)
def test_what_was_changed_on_the_way_does_not_pass(name: str, value: str) -> None:
    assert verdict({**signed(), name: value}) != ""


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_all_three_headers_are_needed(name: str) -> None:
    assert "are all needed" in verdict({each: value for each, value in signed().items() if each != name})


def test_a_body_that_was_written_again_does_not_pass() -> None:
    assert "no secret" in verdict(signed(), BODY.replace(":", ": "))


def test_other_signatures_alone_are_named() -> None:
    assert "v1a" in verdict({**signed(), "webhook-signature": "v1a,AAAA"})


def test_the_names_that_svix_gives_the_headers() -> None:
    assert verdict({name.replace("webhook-", "svix-"): value for name, value in signed().items()}) == ""


def test_a_body_that_is_not_utf_8_is_refused_in_words() -> None:
    with pytest.raises(BadSignature, match="UTF-8"):
        check(b"\xff", signed(), [Secret(OLD)], NOW, TOLERANCE)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_test_secret", "not base64 at all", "whsec_é"])
def test_a_secret_that_is_none_is_found_before_a_request_comes(secret: str) -> None:
    assert "base64" in secret_problem(Secret(secret))
    assert "base64" in verdict(signed(), BODY, secret)


def test_a_secret_without_prefix_or_padding_is_the_same_secret() -> None:
    for secret in (OLD, OLD.removeprefix("whsec_"), "whsec_YWJjZA", "whsec_YWJjZA=="):
        assert secret_problem(Secret(secret)) == ""
    assert verdict(signed(), BODY, OLD.removeprefix("whsec_")) == ""
