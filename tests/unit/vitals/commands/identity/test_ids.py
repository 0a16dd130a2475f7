"""Ids as people give them."""

from __future__ import annotations

import pytest

from streams.errors import UserError
from streams.identity.alias import ForeignId
from vitals.commands.identity.ids import check_reason, foreign_id_of


def test_an_id_is_cleaned_as_the_gateway_cleans_it() -> None:
    assert foreign_id_of(" stripe.customer ", " cus_1\u200b ") == ForeignId("stripe.customer", "cus_1")


@pytest.mark.parametrize(
    ("kind", "given", "what"),
    [
        ("account", "acme", "alias merge"),
        ("", "cus_1", "A kind has"),
        ("stripe.customer", "null", "An id has"),
        ("stripe.customer", "x" * 201, "An id has"),
    ],
)
def test_what_is_no_id_is_refused(kind: str, given: str, what: str) -> None:
    with pytest.raises(UserError, match=what):
        foreign_id_of(kind, given)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 10_000])
def test_a_reason_is_a_sentence(reason: str) -> None:
    with pytest.raises(UserError, match="--reason"):
        check_reason(reason)
