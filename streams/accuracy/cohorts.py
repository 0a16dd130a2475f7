"""Contracts by the quarter in which they ended: how many churned, were flagged early, and were expected to. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from streams.accuracy.contracts import AHEAD_DAYS, Contract, contracts_of, is_open
from streams.accuracy.series import Series

EARLY_WARNING_TARGET = 0.75
VARIANCE_TARGET_POINTS = 5.0
FEW = 10
"""A rate over fewer contracts has no verdict against its target."""
_Z = 1.959964
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Rate(msgspec.Struct, frozen=True):
    """A share (0-1) with its 95 % interval (Wilson, 1927)."""

    value: float
    low: float
    high: float


class Cohort(msgspec.Struct, frozen=True, kw_only=True):
    """The contracts of a quarter, such as "2026-Q4", by renewal date.

    Of the `contracts` that ended `churned` did; `undated` ones of these had no renewal date, and are known only because
    the account left. `seen` were recorded 60 days before their end, `seen_churned` of those churned, and `flagged` of
    those were in the worst tier then: the early-warning rate. `judged` had a renewal date and a probability before it;
    `predicted` is its mean, `actual` the share of the same contracts that churned within its horizon,
    `variance_points` the first minus the second in percentage points. None is without a contract to say it of.
    """

    quarter: str
    contracts: int
    churned: int
    undated: int
    seen: int
    seen_churned: int
    flagged: int
    early_warning: Rate | None
    judged: int
    predicted: float | None
    actual: Rate | None
    variance_points: float | None

    @property
    def warns_early(self) -> bool | None:
        """Whether the early-warning rate reaches its target; None with too few to say."""
        if self.early_warning is None or self.seen_churned < FEW:
            return None
        return self.early_warning.value >= EARLY_WARNING_TARGET

    @property
    def is_within(self) -> bool | None:
        """Whether the variance is within its target; None with too few to say."""
        if self.variance_points is None or self.judged < FEW:
            return None
        return abs(self.variance_points) <= VARIANCE_TARGET_POINTS


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """All cohorts, the earliest first. Days are texts, such as "2026-11-29".

    `recorded_since` is the first day of which anything is kept, "" for none. While nothing was recorded 60 days before
    any contract's end, `first_eligible` is the first day on which that is possible; else it is "". `open` accounts have
    a contract that has not ended; `undated` ones have no renewal date and have not left. `notes` say what is missing.
    """

    as_of: str
    accounts: int
    recorded_since: str
    first_eligible: str
    open: int
    undated: int
    cohorts: tuple[Cohort, ...]
    notes: tuple[str, ...] = ()


def accuracy_of(all_series: Collection[Series], today: int) -> Accuracy:
    """The accuracy of the predictions for these accounts; the same in any order."""
    found = [contract for series in all_series for contract in contracts_of(series, today)]
    by_quarter: dict[str, list[Contract]] = {}
    for contract in found:
        by_quarter.setdefault(quarter_of(contract.cohort_day), []).append(contract)
    first_day = min((series.first_day for series in all_series), default=-1)
    is_warm = any(contract.is_seen for contract in found)
    return Accuracy(
        as_of=date_of(today),
        accounts=len(all_series),
        recorded_since="" if first_day < 0 else date_of(first_day),
        first_eligible="" if is_warm or first_day < 0 else date_of(first_day + AHEAD_DAYS),
        open=sum(is_open(series, today) for series in all_series),
        undated=sum(not series.renewals and series.left_day < 0 for series in all_series),
        cohorts=tuple(_cohort(quarter, contracts) for quarter, contracts in sorted(by_quarter.items())),
        notes=tuple(_notes(all_series)),
    )


def quarter_of(day: int) -> str:
    """The quarter of a day since 1970.

    >>> quarter_of(0), quarter_of(364)
    ('1970-Q1', '1970-Q4')
    """
    moment = _EPOCH + timedelta(days=day)
    return f"{moment.year}-Q{(moment.month + 2) // 3}"


def date_of(day: int) -> str:
    """A day since 1970 as a date.

    >>> date_of(1)
    '1970-01-02'
    """
    return (_EPOCH + timedelta(days=day)).date().isoformat()


def rate(part: int, of: int) -> Rate | None:
    """The share with its interval; None of nothing.

    >>> rate(0, 0) is None, round(rate(8, 10).low, 2), round(rate(8, 10).high, 2)
    (True, 0.49, 0.94)
    """
    if not of:
        return None
    share = part / of
    centre = (share + _Z * _Z / (2 * of)) / (1 + _Z * _Z / of)
    half = _Z / (1 + _Z * _Z / of) * math.sqrt(share * (1 - share) / of + _Z * _Z / (4 * of * of))
    return Rate(share, max(0.0, centre - half), min(1.0, centre + half))


def _cohort(quarter: str, contracts: Sequence[Contract]) -> Cohort:
    seen = [each for each in contracts if each.is_seen]
    churned = [each for each in seen if each.has_churned]
    flagged = sum(each.is_flagged for each in churned)
    judged = [(each.probability, each.came_true) for each in contracts if each.probability is not None]
    predicted = math.fsum(probability for probability, _ in judged) / len(judged) if judged else None
    actual = rate(sum(came_true for _, came_true in judged), len(judged))
    return Cohort(
        quarter=quarter,
        contracts=len(contracts),
        churned=sum(each.has_churned for each in contracts),
        undated=sum(not each.is_dated for each in contracts),
        seen=len(seen),
        seen_churned=len(churned),
        flagged=flagged,
        early_warning=rate(flagged, len(churned)),
        judged=len(judged),
        predicted=predicted,
        actual=actual,
        variance_points=None if predicted is None or actual is None else 100.0 * (predicted - actual.value),
    )


def _notes(all_series: Collection[Series]) -> list[str]:
    if not all_series:
        return ["nothing is recorded yet: run `vitals accuracy record` once a day"]
    notes = []
    if not any(each is not None for series in all_series for each in series.probabilities):
        notes.append("no probability: run `vitals calibrate`, and let workers use the model that it proposes")
    if not any(series.renewals for series in all_series):
        notes.append(
            "no renewal date is known: let the model have a `last` signal of the property renewal_date; until then "
            "only accounts that left are in cohorts, and nothing is predicted of them"
        )
    if not any(series.left_day >= 0 for series in all_series):
        notes.append("nobody has left so far, as far as the model's standings tell")
    return notes
