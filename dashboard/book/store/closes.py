"""The closes of all accounts: every day of the last 91, and every week of the last 52, in columns by day. Pure.

A close has two decimals, as hundredths in 16 bits. Days after the last one that is filled are as the row is now: an
answer holds until another one comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.book.store.mrr_steps import MrrSteps
from streams.read_model.account_values import Day

DAYS = 92
WEEKS = 53
WEEK = 7
SUNDAY = 3
"""What the number of a Sunday (in days since 1970) leaves when it is divided by seven: a week closes on it."""
_UNKNOWN, _NO_SCORE, _ZERO = 0, 1, 2
NEVER = -(1 << 20)


class Past(NamedTuple):
    """Closes: hundredths from `first_day` on, below 0 without a score; runs of (days, tier) and of (days, MRR)."""

    first_day: int
    scores: Sequence[int]
    tiers: Sequence[tuple[int, str]]
    mrr: Sequence[tuple[int, float | None]]


class Then(NamedTuple):
    """By row, at the close of a day: the score, NaN without; the code of the tier, 0 without; whether it was there."""

    score: NDArray[np.float64]
    tiers: NDArray[np.int32]
    known: NDArray[np.bool_]


class Closes:
    """Mutable. `filled` has by row the last day that is written, `first` the first that is known."""

    def __init__(self, capacity: int) -> None:
        self._days = np.zeros((DAYS, capacity), np.uint16)
        self._day_tiers = np.zeros((DAYS, capacity), np.uint8)
        self._weeks = np.zeros((WEEKS, capacity), np.uint16)
        self._week_tiers = np.zeros((WEEKS, capacity), np.uint8)
        self._filled = np.full(capacity, NEVER, np.int32)
        self._first = np.full(capacity, NEVER, np.int32)
        self.mrr = MrrSteps()
        self.version = 0
        """Grows when a day that was filled is written again."""

    @property
    def capacity(self) -> int:
        """How many rows there is room for."""
        return len(self._filled)

    def filled(self, row: int) -> int:
        """The last day of the row that is written."""
        return int(self._filled[row])

    def reserve(self, capacity: int) -> None:
        """Make room for this many rows."""
        self._days, self._day_tiers = _wider(self._days, capacity), _wider(self._day_tiers, capacity)
        self._weeks, self._week_tiers = _wider(self._weeks, capacity), _wider(self._week_tiers, capacity)
        self._filled, self._first = _wider(self._filled, capacity), _wider(self._first, capacity)

    def clear(self, row: int) -> None:
        """Nothing is known of the row."""
        for column in (self._days, self._day_tiers, self._weeks, self._week_tiers):
            column[:, row] = 0
        self._filled[row] = self._first[row] = NEVER
        self.mrr.clear(row)

    def begin(self, row: int, day: int) -> None:
        """The row's first answer is of `day`."""
        self._filled[row], self._first[row] = day - 1, day

    def hold(self, row: int, until: int, score: float, tier: int, mrr: tuple[float, float]) -> None:
        """Until the day `until`, exclusive, the row closed with this score and tier; from then on it pays `mrr[1]`
        where it paid `mrr[0]`."""
        filled = int(self._filled[row])
        if not _is_same(*mrr):
            self.mrr.add(row, until, mrr[0])
        if until - 1 > filled:
            self._write(row, max(filled + 1, until - DAYS), until, np.uint16(_coded(score)), np.uint8(tier))
            self._filled[row] = until - 1

    def put(self, row: int, past: Past, day: int, mrr: float, code: Callable[[str], int]) -> None:
        """These are the closes of the row, whose answer is of `day`; `mrr` is paid now, `code` gives a tier's code."""
        self.clear(row)
        self.begin(row, day)
        if not len(past.scores):
            return
        coded = np.asarray(past.scores, np.int64)
        scores = np.where(coded < 0, _NO_SCORE, coded + _ZERO).astype(np.uint16)
        tiers = np.repeat([code(tier) for _, tier in past.tiers], [days for days, _ in past.tiers]).astype(np.uint8)
        first, end = past.first_day, past.first_day + len(scores)
        self._first[row] = first
        self._write(row, first, end, scores, tiers)
        if day > end:
            self._write(row, max(end, day - DAYS), day, scores[-1], tiers[-1])
        self._filled[row] = max(end, day) - 1
        self.mrr.replace(row, _steps(past, max(day, end), mrr))
        self.version += 1

    def at(self, day: int, score: NDArray[np.float64], tiers: NDArray[np.int32]) -> Then:
        """All rows at the close of `day`, where `score` and `tiers` are those of now. A day out of reach is unknown."""
        rows = len(score)
        filled, first = self._filled[:rows], self._first[:rows]
        coded, then_tiers, reaches = self._slot(day, rows)
        is_now = filled < day
        reaches &= ~is_now
        known = (first <= day) & (reaches | is_now)
        then = coded.astype(np.float64)
        then -= _ZERO
        then /= 100.0
        then[coded < _ZERO] = np.nan
        then[is_now] = score[is_now]
        then[~known] = np.nan
        known &= is_now | (coded != _UNKNOWN)
        return Then(then, np.where(known, np.where(is_now, tiers, then_tiers), 0).astype(np.int32), known)

    def of_row(self, row: int, days: range, score: float) -> tuple[float | None, ...]:
        """The row's scores at the closes of `days`, None where there is none; those that are not filled are `score`."""
        filled, first = int(self._filled[row]), int(self._first[row])
        column = self._days[:, row].tolist()
        found: list[float | None] = []
        for day in days:
            if day < first or day <= filled - DAYS:
                found.append(None)
            elif day > filled:
                found.append(None if score != score else score)
            else:
                coded = column[day % DAYS]
                found.append((coded - _ZERO) / 100.0 if coded >= _ZERO else None)
        return tuple(found)

    def _slot(self, day: int, rows: int) -> tuple[NDArray[np.uint16], NDArray[np.uint8], NDArray[np.bool_]]:
        """The column of a day, and which rows have it: those of 91 days, else those of the week that ends with it."""
        filled = self._filled[:rows]
        reaches = filled < day + DAYS
        if reaches.all() or day % WEEK != SUNDAY:
            return self._days[day % DAYS, :rows], self._day_tiers[day % DAYS, :rows], reaches
        week = day // WEEK % WEEKS
        return self._weeks[week, :rows], self._week_tiers[week, :rows], filled < day + WEEKS * WEEK

    def _write(self, row: int, begin: int, end: int, scores: Any, tiers: Any) -> None:
        """Write the closes of the days from `begin` until `end`: one value for all, or one each."""
        days = np.arange(begin, end)
        many = np.broadcast_to(scores, days.shape), np.broadcast_to(tiers, days.shape)
        near = max(0, len(days) - DAYS)
        self._days[days[near:] % DAYS, row] = many[0][near:]
        self._day_tiers[days[near:] % DAYS, row] = many[1][near:]
        sundays = np.flatnonzero(days % WEEK == SUNDAY)[-WEEKS:]
        self._weeks[days[sundays] // WEEK % WEEKS, row] = many[0][sundays]
        self._week_tiers[days[sundays] // WEEK % WEEKS, row] = many[1][sundays]


def past_of(days: Sequence[Day]) -> Past:
    """The closes of a history, of days that follow each other."""
    return Past(
        days[0].day if days else 0,
        [-1 if each.score is None else round(each.score * 100.0) for each in days],
        [(1, each.tier) for each in days],
        [(1, each.mrr) for each in days],
    )


def _steps(past: Past, end: int, mrr: float) -> Iterator[tuple[int, float]]:
    """The days on which the MRR changed, with its value before; at `end` it becomes what it is now."""
    day, before = past.first_day, _or_none(past.mrr[0][1])
    for days, value in past.mrr:
        if not _is_same(before, paid := _or_none(value)):
            yield day, before
            before = paid
        day += days
    if not _is_same(before, mrr):
        yield end, before


def _is_same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)


def _coded(score: float) -> int:
    return _NO_SCORE if score != score else _ZERO + round(max(0.0, score) * 100.0)


def _or_none(value: float | None) -> float:
    return float("nan") if value is None else value


def _wider(column: NDArray[Any], capacity: int) -> NDArray[Any]:
    filler = NEVER if column.dtype == np.int32 else 0
    wider = np.full((*column.shape[:-1], capacity), filler, column.dtype)
    wider[..., : column.shape[-1]] = column
    return wider
