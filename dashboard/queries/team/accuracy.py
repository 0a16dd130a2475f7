"""Whether the forecasts were right, for the page of the team: read from Kafka in the background, once an hour."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from dashboard.values.team import AccuracyView, QuarterLine
from scoring.instants import DAY_MS
from streams.accuracy.cohorts import EARLY_WARNING_TARGET, VARIANCE_TARGET_POINTS, Accuracy, Cohort, accuracy_of
from streams.accuracy.series import Series
from streams.errors import UserError

_LOG: Final = logging.getLogger(__name__)
KEPT_SECONDS: Final = 3_600.0
ACCOUNTS_MAX: Final = 100_000
"""With more, the topic is too much for this process to read: `vitals accuracy` says the same."""
Reading = Callable[[], Awaitable[Mapping[str, Series]]]


class AccuracyWatch(Protocol):
    """Says how right the forecasts were."""

    def latest(self) -> AccuracyView | None:
        """The latest that could be read; None before that. Never waits, never raises."""
        ...


class NoAccuracy:
    """Without predictions."""

    def latest(self) -> AccuracyView | None:
        """Nothing."""
        return None


class ReadAccuracy:
    """`AccuracyWatch` of a deployment. One event loop owns it."""

    def __init__(self, read: Reading, accounts: Callable[[], int], now_ms: Callable[[], int]) -> None:
        """`read` gives all series, or raises `UserError`; `accounts` is how many there are."""
        self._read = read
        self._accounts = accounts
        self._now_ms = now_ms
        self._view: AccuracyView | None = None
        self._asked_at = float("-inf")
        self.task: asyncio.Task[None] | None = None
        """The reading under way, or the last one."""

    def latest(self) -> AccuracyView | None:
        """See `AccuracyWatch.latest`."""
        is_free = self.task is None or self.task.done()
        if is_free and time.monotonic() - self._asked_at >= KEPT_SECONDS and self._accounts() <= ACCOUNTS_MAX:
            self._asked_at = time.monotonic()
            self.task = asyncio.create_task(self._refresh())
        return self._view

    async def _refresh(self) -> None:
        try:
            series = await self._read()
        except UserError as error:
            _LOG.warning("the predictions are not read: %s", error)
            return
        found = await asyncio.to_thread(accuracy_of, list(series.values()), self._now_ms() // DAY_MS)
        self._view = view_of(found)


def view_of(found: Accuracy) -> AccuracyView:
    """The cohorts as the page shows them, the latest first."""
    return AccuracyView(
        recorded_since=found.recorded_since,
        first_eligible=found.first_eligible,
        quarters=tuple(_line(each) for each in reversed(found.cohorts)),
        notes=found.notes,
        early_warning_target=EARLY_WARNING_TARGET,
        variance_target=VARIANCE_TARGET_POINTS,
    )


def _line(cohort: Cohort) -> QuarterLine:
    return QuarterLine(
        quarter=cohort.quarter,
        contracts=cohort.contracts,
        churned=cohort.churned,
        seen_churned=cohort.seen_churned,
        flagged=cohort.flagged,
        early_warning=None if cohort.early_warning is None else cohort.early_warning.value,
        predicted=cohort.predicted,
        actual=None if cohort.actual is None else cohort.actual.value,
        variance_points=cohort.variance_points,
        warns_early=cohort.warns_early,
        is_within=cohort.is_within,
    )
