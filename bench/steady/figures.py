"""What is measured of one judged account, and the sums over accounts. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from math import sqrt
from statistics import median

import msgspec

from scoring.instants import DAY_MS, HOUR_MS
from tests.support.worlds.judged import Step

TAKEN_BACK_MS = 7 * DAY_MS
MONTH_DAYS = 30


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """One steady account under one model.

    `changes` are changes of tier in the judged days, `taken_back` those of them after which the account was in its old
    tier again within seven days. Moves are in points: by one event, and between two instants at most an hour apart.
    `mean` and `deviation` are of the score over time.
    """

    seed: int
    days: float
    changes: int
    taken_back: int
    move: float
    move_event: int
    fall: float
    rise: float
    mean: float
    deviation: float


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """All accounts of one rhythm under one model, as it is written.

    `worst_seed` are the changes an account and month of the seed with the most. Delays are median days from the change
    to the first instant in a tier below the best, and in the worst; None where more than half never got there.
    """

    preset: str
    version: int
    rhythm: str
    accounts: int
    days: int
    changes_per_account_month: float
    worst_seed: float
    reversed_share: float | None
    largest_move: float
    largest_move_by: str
    largest_fall_hour: float
    largest_rise_hour: float
    mean: float
    deviation: float
    stop_to_yellow_days: float | None = None
    stop_to_red_days: float | None = None
    half_to_yellow_days: float | None = None
    half_to_red_days: float | None = None


def watched(steps: Iterable[Step], until_ms: int, seed: int = 0) -> Watched:
    """Measure one account, in one pass; `until_ms` ends the judged days. Changes after it only take back earlier ones.

    While an account has no score, it keeps its last tier and score.
    """
    changes: list[tuple[int, int, int]] = []
    recent: deque[tuple[int, float]] = deque()
    tier, value, since, first = -1, 0.0, 0, -1
    move, move_event, fall, rise = 0.0, -1, 0.0, 0.0
    total = squares = 0.0
    for step in steps:
        if step.score is None:
            continue
        if tier >= 0 and step.tier != tier:
            changes.append((step.at_ms, tier, step.tier))
        tier = step.tier
        if step.at_ms > until_ms:
            continue
        first = step.at_ms if first < 0 else first
        total += value * (step.at_ms - since) if since else 0.0
        squares += value * value * (step.at_ms - since) if since else 0.0
        if step.before is not None and abs(step.score - step.before) > abs(move):
            move, move_event = step.score - step.before, step.event
        while len(recent) > 1 and recent[1][0] <= step.at_ms - HOUR_MS:
            recent.popleft()  # the first is the score that held an hour ago
        fall = max([fall, *(before - step.score for _, before in recent)])
        rise = max([rise, *(step.score - before for _, before in recent)])
        recent.append((step.at_ms, step.score))
        value, since = step.score, step.at_ms
    total += value * (until_ms - since)
    squares += value * value * (until_ms - since)
    span = max(1, until_ms - first) if first >= 0 else 1
    mean = total / span
    judged = [change for change in changes if change[0] <= until_ms]
    return Watched(
        seed=seed,
        days=span / DAY_MS,
        changes=len(judged),
        taken_back=sum(_is_taken_back(change, changes) for change in judged),
        move=move,
        move_event=move_event,
        fall=fall,
        rise=rise,
        mean=mean,
        deviation=sqrt(max(0.0, squares / span - mean * mean)),
    )


def _is_taken_back(change: tuple[int, int, int], changes: Sequence[tuple[int, int, int]]) -> bool:
    at_ms, left, _ = change
    return any(at_ms < later <= at_ms + TAKEN_BACK_MS and to == left for later, _, to in changes)


def delays(steps: Iterable[Step], from_ms: int, best: int) -> tuple[float | None, float | None]:
    """Days from `from_ms` to the first instant below the tier number `best`, and to the first in the worst tier (0)."""
    below = worst = None
    for step in steps:
        if step.score is None:
            continue
        days = (step.at_ms - from_ms) / DAY_MS
        if below is None and step.tier < best:
            below = days
        if step.tier == 0:
            return below, days
    return below, worst


def median_delay(found: Sequence[float | None]) -> float | None:
    """The median, where never is later than everything.

    >>> median_delay([3.0, None, 5.0]), median_delay([3.0, None, None]), median_delay([])
    (5.0, None, None)
    """
    middle = median([float("inf") if days is None else days for days in found]) if found else float("inf")
    return None if middle == float("inf") else middle


def line_of(preset: str, version: int, rhythm: str, found: Sequence[Watched], move_by: str) -> Line:
    """The sums over the accounts (not empty) of one rhythm."""
    changes = sum(each.changes for each in found)
    seeds: dict[int, list[Watched]] = {}
    for each in found:
        seeds.setdefault(each.seed, []).append(each)
    return Line(
        preset=preset,
        version=version,
        rhythm=rhythm,
        accounts=len(found),
        days=round(max(each.days for each in found)),
        changes_per_account_month=round(_a_month(found), 3),
        worst_seed=round(max(map(_a_month, seeds.values())), 3),
        reversed_share=round(sum(each.taken_back for each in found) / changes, 3) if changes else None,
        largest_move=round(max(abs(each.move) for each in found), 2),
        largest_move_by=move_by,
        largest_fall_hour=round(max(each.fall for each in found), 2),
        largest_rise_hour=round(max(each.rise for each in found), 2),
        mean=round(sum(each.mean for each in found) / len(found), 1),
        deviation=round(sum(each.deviation for each in found) / len(found), 2),
    )


def _a_month(found: Sequence[Watched]) -> float:
    days = sum(each.days for each in found)
    return sum(each.changes for each in found) * MONTH_DAYS / days if days else 0.0
