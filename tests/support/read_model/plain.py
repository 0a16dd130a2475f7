"""What is kept of an account, in the most obvious way: lists, no bytes, all answers at once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scoring.event.topics import INPUT_TOPICS
from scoring.result import Fact, ScoreSnapshot
from streams.read_model.account_values import (
    FACTS_MAX,
    HISTORY_DAYS,
    SMALL_FACTS_MAX,
    Day,
    FactChange,
    History,
    Movement,
)
from streams.read_model.port import Change
from streams.read_model.records.moved import Kind

DAY_MS = 86_400_000


class PlainAccount:
    """The answers of an account that counted, since it was last removed."""

    def __init__(self) -> None:
        self.answers: list[ScoreSnapshot] = []

    def take(self, answer: ScoreSnapshot | None) -> None:
        """An answer, or a removal."""
        if answer is None:
            self.answers = []
        elif not self.answers or _version(answer) > _version(self.answers[-1]):
            self.answers.append(answer)

    def history(self) -> History:
        """For each day before the last answer's, the last answer before its end."""
        if not self.answers:
            return History()
        first, last = (each.as_of_ms // DAY_MS for each in (self.answers[0], self.answers[-1]))
        holding = [
            (day, max((each for each in self.answers if each.as_of_ms < (day + 1) * DAY_MS), key=_version))
            for day in range(max(first, last - HISTORY_DAYS), last)
        ]
        scored = [answer for _, answer in holding if answer.score is not None]
        order = tuple(scored[-1].components) if scored else ()
        return History(components=order, days=tuple(_day(day, answer, order) for day, answer in holding))

    def movements(self) -> tuple[Movement, ...]:
        """All of them: the caller sees that they are not too many."""
        moved: list[Movement] = []
        for old, new in zip(self.answers, self.answers[1:], strict=False):
            if (each := _movement(old, new)) is not None:
                _add(moved, each)
        return tuple(sorted(moved, key=lambda each: each.at_ms))


def plain_accounts(changes: Sequence[Change]) -> dict[str, PlainAccount]:
    """The accounts after these messages of `scores`."""
    accounts: dict[str, PlainAccount] = {}
    for change in changes:
        accounts.setdefault(change.account_id, PlainAccount()).take(change.answer)
    return accounts


def _day(day: int, answer: ScoreSnapshot, order: Sequence[str]) -> Day:
    has_score = answer.score is not None
    points = {name: round(each.points * 10) / 10 for name, each in answer.components.items()}
    return Day(
        day=day,
        score=None if answer.score is None else round(answer.score * 100) / 100,
        tier=answer.tier if has_score else "",
        mrr=answer.mrr,
        points=tuple(points.get(name, 0.0) for name in order) if has_score else (),
        model=f"{answer.model}@{answer.model_version}",
    )


def _movement(old: ScoreSnapshot, new: ScoreSnapshot) -> Movement | None:
    before, after = (None if each.score is None else round(each.score * 100) for each in (old, new))
    if before == after and old.tier == new.tier:
        return None
    parts: dict[str, int] = {}
    change = None if before is None or after is None else after - before
    if change is not None:
        for name in [*new.components, *(name for name in old.components if name not in new.components)]:
            now = round(new.components[name].points * 100) if name in new.components else 0
            parts[name] = now - (round(old.components[name].points * 100) if name in old.components else 0)
        parts[""] = change - sum(parts.values())
    is_small = change is not None and abs(change) < 100 and old.tier == new.tier
    grew = [now > held for now, held in zip(new.applied, (*old.applied, -1, -1, -1, -1, -1), strict=False)]
    topics = tuple(name for name, has_grown in zip(INPUT_TOPICS, grew, strict=False) if has_grown)
    changed = [name for name in new.facts if old.facts.get(name) != new.facts[name]]
    return Movement(
        at_ms=new.as_of_ms,
        kind=_kind(old, new, topics),
        before=None if before is None else before / 100,
        after=None if after is None else after / 100,
        from_tier=old.tier,
        to_tier=new.tier,
        parts=_shown(parts),
        facts=tuple(
            FactChange(name, _fact(old.facts.get(name)), _fact(new.facts[name]))
            for name in changed[: SMALL_FACTS_MAX if is_small else FACTS_MAX]
        ),
        topics=topics,
        model=f"{new.model}@{new.model_version}",
    )


def _kind(old: ScoreSnapshot, new: ScoreSnapshot, topics: Sequence[str]) -> Kind:
    if old.override != new.override:
        return "override"
    if old.model_version != new.model_version:
        return "model"
    if topics:
        return "event"
    return "norm" if old.norm != new.norm else "expiry"


def _add(moved: list[Movement], new: Movement) -> None:
    if _is_small(new):
        for held in moved:
            if _is_small(held) and _place(held) == _place(new):
                moved.remove(held)
                new = _both(held, new)
                break
    moved.append(new)


def _both(held: Movement, new: Movement) -> Movement:
    parts = {name: round(points * 100) for name, points in held.parts}
    for name, points in new.parts:
        parts[name] = parts.get(name, 0) + round(points * 100)
    facts = {each.signal: each for each in held.facts}
    for each in new.facts:
        facts[each.signal] = FactChange(each.signal, facts.get(each.signal, each).before, each.after)
    assert held.before is not None
    return msgspec.structs.replace(
        new,
        before=held.before,
        after=round(held.before * 100 + sum(parts.values())) / 100,
        parts=_shown(parts),
        facts=tuple(each for each in facts.values() if each.before != each.after)[:SMALL_FACTS_MAX],
        topics=tuple(name for name in INPUT_TOPICS if name in held.topics or name in new.topics),
        count=held.count + new.count,
    )


def _is_small(each: Movement) -> bool:
    if each.before is None or each.after is None or each.from_tier != each.to_tier:
        return False
    return each.count > 1 or abs(round((each.after - each.before) * 100)) < 100


def _place(each: Movement) -> tuple[int, str, str]:
    return each.at_ms // DAY_MS, each.kind, each.from_tier


def _shown(parts: dict[str, int]) -> tuple[tuple[str, float], ...]:
    return tuple((name, parts[name] / 100) for name in sorted(parts, key=lambda name: -abs(parts[name])) if parts[name])


def _fact(value: Fact) -> float | str | None:
    return value if value is None or isinstance(value, str) else round(float(value), 4)


def _version(answer: ScoreSnapshot) -> tuple[int, int]:
    return answer.generation, answer.version
