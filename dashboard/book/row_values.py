"""What the book keeps of an account: read from its answer and its activity. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple

from dashboard.book.store.facts import numbers_of
from scoring.explain.priority import at_risk
from scoring.instants import DAY_MS, parse_instant
from scoring.result import ComponentScore, Fact, OpenCase, ScoreSnapshot

NONE = float("nan")
SEVERITIES = ("critical", "warning", "info", "good")
"""Of cases, the gravest first; a severity that is not here comes last."""


class Numbers(NamedTuple):
    """The numbers of a row, NaN for none; days are since 1970."""

    score: float = NONE
    mrr: float = NONE
    at_risk: float = NONE
    coverage: float = 0.0
    renewal: float = NONE
    last_login_ms: float = NONE
    nps: float = NONE
    csat: float = NONE
    csat_trend: float = NONE
    first_event_ms: float = NONE
    next_tier_ms: float = NONE
    override_until_ms: float = NONE
    open_cases: float = 0.0


class Labels(NamedTuple):
    """The texts of a row, "" for none."""

    name: str = ""
    tier: str = ""
    standing: str = ""
    unscored: str = ""
    owner: str = ""
    segment: str = ""
    industry: str = ""
    plan: str = ""
    next_tier: str = ""
    model: str = ""
    case_status: str = ""
    case_severity: str = ""
    flags: str = ""
    profile: str = ""


class RowValues(NamedTuple):
    """What an answer says of an account."""

    account_id: str
    as_of_ms: int
    generation: int
    version: int
    numbers: Numbers
    labels: Labels
    is_provisional: bool
    components: Mapping[str, ComponentScore]
    facts: Mapping[str, float]


def gravest(cases: tuple[OpenCase, ...]) -> OpenCase | None:
    """The case that matters most: the gravest, of those the oldest; None without cases."""
    return min(cases, key=lambda case: (severity_rank(case.severity), case.opened_at, case.id), default=None)


def severity_rank(severity: str) -> int:
    """0 for the gravest."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def values_of(answer: ScoreSnapshot) -> RowValues:
    """The row of an answer."""
    case = gravest(answer.cases)
    ahead = None if answer.forecast is None else answer.forecast.next_tier
    numbers = Numbers(
        score=_number(answer.score),
        mrr=_number(answer.mrr),
        at_risk=NONE if answer.score is None or answer.mrr is None else at_risk(answer.score, answer.mrr),
        coverage=answer.coverage,
        renewal=renewal_day(answer.facts, answer.as_of_ms),
        nps=_fact(answer.facts, "nps"),
        csat=_fact(answer.facts, "csat_30d"),
        first_event_ms=NONE if answer.first_event_ms < 0 else float(answer.first_event_ms),
        next_tier_ms=NONE if ahead is None else float(ahead.at_ms),
        override_until_ms=NONE if answer.override is None else float(answer.override.until_ms),
        open_cases=float(len(answer.cases)),
    )
    labels = Labels(
        name=_text(answer.facts, "account_name"),
        tier=answer.tier,
        standing=answer.standing,
        unscored=answer.unscored,
        owner=_text(answer.facts, "owner"),
        segment=_text(answer.facts, "segment"),
        industry=_text(answer.facts, "industry"),
        plan=answer.plan or "",
        next_tier="" if ahead is None else ahead.tier,
        model=f"{answer.model}@{answer.model_version}",
        case_status="" if case is None else case.status,
        case_severity="" if case is None else case.severity,
        flags=", ".join(answer.flags),
        profile=answer.profile,
    )
    return RowValues(
        account_id=answer.account_id,
        as_of_ms=answer.as_of_ms,
        generation=answer.generation,
        version=answer.version,
        numbers=numbers,
        labels=labels,
        is_provisional=answer.provisional,
        components=answer.components,
        facts=numbers_of(answer.facts),
    )


def renewal_day(facts: Mapping[str, Fact], as_of_ms: int) -> float:
    """The day of the renewal: from the date in `renewal_date`, or the days that `renewal_days` says are left."""
    said = facts.get("renewal_date")
    if isinstance(said, str) and (day := day_of_text(said)) is not None:
        return float(day)
    left = facts.get("renewal_days")
    return float(as_of_ms // DAY_MS + round(left)) if isinstance(left, int | float) else NONE


def day_of_text(text: str) -> int | None:
    """The day (since 1970) of a date or an instant; None when it is neither.

    >>> day_of_text("1970-01-03"), day_of_text("soon")
    (2, None)
    """
    try:
        return parse_instant(text) // DAY_MS
    except ValueError:
        return None


def date_text(day: int) -> str:
    """A day since 1970 as a date.

    >>> date_text(2)
    '1970-01-03'
    """
    return date.fromordinal(datetime(1970, 1, 1, tzinfo=UTC).toordinal() + day).isoformat()


def _number(value: float | None) -> float:
    return NONE if value is None else float(value)


def _fact(facts: Mapping[str, Fact], name: str) -> float:
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) else NONE


def _text(facts: Mapping[str, Fact], name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""
