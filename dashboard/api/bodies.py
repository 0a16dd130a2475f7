"""What requests bring, and what acts answer. Only values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from dashboard.values.account import ContributionRow, ForecastStep, Improvement, NotableEvent, TimelineEntry

CaseVerb = Literal["acknowledge", "snooze", "wake", "assign", "resolve", "note"]
Text = Annotated[str, Field(max_length=4_000)]
Short = Annotated[str, Field(max_length=300)]
DAY_LIMIT = 366.0
Days = Annotated[float, Field(gt=0, le=DAY_LIMIT)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActAnswer:
    """An act that is done. `id` names what it made, and `secret` is shown this once."""

    outcome: str
    words: str
    id: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAct:
    """What to do to a case: `days` is how long a snooze lasts, `action` names the action taken."""

    days: Annotated[float, Field(ge=0, le=DAY_LIMIT)] = 0.0
    assignee: Short = ""
    reason: Text = ""
    action: Short = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideBody:
    """A score that holds for some days."""

    score: Annotated[float, Field(ge=0, le=100)]
    days: Days
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteBody:
    """A note, as plain text."""

    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentBody:
    """One of five levels, "" for none."""

    level: Literal["", "leaving", "uneasy", "neutral", "content", "fan"]
    reason: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewBody:
    """A saved view: the query of a list's address."""

    name: Short
    query: Text
    is_shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBody:
    """A share link to the portfolio, or to the accounts that `query` keeps."""

    place: Literal["portfolio", "accounts"]
    query: Text = ""
    days: Annotated[float, Field(gt=0, le=90)] = 30.0
    redacts: bool = False
    label: Short = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeBody:
    """Whose an id of another system is."""

    kind: Short
    id: Short
    account_id: Short


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesBody:
    """A rule file's text."""

    rules: Annotated[str, Field(max_length=200_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """Why a score is what it is: `earned` adds up to `score` as it is shown, `lost` to what is missing from 100."""

    account_id: str
    score: float | None
    tier: str
    contributions: tuple[ContributionRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What moved the score, and the events that a person would want to see."""

    account_id: str
    movements: tuple[TimelineEntry, ...]
    notable: tuple[NotableEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastAnswer:
    """What silence brings."""

    account_id: str
    score: float | None
    tier: str
    ahead: tuple[ForecastStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfactual:
    """What would lift the account a tier; `needs` are the points up to the best one."""

    account_id: str
    score: float | None
    tier: str
    needs: float | None
    improvements: tuple[Improvement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A view of one's own, or everybody's where `owner` is ""."""

    id: str
    name: str
    query: str
    author: str
    owner: str
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLine:
    """A share link; its key is nowhere."""

    id: str
    scope: str
    query: str
    author: str
    at_ms: int
    until_ms: int
    redacts: bool
    revoked_ms: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who asks, and what they may do."""

    login: str
    name: str
    role: str
    scopes: tuple[str, ...]
    door: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The models that are known, as name@version, and the one that is live."""

    live: str
    versions: tuple[str, ...]
