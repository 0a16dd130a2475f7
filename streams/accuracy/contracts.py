"""The contracts of an account: when each ended, whether it was churned, and what had been said 60 days before. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from streams.accuracy.series import FLAGGED, Series

AHEAD_DAYS = 60
"""How far ahead a flag must come to be early."""
TOLERANCE_DAYS = 6
"""If that day was missed, the last recorded one of the week before it counts."""
GRACE_DAYS = 30
"""An account that leaves this soon after a renewal date has not renewed; so long a contract is waited for."""


class Contract(NamedTuple):
    """A contract whose outcome is known.

    `cohort_day` is the renewal date, or the day of leaving if it is not `is_dated`. `is_seen`: something was recorded
    `AHEAD_DAYS` before its end, and `is_flagged` is of then. `probability` is of as long before the renewal date as the
    curve looks ahead; None if there was none, or the account had left by then. `came_true`: the account left within the
    horizon of that probability, which is what it speaks of.
    """

    account_id: str
    cohort_day: int
    is_dated: bool
    has_churned: bool
    is_seen: bool
    is_flagged: bool
    probability: float | None
    came_true: bool


def contracts_of(series: Series, today: int) -> Iterator[Contract]:
    """The contracts whose outcome is known and that ended since the account was first recorded, the earliest first.

    A contract ends on its renewal date, or when the account left, if that was before. It is known once the renewal date
    and its grace are over, also of an account that left long before: else the quarters to come would hold nobody but
    those that left.
    """
    left, before = series.left_day, -1
    for renewal in series.renewals:
        has_churned = left >= 0 and before < left <= renewal + GRACE_DAYS
        end = min(renewal, left) if has_churned else renewal
        if end >= series.first_day and today > renewal + GRACE_DAYS:
            yield _contract(series, renewal, end, is_dated=True, has_churned=has_churned)
        if has_churned:
            return
        before = renewal + GRACE_DAYS
    if left >= 0:
        yield _contract(series, left, left, is_dated=False, has_churned=True)


def is_open(series: Series, today: int) -> bool:
    """Whether the account has a contract whose outcome is not known yet."""
    return any(today <= renewal + GRACE_DAYS for renewal in series.renewals)


def _contract(series: Series, cohort_day: int, end: int, *, is_dated: bool, has_churned: bool) -> Contract:
    seen = _recorded(series, end - AHEAD_DAYS)
    asked = _recorded(series, cohort_day - (series.within_days or AHEAD_DAYS)) if is_dated else -1
    return Contract(
        account_id=series.account_id,
        cohort_day=cohort_day,
        is_dated=is_dated,
        has_churned=has_churned,
        is_seen=seen >= 0,
        is_flagged=seen >= 0 and series.flags[seen] == FLAGGED,
        probability=None if asked < 0 else series.probabilities[asked],
        came_true=asked >= 0 and 0 <= series.left_day <= series.first_day + asked + series.within_days,
    )


def _recorded(series: Series, day: int) -> int:
    return series.recorded(day, day - TOLERANCE_DAYS)
