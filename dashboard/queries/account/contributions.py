"""The waterfall: what each part of a score earns and costs, in decimals that add up. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from dashboard.queries.decimals import apportioned, decimals_of, split
from dashboard.values.account import ContributionRow
from scoring.plan.components.base import bounded
from scoring.plan.score_plan import BOUNDS, FLOOR, NEUTRAL, OVERRIDE
from scoring.result import Explanation, ScoreSnapshot

NOISE = 1e-9
"""Points below which a part is nothing: errors of the arithmetic."""
_KEPT = 0.5
"""A change that the one decimal of the closes' points may make up: spread over the rows, not shown as its own."""
Kind = Literal["component", "neutral", "floor", "override", "bounds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """Seven days ago: the score, and the points earned by component (`scoring.plan` has the other parts)."""

    score: float
    points: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Part:
    """A row before it is rounded."""

    component: str
    label: str
    kind: Kind
    words: str
    earned: float = field(kw_only=True)
    possible: float = field(kw_only=True)
    judgement: float | None = field(kw_only=True, default=None)
    evidence: float = field(kw_only=True, default=1.0)

    @property
    def lost(self) -> float:
        return self.possible - self.earned


def contribution_rows(
    answer: ScoreSnapshot,
    explanation: Explanation,
    bounds: Sequence[float],
    neutral: float | None,
    then: Then | None,
) -> tuple[ContributionRow, ...]:
    """The rows, the greatest loss first; empty without a score.

    `earned` adds up to the score and `lost` to what is missing from 100, both as shown, and `change_7d` to the score's
    change since `then`. `bounds` are the tiers' lower bounds, ascending. `neutral` is what a share without evidence
    counts (0-100), None where the model is not known.
    """
    if answer.score is None:
        return ()
    parts = _parts(answer, explanation, neutral)
    changes: list[float] = []
    if then is not None:
        changes = _changes(parts, answer.score, then)
        if len(changes) > len(parts):
            words = "what belongs to no component: a floor, a bound, a set score, or another model seven days ago"
            parts.append(_Part("", "Other parts", "bounds", words, earned=0.0, possible=0.0))
    places = decimals_of(answer.score, bounds)
    unit = 10.0**-places
    total = round(round(answer.score, places) / unit)
    columns = split([each.earned for each in parts], [each.lost for each in parts], total, round(100 / unit), unit)
    moved: Sequence[int | None] = [None] * len(parts)
    if then is not None:
        moved = apportioned(changes, round((answer.score - then.score) / unit), unit)
    rows = [
        _row(part, earned, lost, change, places)
        for part, (earned, lost), change in zip(parts, columns, moved, strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: -row.lost))


def _row(part: _Part, earned: int, lost: int, change: int | None, places: int) -> ContributionRow:
    scale = 10**places
    return ContributionRow(
        component=part.component,
        label=part.label,
        kind=part.kind,
        words=part.words,
        judgement=part.judgement,
        earned=earned / scale,
        possible=(earned + lost) / scale,
        lost=lost / scale,
        change_7d=None if change is None else change / scale,
        evidence=part.evidence,
    )


def _parts(answer: ScoreSnapshot, explanation: Explanation, neutral: float | None) -> list[_Part]:
    """The rows of the model's own score, then what a person changed. Unrounded, they add up to the score and to 100."""
    score = answer.score or 0.0
    own = score if answer.override is None else answer.beneath
    parts: list[_Part] = []
    if own is not None:
        for each in explanation.contributions:
            kind: Kind = "neutral" if each.component == NEUTRAL else "component"
            parts.append(
                _Part(
                    each.component,
                    each.label,
                    kind,
                    each.words,
                    earned=each.points,
                    possible=each.possible,
                    judgement=each.judgement,
                    evidence=each.evidence,
                )
            )
        _add_what_has_no_component(parts, own, explanation, neutral)
    if answer.override is not None:
        words = f"{answer.override.author} set the score to {answer.override.score:g}: {answer.override.reason}"
        open_points = 100.0 - sum(part.possible for part in parts)
        parts.append(
            _Part(OVERRIDE, "Set by hand", "override", words, earned=score - (own or 0.0), possible=open_points)
        )
    return parts


def _add_what_has_no_component(parts: list[_Part], own: float, explanation: Explanation, neutral: float | None) -> None:
    """Append what lies between the sum of the components and the model's score: neutral shares, bounds, a floor."""
    earned, possible = sum(part.earned for part in parts), sum(part.possible for part in parts)
    floors = [(flag.floor, flag) for flag in explanation.flags if flag.floor is not None]
    floor, flag = min(floors, key=lambda pair: pair[0], default=(None, None))
    if (rest := 100.0 - possible) > NOISE:
        words = f"{rest:.3g} of 100 points have no evidence, and count as neutral"
        worth = max(0.0, own - earned) if neutral is None else rest * neutral / 100.0
        parts.append(_Part(NEUTRAL, "No evidence", "neutral", words, earned=worth, possible=rest))
        earned, possible = earned + worth, 100.0
    is_held = flag is not None and floor is not None and floor < bounded(earned) - NOISE
    within = bounded(earned) if is_held else own
    if abs(within - earned) > NOISE or abs(possible - 100.0) > NOISE:
        words = "the sum of the parts, cut to 0 to 100"
        parts.append(_Part(BOUNDS, "Bounds", "bounds", words, earned=within - earned, possible=100.0 - possible))
    if is_held and flag is not None:
        words = f"at most {flag.floor:g}" + (f": {flag.words}" if flag.words else "")
        parts.append(_Part(FLOOR, flag.label, "floor", words, earned=own - within, possible=0.0))


def _changes(parts: Sequence[_Part], score: float, then: Then) -> list[float]:
    """The change of each part. What has no row is with the first that is no component, else one more at the end."""
    changes = [part.earned - then.points.get(part.component, 0.0) for part in parts]
    others = [number for number, part in enumerate(parts) if part.kind != "component"]
    for number in others:
        if parts[number].component not in then.points:
            changes[number] = 0.0
    rest = score - then.score - sum(changes)
    open_ones = [number for number in others if parts[number].component not in then.points]
    if abs(rest) <= _KEPT and not open_ones:
        return changes
    if open_ones:
        changes[open_ones[0]] += rest
        return changes
    return [*changes, rest]
