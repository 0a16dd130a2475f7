"""What moved an account between two of its answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

import msgspec

from scoring.event.topics import INPUT_TOPICS
from scoring.result import Fact, ScoreSnapshot
from streams.read_model.account_values import (
    FACTS_MAX,
    SMALL_FACTS_MAX,
    SMALL_POINTS,
    FactChange,
    Movement,
)
from streams.read_model.records.columns import hundredths

Kind: TypeAlias = Literal["event", "late", "expiry", "norm", "model", "override"]
KINDS: tuple[Kind, ...] = ("event", "late", "expiry", "norm", "model", "override")
_SMALL = hundredths(SMALL_POINTS)


class Moved(msgspec.Struct, frozen=True, array_like=True):
    """A `Movement` in whole numbers: `kind` is an index of `KINDS`, points are in hundredths, and of `topics` each is
    an index of `INPUT_TOPICS`."""

    at_ms: int
    kind: int
    before: int | None
    after: int | None
    from_tier: str
    to_tier: str
    model: str
    parts: tuple[tuple[str, int], ...] = ()
    facts: tuple[tuple[str, Fact, Fact], ...] = ()
    topics: tuple[int, ...] = ()
    count: int = 1

    @property
    def points(self) -> int:
        """What it moved the score by, 0 where there was no score before or after."""
        return 0 if self.before is None or self.after is None else self.after - self.before

    @property
    def is_small(self) -> bool:
        """Several in one, or less than `SMALL_POINTS` without a change of tier."""
        has_scores = self.before is not None and self.after is not None
        return has_scores and self.from_tier == self.to_tier and (self.count > 1 or abs(self.points) < _SMALL)

    def movement(self) -> Movement:
        """As a value."""
        return Movement(
            at_ms=self.at_ms,
            kind=KINDS[self.kind],
            before=None if self.before is None else self.before / 100,
            after=None if self.after is None else self.after / 100,
            from_tier=self.from_tier,
            to_tier=self.to_tier,
            parts=tuple((name, points / 100) for name, points in self.parts),
            facts=tuple(FactChange(name, _value(before), _value(after)) for name, before, after in self.facts),
            topics=tuple(INPUT_TOPICS[index] for index in self.topics),
            model=self.model,
            count=self.count,
        )


def moved_between(old: ScoreSnapshot, new: ScoreSnapshot) -> Moved | None:
    """What moved the account from `old` to `new`, its next answer; None where neither tier nor score changed, to two
    decimals."""
    before, after = _shown(old.score), _shown(new.score)
    if before == after and old.tier == new.tier:
        return None
    topics = _topics(old.applied, new.applied)
    points = None if before is None or after is None else after - before
    is_small = points is not None and old.tier == new.tier and abs(points) < _SMALL
    return Moved(
        at_ms=new.as_of_ms,
        kind=KINDS.index(_kind(old, new, is_by_event=bool(topics))),
        before=before,
        after=after,
        from_tier=old.tier,
        to_tier=new.tier,
        model=f"{new.model}@{new.model_version}",
        parts=() if points is None else _parts(old, new, points),
        facts=_facts(old.facts, new.facts, SMALL_FACTS_MAX if is_small else FACTS_MAX),
        topics=topics,
    )


def _kind(old: ScoreSnapshot, new: ScoreSnapshot, *, is_by_event: bool) -> Kind:
    """A change of tier says its cause, which is exact. Else by what is seen of it. A norm counts where its values
    changed: its instant alone moves every hour, whichever cause there was."""
    transition = new.last_transition
    if transition is not None and transition != old.last_transition and transition.cause.kind in KINDS:
        return KINDS[KINDS.index(transition.cause.kind)]
    if old.override != new.override:
        return "override"
    if (old.model, old.model_version) != (new.model, new.model_version):
        return "model"
    if is_by_event:
        return "event"
    if old.norm_as_of != new.norm_as_of and old.norm != new.norm:
        return "norm"
    return "expiry"


def _topics(old: Sequence[int], new: Sequence[int]) -> tuple[int, ...]:
    """The input topics of which more is applied."""
    held = (*old, *[-1] * (len(new) - len(old)))
    return tuple(index for index in range(min(len(new), len(INPUT_TOPICS))) if new[index] > held[index])


def _shown(score: float | None) -> int | None:
    return None if score is None else hundredths(score)


def _parts(old: ScoreSnapshot, new: ScoreSnapshot, total: int) -> tuple[tuple[str, int], ...]:
    """The differences in points by component; what is missing to `total` is under ""."""
    parts = {name: hundredths(each.points) for name, each in new.components.items()}
    for name, each in old.components.items():
        parts[name] = parts.get(name, 0) - hundredths(each.points)
    parts[""] = total - sum(parts.values())
    return sorted_parts(parts.items())


def sorted_parts(parts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """The greatest first."""
    return tuple(sorted(((name, points) for name, points in parts if points), key=lambda part: -abs(part[1])))


def _facts(old: Mapping[str, Fact], new: Mapping[str, Fact], most: int) -> tuple[tuple[str, Fact, Fact], ...]:
    found: list[tuple[str, Fact, Fact]] = []
    for name, value in new.items():
        before = old.get(name)
        if before != value:
            found.append((name, _rounded(before), _rounded(value)))
            if len(found) == most:
                break
    return tuple(found)


def _rounded(fact: Fact) -> Fact:
    """A number to four decimals, whole where it can be, since that takes fewer bytes."""
    if not isinstance(fact, float):
        return fact
    return int(fact) if fact.is_integer() else round(fact, 4)


def _value(fact: Fact) -> float | str | None:
    return float(fact) if isinstance(fact, int) else fact
