"""The model `health-index`, worked out by hand; its whole book is in the tests of its page."""

from __future__ import annotations

import pytest

from tests.builders import Sent, subscription, ticket, usage
from tests.support.presets import DAY, NOW, cohort_of, each_day, history_of, judgements, the, tier


def test_the_health_index_of_an_account_worked_out_by_hand() -> None:
    """A quarter of its best; tickets of weight 6; CSAT 2 and NPS 4; use down by more than half, one failed payment."""
    cohort = cohort_of(
        "health-index",
        (subscription("acme", NOW - 400 * DAY, mrr=5_200), 1),
        (usage("acme", NOW - 100 * DAY), 600),
        (usage("acme", NOW - 29 * DAY), 10),
        (usage("acme", NOW - 20 * DAY), 100),
        (usage("acme", NOW - 3 * DAY), 40),
        (ticket("acme", NOW - 2 * DAY, ticket_id="a", severity="high"), 1),
        (ticket("acme", NOW - 2 * DAY, ticket_id="b", severity="urgent"), 1),
        (ticket("acme", NOW - 2 * DAY, event="survey_answered", nps=4, csat=2.0), 1),
        (subscription("acme", NOW - DAY, event="payment_failed"), 1),
    )
    sentiment, risk = (2 * 20 + 2 * 4 * 40 / 6) / 4, (3 * 0 + 2 * 40 + 1 * 100) / 6
    got = judgements(cohort)
    assert got.pop("tone") is None
    assert got == pytest.approx(
        {"usage": 25.0, "support": 35.0, "sentiment": sentiment, "risk": risk}
        | {"csat": 20.0, "nps": 160 / 6, "usage_drop": 0.0, "payments": 40.0, "errors": 100.0}
    )
    assert the(cohort).value == pytest.approx(0.35 * 25 + 0.20 * 35 + 0.20 * sentiment + 0.25 * risk)
    assert (tier(cohort), the(cohort).flags) == ("critical", ("payment_failed",))


def test_three_failed_payments_hold_the_index_of_an_otherwise_perfect_account_at_39() -> None:
    well = [*each_day(range(60)), subscription("acme", NOW - 50 * DAY, mrr=100)]
    failed = [subscription("acme", NOW - day * DAY, event="payment_failed") for day in (1, 5, 9)]
    assert the(history_of("health-index", *well)).value > 80
    assert the(history_of("health-index", *well, *failed[:2])).value > 60
    cohort = history_of("health-index", *well, *failed)
    assert (the(cohort).value, tier(cohort)) == (39.0, "critical")
    assert the(cohort).flags == ("unpaid", "payment_failed")


@pytest.mark.parametrize(
    ("events", "flags"),
    [
        (each_day([*range(10), *range(14, 28)]), ("usage_drop",)),  # 10 days of use after 14
        (each_day([*range(11), *range(14, 28)]), ()),
        ([*each_day(range(28)), ticket("acme", NOW - 7 * DAY, ticket_id="t")], ("unresolved",)),
        ([*each_day(range(28)), ticket("acme", NOW - 6 * DAY, ticket_id="t")], ()),
        (
            [*each_day(range(28)), *(usage("acme", NOW - d * DAY, csat=c) for d, c in ((1, 3), (40, 4)))],
            ("sentiment_drop",),
        ),
        ([*each_day(range(28)), *(usage("acme", NOW - d * DAY, csat=c) for d, c in ((1, 3.5), (40, 4)))], ()),
        ([*each_day(range(28)), subscription("acme", NOW - DAY, event="payment_failed")], ("payment_failed",)),
    ],
)
def test_early_warnings_are_red_flags_of_the_health_index(events: list[Sent], flags: tuple[str, ...]) -> None:
    assert the(history_of("health-index", *events)).flags == flags
