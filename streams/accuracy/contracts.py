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
    """A contract that ended.

    `cohort_day` is the renewal date, or the day of leaving if it is not `is_dated`. `is_seen`: something was recorded
    `AHEAD_DAYS` before its end, and `is_flagged` is of then. `probability` is of as long before the end as the curve
    looks ahead; None if there was none.
    """

    account_id: str
    cohort_day: int
    is_dated: bool
    has_churned: bool
    is_seen: bool
    is_flagged: bool
    probability: float | None


def contracts_of(series: Series, today: int) -> Iterator[Contract]:
    """The contracts that ended since the account was first recorded, the earliest first.

    A contract ends on its renewal date, or when the account left, if that was before.
    """
    left = series.left_day
    before = -1
    for renewal in series.renewals:
        has_churned = left >= 0 and before < left <= renewal + GRACE_DAYS
        end = min(renewal, left) if has_churned else renewal
        if end >= series.first_day and (has_churned or today > renewal + GRACE_DAYS):
            yield _contract(series, renewal, end, is_dated=True, has_churned=has_churned)
        if has_churned:
            return
        before = renewal + GRACE_DAYS
    if left >= 0:
        yield _contract(series, left, left, is_dated=False, has_churned=True)


def is_open(series: Series, today: int) -> bool:
    """Whether the account has a contract whose outcome is not known yet."""
    return series.left_day < 0 and any(today <= renewal + GRACE_DAYS for renewal in series.renewals)


def _contract(series: Series, cohort_day: int, end: int, *, is_dated: bool, has_churned: bool) -> Contract:
    ahead = end - AHEAD_DAYS
    seen = series.recorded(ahead, ahead - TOLERANCE_DAYS)
    asked = end - (series.within_days or AHEAD_DAYS)
    said = series.recorded(asked, asked - TOLERANCE_DAYS)
    return Contract(
        account_id=series.account_id,
        cohort_day=cohort_day,
        is_dated=is_dated,
        has_churned=has_churned,
        is_seen=seen >= 0,
        is_flagged=seen >= 0 and series.flags[seen] == FLAGGED,
        probability=None if said < 0 else series.probabilities[said],
    )
