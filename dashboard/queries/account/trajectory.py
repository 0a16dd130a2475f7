"""The trajectory: the closes of some weeks, today, what moved it most, and what silence brings. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from dashboard.queries.account.kept import Kept
from dashboard.queries.account.movement_words import words_of
from dashboard.queries.phrases import date_text
from dashboard.values.account import DayScore, ForecastStep, ModelMark, Pin, Trajectory
from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from streams.read_model.account_values import Day, History, Movement
from streams.read_model.closes_until import closes_until

PINS = 3


def trajectory_of(
    kept: Kept, plan: Plan | None, weeks: int, now_ms: int, ahead: tuple[ForecastStep, ...]
) -> Trajectory:
    """The trajectory of the last `weeks` until the day of `now_ms` (UTC)."""
    first = now_ms // DAY_MS - 7 * weeks
    history = closes_of(kept, now_ms)
    closes = [each for each in history.days if each.day >= first]
    components = history.components or tuple(kept.answer.components)
    models = model_names(kept, closes)
    return Trajectory(
        weeks=weeks,
        components=components,
        days=(*(day_score(each, components) for each in closes), _today(kept, components, now_ms)),
        bounds=() if plan is None else tuple((tier.name, tier.lower) for tier in plan.model.tiers),
        pins=tuple(
            Pin(number=number, at_ms=each.at_ms, words=words_of(each, kept, plan), before=before, after=after)
            for number, each in pinned(kept.movements, first * DAY_MS).items()
            if (before := each.before) is not None and (after := each.after) is not None
        ),
        models=models,
        ahead=ahead,
    )


def closes_of(kept: Kept, now_ms: int) -> History:
    """The closes until yesterday: since the last one that is kept, the current answer holds."""
    return closes_until(kept.history, kept.answer, now_ms // DAY_MS - 1)


def day_score(close: Day, components: Sequence[str]) -> DayScore:
    """A close for people; without points where they are of other components."""
    points = close.points if len(close.points) == len(components) else ()
    return DayScore(day=date_text(close.day), score=close.score, tier=close.tier, mrr=close.mrr, points=points)


def pinned(movements: Sequence[Movement], since_ms: int) -> Mapping[int, Movement]:
    """The movements of the greatest changes since an instant, numbered from 1 on in the order of time."""
    known = [
        each
        for each in movements
        if each.at_ms >= since_ms and each.before is not None and each.after is not None and each.count == 1
    ]
    greatest = sorted(known, key=lambda each: -abs((each.after or 0.0) - (each.before or 0.0)))[:PINS]
    return dict(enumerate(sorted(greatest, key=lambda each: each.at_ms), start=1))


def model_names(kept: Kept, closes: Sequence[Day]) -> tuple[ModelMark, ...]:
    """From when on another model made the score, by the movements, and by the closes where these do not reach."""
    moved = {each.at_ms // DAY_MS: each.at_ms for each in kept.movements if each.kind == "model"}
    marks = []
    for before, after in pairwise(closes):
        if before.model and after.model and before.model != after.model:
            at_ms = moved.get(after.day, after.day * DAY_MS)
            marks.append(ModelMark(at_ms=at_ms, words=_replaced(before.model, after.model)))
    now = f"{kept.answer.model}@{kept.answer.model_version}"
    if closes and closes[-1].model and closes[-1].model != now:
        today = kept.answer.as_of_ms // DAY_MS
        marks.append(ModelMark(at_ms=moved.get(today, today * DAY_MS), words=_replaced(closes[-1].model, now)))
    return tuple(marks)


def _replaced(before: str, after: str) -> str:
    return f"{after.replace('@', ' v')} replaced {before.replace('@', ' v')}"


def _today(kept: Kept, components: Sequence[str], now_ms: int) -> DayScore:
    answer = kept.answer
    return DayScore(
        day=date_text(now_ms // DAY_MS),
        score=answer.score,
        tier=answer.tier,
        mrr=answer.mrr,
        points=tuple(answer.components[name].points if name in answer.components else 0.0 for name in components),
    )
