"""The history of an account up to any day, with its current answer carried on."""

from __future__ import annotations

from msgspec.structs import replace

from scoring.result import ScoreSnapshot
from streams.read_model.account_values import HISTORY_DAYS, Day, History
from streams.read_model.records.closes import DAY_MS
from streams.read_model.records.columns import hundredths


def closes_until(history: History, answer: ScoreSnapshot, day: int) -> History:
    """The closes up to `day`, inclusive (in days since 1970; yesterday, for a reader of now): those of `history`, then
    `answer`, the account's current one, from its own day on. At most 400; `history` itself where nothing is missing.
    """
    own_day = answer.as_of_ms // DAY_MS
    first = max(history.days[-1].day + 1 if history.days else own_day, day + 1 - HISTORY_DAYS)
    if first > day:
        return history
    has_score = answer.score is not None
    order = tuple(answer.components) if has_score else history.components
    known = history.days if order == history.components else _reordered(history, order)
    now = Day(
        day=0,
        score=None if answer.score is None else hundredths(answer.score) / 100,
        tier=answer.tier if has_score else "",
        mrr=answer.mrr,
        points=tuple(round(each.points * 10) / 10 for each in answer.components.values()) if has_score else (),
        model=f"{answer.model}@{answer.model_version}",
    )
    # Only where the answer was read later than the history does a day lie between the two.
    carried = (replace(now if each >= own_day else known[-1], day=each) for each in range(first, day + 1))
    return History(components=order, days=(*known, *carried)[-HISTORY_DAYS:])


def _reordered(history: History, order: tuple[str, ...]) -> tuple[Day, ...]:
    """The days with their points in another order of components."""
    places = {name: at for at, name in enumerate(history.components)}
    return tuple(
        replace(each, points=tuple(each.points[places[name]] if name in places else 0.0 for name in order))
        if each.points
        else each
        for each in history.days
    )
