"""What the book keeps of an account's activity. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dashboard.book.row_values import NONE, day_of_text
from dashboard.values.dashboard_file import DashboardFile, KpiRule
from scoring.instants import DAY_MS
from streams.read_model.account_values import Activity, Feature, Notable, Trait

RENEWED = "renewed"
RENEWALS = (
    *("subscription_renewed", "contract_renewed", "renewal_won", "renewal_completed"),
    "renewed_subscription_notification",
)
"""Events that say that a contract was renewed."""
MONTH_MS = 30 * DAY_MS
_ANSWER = {name: re.compile(rf"\b{name} (\d+(?:\.\d+)?)") for name in ("CSAT", "NPS")}


class ActivityValues(NamedTuple):
    """Texts are "" and numbers NaN where nothing was said. `renewal` is a day since 1970."""

    name: str
    owner: str
    segment: str
    industry: str
    plan: str
    renewal: float
    last_login_ms: float
    nps: float
    csat: float
    csat_trend: float
    traits: tuple[Trait, ...]
    reached_ms: Mapping[str, float]


def activity_values(activity: Activity, file: DashboardFile, now_ms: int) -> ActivityValues:
    """Read from an account's activity. The file says which events are a login, and which reach a KPI."""
    said = {trait.name: trait.value for trait in activity.traits}

    def text(name: str) -> str:
        value = said.get(name, "")
        return value if isinstance(value, str) else ""

    renewal = day_of_text(text("renewal_date"))
    logins = [float(each.last_ms) for each in activity.features if each.name in file.logins]
    csat = answers(activity.notable, "CSAT")
    recent = [value for at_ms, value in csat if at_ms > now_ms - MONTH_MS]
    nps = answers(activity.notable, "NPS")
    return ActivityValues(
        name=text("name"),
        owner=text("owner"),
        segment=text("segment"),
        industry=text("industry"),
        plan=text("plan"),
        renewal=NONE if renewal is None else float(renewal),
        last_login_ms=max(logins, default=NONE),
        nps=nps[-1][1] if nps else NONE,
        csat=sum(recent) / len(recent) if recent else NONE,
        csat_trend=trend(csat, now_ms),
        traits=activity.traits,
        reached_ms=reached(activity.features, file.kpis),
    )


def reached(features: Iterable[Feature], kpis: Mapping[str, KpiRule]) -> dict[str, float]:
    """When each KPI was reached: the last time or, of those that count from the start, the first; without those that
    never were. Beside them the last renewal, under `RENEWED`."""
    by_name = {each.name: each for each in features}
    found = {}
    for name, rule in kpis.items():
        done = [by_name[event] for event in rule.events if event in by_name]
        if done:
            found[name] = float(min(e.first_ms for e in done) if rule.from_start else max(e.last_ms for e in done))
    renewals = [by_name[event].last_ms for event in RENEWALS if event in by_name]
    return {**found, RENEWED: float(max(renewals))} if renewals else found


def answers(notable: Iterable[Notable], name: str) -> list[tuple[int, float]]:
    """The answers to a survey, "CSAT" or "NPS", with their instants, the oldest first.

    >>> answers([Notable(at_ms=5, topic="tickets", event="csat", event_id="", detail="CSAT 4")], "CSAT")
    [(5, 4.0)]
    """
    found = ((each.at_ms, _ANSWER[name].search(each.detail)) for each in notable)
    return sorted((at_ms, float(answer[1])) for at_ms, answer in found if answer is not None)


def trend(csat: Iterable[tuple[int, float]], now_ms: int) -> float:
    """The mean of the answers of 30 days minus that of the 30 before; NaN when there is none of either.

    >>> trend([(0, 5.0), (40 * DAY_MS, 3.0)], 50 * DAY_MS)
    -2.0
    """
    spans: tuple[list[float], list[float]] = ([], [])
    for at_ms, value in csat:
        if 0 <= (age := (now_ms - at_ms) // MONTH_MS) < len(spans):
            spans[age].append(value)
    after, before = (sum(each) / len(each) if each else NONE for each in spans)
    return after - before
