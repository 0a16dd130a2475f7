"""One message about many steps, in words."""

from __future__ import annotations

from typing import get_args

import pytest

from alerts.gathered import Gathered, Why, gathered_of
from alerts.gathered_words import counts, headline, period, severity
from alerts.step_words import HEADLINE_LIMIT
from tests.builders import an_alert_step


def some(why: Why = "digest", accounts: int = 12) -> Gathered:
    steps = [
        an_alert_step(
            account_id=f"account-{number}",
            mrr=1_000.0 * number,
            severity="critical" if number % 3 == 0 else "warning",
            rule=f"rule_{number % 6}",
            as_of="2026-11-21T10:00:00Z" if number else "2026-11-20T09:00:00Z",
            as_of_ms=1_795_255_200_000 - (0 if number else 90_000_000),
        )
        for number in range(accounts)
    ]
    return gathered_of(steps, "team/slack", why)


def test_the_headline_says_why_it_is_one_message_and_how_many_it_is_about() -> None:
    assert headline(some("digest")) == "Digest: 12 alerts about 12 accounts"
    assert headline(some("outage", 1)) == "After the outage: 1 alert about 1 account that really changed"


@pytest.mark.parametrize("why", get_args(Why))
def test_every_reason_has_a_headline_that_fits_a_phone(why: Why) -> None:
    assert len(headline(some(why, 300))) <= HEADLINE_LIMIT


def test_the_counts_are_three_lines() -> None:
    assert counts(some()) == (
        "4 critical · 8 warning · MRR at risk 66,000",
        "Tiers then: red 12",
        "Rules: rule 0 2 · rule 1 2 · rule 2 2 · rule 3 2 · 2 more",
    )


def test_it_is_as_grave_as_the_gravest() -> None:
    assert severity(some()) == "critical"


def test_the_period_is_that_of_the_judgements() -> None:
    assert period(some()) == "20 November 09:00 UTC to 21 November 10:00 UTC"
    assert period(gathered_of([an_alert_step()], "l", "rate")) == "21 November 10:00 UTC"
