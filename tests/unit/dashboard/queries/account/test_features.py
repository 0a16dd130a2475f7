"""Use of features: by the calendar, whether the account still uses anything or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.queries.account.view import account_view
from dashboard.values.account import FeatureUse
from scoring.instants import DAY_MS
from streams.activity.kept import week_of
from streams.read_model.account_values import Activity, Feature
from tests.support.dashboard.kept_account import kept_account, use_until

USED = (5, 6, 7, 8)


def use_after(days: int) -> FeatureUse:
    """Four weeks of use, the last one that of the answer, as they are seen some days later."""
    found = kept_account(use_until(30), 31)
    week = week_of(found.now_ms)
    feature = Feature(
        name="report_viewed",
        topic="analytics",
        first_ms=found.now_ms - 28 * DAY_MS,
        last_ms=found.now_ms,
        total=sum(USED),
        week=week,
        weeks=USED,
        is_use=True,
    )
    kept = replace(found.kept, activity=Activity(features=(feature,)))
    (use,) = account_view(found.row, kept, found.plan, None, {}, {}, now_ms=found.now_ms + days * DAY_MS).features
    return use


@pytest.mark.parametrize(
    ("weeks", "shown", "before", "now"),
    [
        (0, USED, 5, 7),
        (1, (*USED, 0), 5, 8),
        (3, (*USED, 0, 0, 0), 5, 0),
        (12, (8, *[0] * 12), 8, 0),
        (60, (0,) * 13, 0, 0),
    ],
)
def test_weeks_run_on_in_silence_and_the_one_that_runs_is_compared_with_nothing(
    weeks: int, shown: tuple[int, ...], before: int, now: int
) -> None:
    use = use_after(7 * weeks)
    assert use.weeks == shown
    assert (use.before, use.now) == (before, now)
