"""One account: why its score is what it is, what happened, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dashboard.values.listing import CaseBrief, Row

MovementKind = Literal["event", "late", "expiry", "norm", "model", "override"]
TimelineKind = Literal["arrived", "left", "model", "alert", "person", "norm", "other"]
"""What a line is about. "other" is what is missing between the movements that are kept and the day's change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionRow:
    """A line of the waterfall, in points with one decimal that add up: `lost` from 100 down to the score.

    `kind` is "component", "neutral" (the constant start), "floor" (a red flag that holds the score down) or "override".
    `change_7d` is the change of the points earned, None where history does not reach back.
    """

    component: str
    label: str
    kind: Literal["component", "neutral", "floor", "override", "bounds"]
    words: str
    judgement: float | None
    earned: float
    possible: float
    lost: float
    change_7d: float | None = None
    evidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayScore:
    """The close of one day (UTC), `day` as a date. `points` are earned by component, in the order of `components`."""

    day: str
    score: float | None
    tier: str
    mrr: float | None
    points: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A cause on the trajectory: its number, and the entry of the timeline that says it in words."""

    number: int
    at_ms: int
    words: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelMark:
    """From when on another version of the model made the score."""

    at_ms: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastStep:
    """What silence brings: at `at_ms` the score becomes `score`, in `tier`, because of `words`."""

    at_ms: int
    score: float
    tier: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """The score over time: `days` the oldest first. `bounds` are the tiers' lower bounds, the worst first."""

    weeks: int
    components: tuple[str, ...]
    days: tuple[DayScore, ...]
    bounds: tuple[tuple[str, float], ...]
    pins: tuple[Pin, ...] = ()
    models: tuple[ModelMark, ...] = ()
    ahead: tuple[ForecastStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One line of «what happened, and what aged out». `points` is None for what moved no score.

    `folded` is how many small movements a line stands for, 1 for one. A day's lines add up to its change.
    """

    at_ms: int
    kind: TimelineKind
    words: str
    detail: str = ""
    points: float | None = None
    before: float | None = None
    after: float | None = None
    from_tier: str = ""
    to_tier: str = ""
    folded: int = 1
    pin: int = 0
    topic: str = ""
    event: str = ""
    event_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureUse:
    """Events of one name by week (Monday, UTC), the oldest first, as received; the last week is the one that runs.

    `now` and `before` are the last and the first whole week, 0 while there is none.
    """

    feature: str
    weeks: tuple[int, ...]
    now: int
    before: int
    last_ms: int
    first_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotableEvent:
    """A ticket, a payment, an exception, a milestone: as it was received. `words` are its own."""

    at_ms: int
    topic: str
    event: str
    event_id: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """The smallest change that lifts the account a tier: what to do, and the points it brings."""

    words: str
    tier: str
    points: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalLink:
    """The account elsewhere, by one of its ids. `url` is "" where no template is set for its kind."""

    kind: str
    id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis of the radar: the judgement (0-100) beside the median of the account's segment; None without."""

    label: str
    value: float | None
    median: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a person wrote about the account."""

    id: str
    author: str
    at_ms: int
    text: str


SENTIMENTS = ("leaving", "uneasy", "neutral", "content", "fan")
"""How the account feels to its owner, the worst first. No part of the score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentiment:
    """One of `SENTIMENTS`, by whom and when."""

    level: str
    author: str
    at_ms: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideNow:
    """The score that a person set, and the model's own beneath it."""

    score: float
    beneath: float | None
    reason: str
    author: str
    set_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStep:
    """One step of a case, or one decision to tell nobody: what, why, who was reached."""

    at_ms: int
    step: str
    status: str
    outcome: str
    reason: str
    words: str
    by: str = ""
    note: str = ""
    until_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case whole: its brief, and its steps and decisions, the oldest first."""

    account_id: str
    account: str
    brief: CaseBrief
    mrr: float | None
    steps: tuple[CaseStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """All of an account's page but its trajectory and timeline, which are asked for by span."""

    row: Row
    summary: str
    model: str
    model_version: int
    contributions: tuple[ContributionRow, ...]
    radar: tuple[Axis, ...]
    flags: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    since_tier_ms: int | None = None
    transition: str = ""
    ahead: tuple[ForecastStep, ...] = ()
    improvements: tuple[Improvement, ...] = ()
    needs: float | None = None
    chances: tuple[str, ...] = ()
    features: tuple[FeatureUse, ...] = ()
    notable: tuple[NotableEvent, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    links: tuple[ExternalLink, ...] = ()
    cases: tuple[CaseView, ...] = ()
    override: OverrideNow | None = None
    sentiment: Sentiment | None = None
    notes: tuple[Note, ...] = ()
    shadows: tuple[tuple[str, float | None, str], ...] = ()
