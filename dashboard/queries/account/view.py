"""The view of one account, made of what is kept of it and of its model. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from dashboard.queries.account.cases import case_views
from dashboard.queries.account.contributions import Then, contribution_rows
from dashboard.queries.account.kept import Kept
from dashboard.queries.account.trajectory import closes_of
from dashboard.queries.phrases import day, delta, instant, sentence
from dashboard.values.account import (
    AccountView,
    Axis,
    ContributionRow,
    ExternalLink,
    FeatureUse,
    ForecastStep,
    Improvement,
    NotableEvent,
    Note,
    OverrideNow,
    Sentiment,
)
from dashboard.values.listing import Row
from scoring.explain.explanation import explain, explain_by_name, facts_in
from scoring.instants import DAY_MS, parse_instant
from scoring.plan.plan import Plan
from scoring.result import Explanation, ScoreSnapshot
from streams.activity.kept import week_of

WEEK_DAYS = 7
USE_WEEKS = 13
_SAFE = ("https://", "http://")


def account_view(
    row: Row,
    kept: Kept,
    plan: Plan | None,
    then_plan: Plan | None,
    medians: Mapping[str, float],
    links: Mapping[str, str],
    now_ms: int = 0,
) -> AccountView:
    """The page of an account at `now_ms`, by default that of its answer. `plan` is of the model behind its answer, None
    where that is not known, `then_plan` of the one behind its last transition. `medians` are judgements of its segment
    by component, `links` templates by kind of foreign id."""
    answer = kept.answer
    explanation = explain_by_name(answer) if plan is None else explain(plan, answer, then_plan)
    bounds = () if plan is None else tuple(tier.lower for tier in plan.model.tiers)
    neutral = None if plan is None or plan.primary.adds_up else plan.model.header.neutral
    rows = contribution_rows(answer, explanation, bounds, neutral, week_ago(row, kept, max(now_ms, answer.as_of_ms)))
    ahead = forecast_steps(answer, explanation)
    last = answer.last_transition
    return AccountView(
        row=row,
        summary=_summary(row, answer, explanation, rows, ahead),
        model=answer.model,
        model_version=answer.model_version,
        contributions=rows,
        radar=tuple(
            Axis(label=each.label, value=each.judgement, median=medians.get(each.component))
            for each in explanation.contributions
            if each.component in answer.components and each.weight
        ),
        flags=tuple(_flag_words(explanation)),
        signs=explanation.signs,
        since_tier_ms=None if last is None else parse_instant(last.at),
        transition=explanation.last_transition,
        ahead=ahead,
        improvements=_improvements(answer, explanation),
        needs=_needs(answer, plan),
        chances=tuple(chance.words for chance in explanation.chances),
        features=_features(kept, max(now_ms, answer.as_of_ms)),
        notable=_notable(kept),
        facts=_facts(answer, plan),
        links=_links(kept, links),
        cases=case_views(row, kept),
        override=_override(answer),
        sentiment=_sentiment(kept),
        notes=tuple(
            Note(id=each.id, author=each.author, at_ms=each.at_ms, text=each.text)
            for each in sorted(kept.notes, key=lambda note: -note.at_ms)
        ),
        shadows=tuple((f"{each.model} v{each.model_version}", each.score, each.tier) for each in answer.shadows),
    )


def week_ago(row: Row, kept: Kept, now_ms: int) -> Then | None:
    """The score and points of the close that `Row.change_7d` is since; None where it is not known."""
    if row.change_7d is None or row.score is None:
        return None
    history, wanted = closes_of(kept, now_ms), now_ms // DAY_MS - WEEK_DAYS
    close = next((each for each in reversed(history.days) if each.day == wanted), None)
    if close is None or close.score is None or len(close.points) != len(history.components):
        return None
    return Then(score=row.score - row.change_7d, points=dict(zip(history.components, close.points, strict=True)))


def forecast_steps(answer: ScoreSnapshot, explanation: Explanation) -> tuple[ForecastStep, ...]:
    """What silence brings, as far as the answer says it: the next change of tier. More steps would need the account's
    own state, which is in the worker."""
    if answer.forecast is None or (ahead := answer.forecast.next_tier) is None:
        return ()
    return (ForecastStep(at_ms=ahead.at_ms, score=ahead.score, tier=ahead.tier, words=explanation.next_tier),)


def _summary(
    row: Row,
    answer: ScoreSnapshot,
    explanation: Explanation,
    rows: Sequence[ContributionRow],
    ahead: Sequence[ForecastStep],
) -> str:
    """What changed, why, what next."""
    now_ms = answer.as_of_ms
    if answer.score is None:
        return sentence(f"it has no score: {explanation.unscored or 'the model cannot judge it yet'}")
    if answer.override is not None:
        until = day(answer.override.until_ms, now_ms)
        change = f"{answer.override.author} set the score by hand until {until}: {answer.override.reason}"
    elif row.change_7d is None:
        change = "there is no score of seven days ago to compare with"
    elif round(abs(row.change_7d), 1) == 0:
        change = "its score is where it was seven days ago"
    else:
        verb = "fell" if row.change_7d < 0 else "rose"
        change = f"{verb} {delta(abs(row.change_7d)).removeprefix('+')} points in 7 days"
        change += _most_of(rows, row.change_7d)
    costs = "" if not explanation.drivers else f"most is lost to {_lead(explanation)}"
    coming = "" if not ahead else f"{ahead[0].tier} on {instant(ahead[0].at_ms, now_ms)} if nothing arrives"
    return sentence(change, costs, coming)


def _most_of(rows: Sequence[ContributionRow], change: float) -> str:
    """The row that moved most in the direction of the change."""
    moved = [row for row in rows if row.change_7d and (row.change_7d < 0) == (change < 0)]
    if not moved:
        return ""
    most = max(moved, key=lambda row: abs(row.change_7d or 0.0))
    return f", most by {most.label} ({delta(most.change_7d or 0.0)})"


def _lead(explanation: Explanation) -> str:
    driver = explanation.drivers[0]
    return f"{driver.label} ({delta(-driver.lost)})" + (f": {driver.words}" if driver.words else "")


def _flag_words(explanation: Explanation) -> list[str]:
    return [
        flag.label
        + (f": {flag.words}" if flag.words else "")
        + ("" if flag.floor is None else f"; the score is at most {flag.floor:g}")
        for flag in explanation.flags
    ]


def _improvements(answer: ScoreSnapshot, explanation: Explanation) -> tuple[Improvement, ...]:
    if answer.forecast is None:
        return ()
    found = zip(answer.forecast.improvements, explanation.improvements, strict=True)
    return tuple(Improvement(words=words, tier=each.tier) for each, words in found)


def _needs(answer: ScoreSnapshot, plan: Plan | None) -> float | None:
    """The points up to the best tier; None when it is there, or without a score."""
    if answer.score is None or plan is None:
        return None
    missing = plan.model.tiers[-1].lower - answer.score
    return missing if missing > 0 else None


def _facts(answer: ScoreSnapshot, plan: Plan | None) -> tuple[tuple[str, str], ...]:
    """Each signal that has a value, in the model's order and words."""
    if plan is None:
        return tuple((name, str(value)) for name, value in answer.facts.items() if value is not None)
    facts = facts_in(plan, answer)
    signals = plan.primary.signals
    return tuple(
        (f"{signals[name].label} ({name})", signals[name].text(facts))
        for name, value in answer.facts.items()
        if value is not None and name in signals
    )


def _features(kept: Kept, now_ms: int) -> tuple[FeatureUse, ...]:
    this_week = week_of(now_ms)
    found = []
    for each in kept.activity.features:
        if not each.is_use:
            continue
        weeks = (*each.weeks, *(0 for _ in range(min(this_week - each.week, USE_WEEKS))))[-USE_WEEKS:]
        found.append(
            FeatureUse(
                feature=each.name,
                weeks=weeks,
                now=weeks[-2] if len(weeks) > 1 else 0,
                before=weeks[0] if len(weeks) > 1 else 0,
                last_ms=each.last_ms,
                first_ms=each.first_ms,
            )
        )
    return tuple(sorted(found, key=lambda feature: (-sum(feature.weeks), feature.feature)))


def _notable(kept: Kept) -> tuple[NotableEvent, ...]:
    return tuple(
        NotableEvent(at_ms=each.at_ms, topic=each.topic, event=each.event, event_id=each.event_id, words=each.detail)
        for each in sorted(kept.activity.notable, key=lambda event: -event.at_ms)
    )


def _links(kept: Kept, templates: Mapping[str, str]) -> tuple[ExternalLink, ...]:
    """The ids elsewhere; an address only from a template of http or https, with the id escaped."""
    found = []
    for each in kept.ids:
        template = templates.get(each.kind, "")
        url = template.replace("{id}", quote(each.id, safe="")) if template.startswith(_SAFE) else ""
        found.append(ExternalLink(kind=each.kind, id=each.id, url=url))
    return tuple(found)


def _override(answer: ScoreSnapshot) -> OverrideNow | None:
    if (held := answer.override) is None:
        return None
    return OverrideNow(
        score=held.score,
        beneath=answer.beneath,
        reason=held.reason,
        author=held.author,
        set_ms=held.set_ms,
        until_ms=held.until_ms,
    )


def _sentiment(kept: Kept) -> Sentiment | None:
    latest = max(kept.sentiments, key=lambda each: each.at_ms, default=None)
    if latest is None:
        return None
    return Sentiment(level=latest.level, author=latest.author, at_ms=latest.at_ms, reason=latest.reason)
