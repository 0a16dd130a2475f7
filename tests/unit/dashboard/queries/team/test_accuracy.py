"""How right the forecasts were, read in the background: once an hour, never in the way of a page."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dashboard.queries.team.accuracy import ACCOUNTS_MAX, ReadAccuracy
from dashboard.values.team import AccuracyView
from scoring.instants import DAY_MS
from streams.accuracy.series import CLEAR, FLAGGED, Series
from streams.errors import UserError

RENEWAL, TODAY = 100, 200


def _series(number: int, *, churned: bool, flagged: bool) -> Series:
    """Recorded from the first day on; its contract ended long before today."""
    return Series(
        account_id=f"a{number}",
        first_day=1,
        probabilities=(0.25,) * 90,
        flags=(FLAGGED if flagged else CLEAR) * 90,
        within_days=60,
        renewals=(RENEWAL,),
        left_day=RENEWAL - 5 if churned else -1,
    )


class Predictions:
    """A topic of predictions that counts how often it is read."""

    def __init__(self, series: list[Series], *, away: bool = False) -> None:
        self.series, self.away, self.reads = series, away, 0

    async def __call__(self) -> Mapping[str, Series]:
        self.reads += 1
        if self.away:
            raise UserError("The broker does not answer: check that it runs.")
        return {each.account_id: each for each in self.series}


async def _read(predictions: Predictions, accounts: int = 12) -> tuple[ReadAccuracy, AccuracyView | None]:
    watch = ReadAccuracy(predictions, lambda: accounts, lambda: TODAY * DAY_MS)
    assert watch.latest() is None
    if watch.task is not None:
        await watch.task
    return watch, watch.latest()


async def test_cohorts_are_shown_with_their_verdicts() -> None:
    series = [_series(number, churned=number < 10, flagged=number < 8) for number in range(40)]
    _, view = await _read(Predictions(series))
    assert view is not None
    [line] = view.quarters
    assert (line.quarter, line.contracts, line.churned) == ("1970-Q2", 40, 10)
    assert (line.flagged, line.seen_churned, line.early_warning) == (8, 10, 0.8)
    assert (line.predicted, line.actual, line.variance_points) == (0.25, 0.25, 0.0)
    assert line.warns_early is True
    assert line.is_within is True


async def test_it_is_read_once_an_hour() -> None:
    predictions = Predictions([])
    watch, view = await _read(predictions)
    assert view is not None
    assert view.recorded_since == ""
    watch.latest()
    assert predictions.reads == 1


@pytest.mark.parametrize(("accounts", "away", "reads"), [(ACCOUNTS_MAX + 1, False, 0), (12, True, 1)])
async def test_what_cannot_be_read_is_not_known(accounts: int, away: bool, reads: int) -> None:
    predictions = Predictions([], away=away)
    _, view = await _read(predictions, accounts)
    assert view is None
    assert predictions.reads == reads
