"""A score in words: contributions, drivers, flags and the forecast, from a snapshot and its model. Pure.

The only place that turns snapshots into texts. Workers use it for notifications, readers for everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scoring.explain.cause import cause_text
from scoring.explain.chances import chances_of
from scoring.model import schema
from scoring.plan.components.base import Judgements
from scoring.plan.evaluation import Component
from scoring.plan.facts import Facts
from scoring.plan.plan import Plan
from scoring.plan.score_plan import NEUTRAL, ScorePlan, TriggeredRule
from scoring.plan.signals.sources import with_own
from scoring.plurals import counted
from scoring.result import (
    Adjustment,
    ComponentScore,
    Contribution,
    Driver,
    Explanation,
    Improvement,
    LastTransition,
    RedFlag,
    ScoreSnapshot,
    Sign,
)

DRIVERS_MAX = 3
NEUTRAL_START = "Neutral start"
"""The label of the constant in a model with `neutral_weight`."""
UNSCORED = {
    "norm": "No cohort norm yet",
    "use": "No product use was ever seen",
    "evidence": "Nothing was seen yet that the model judges",
}
"""Why there is no score, by `ScoreContent.unscored`."""


def explain(plan: Plan, snapshot: ScoreSnapshot, then: Plan | None = None) -> Explanation:
    """A snapshot in words. `plan` is of the model that made it. `then` is of the model behind its last transition, when
    that was another one; without it that transition has no text."""
    facts, forecast = facts_in(plan, snapshot), snapshot.forecast
    contributions = contributions_of(plan.primary, facts, snapshot.components, snapshot.profile)
    neutral = neutral_start(plan.model.header, contributions)
    next_tier = None if forecast is None else forecast.next_tier
    return Explanation(
        contributions=contributions if neutral is None else (*contributions, neutral),
        drivers=drivers_of(contributions),
        flags=tuple(
            RedFlag(name=rule.name, label=rule.label, words=rule.when.text(facts), floor=rule.to)
            for rule in _rules(plan.primary, snapshot.flags)
        ),
        signs=tuple(_sign_texts(plan, snapshot.signs)),
        last_transition=_last_transition_text(snapshot.last_transition, plan, then),
        next_tier="" if next_tier is None else cause_text(plan, next_tier.cause),
        improvements=() if forecast is None else tuple(map(improvement_text, forecast.improvements)),
        unscored=_unscored_text(snapshot, plan.primary),
        chances=chances_of(plan.model, snapshot),
    )


def explain_by_name(snapshot: ScoreSnapshot) -> Explanation:
    """The numbers of a snapshot whose model is unknown, under their names in the snapshot."""
    contributions = tuple(
        Contribution(
            component=name,
            label=name,
            weight=1.0 if score.judgement is None else score.possible,
            points=score.points,
            possible=score.possible,
            judgement=score.judgement,
            words="",
            evidence=score.evidence,
        )
        for name, score in snapshot.components.items()
    )
    flags = tuple(RedFlag(name=name, label=name, words="", floor=None) for name in snapshot.flags)
    return Explanation(
        contributions=contributions,
        drivers=drivers_of(contributions),
        flags=flags,
        signs=tuple(f"{sign.name}: {sign.number:,} events" for sign in snapshot.signs),
        improvements=() if snapshot.forecast is None else tuple(map(improvement_text, snapshot.forecast.improvements)),
        unscored=_unscored_text(snapshot),
    )


def _unscored_text(snapshot: ScoreSnapshot, plan: ScorePlan | None = None) -> str:
    """Why the model gives no score: the label of a standing, or what is missing; "" when it gives one."""
    if snapshot.standing:
        standings = () if plan is None else plan.standings
        return next((each.label for each in standings if each.name == snapshot.standing), snapshot.standing)
    return UNSCORED.get(snapshot.unscored, "")


def facts_in(plan: Plan, snapshot: ScoreSnapshot) -> Facts:
    """The facts that a snapshot carries."""
    resolution_ms, age_ms = plan.resolution_ms, 0
    if snapshot.first_event_ms >= 0:
        age = snapshot.as_of_ms // resolution_ms - snapshot.first_event_ms // resolution_ms
        age_ms = max(0, age) * resolution_ms
    return Facts(snapshot.facts, snapshot.details, with_own(snapshot.norm, snapshot.sources), age_ms)


def contributions_of(
    plan: ScorePlan, facts: Facts, scores: Mapping[str, ComponentScore], profile: str
) -> tuple[Contribution, ...]:
    """What each component adds to the score, in the model's order, with its text; empty while there is no score."""
    weights = plan.model.profiles[profile].weights if profile in plan.model.profiles else None
    components = [component for component in plan.components if component.name in scores]
    judgements = [scores[each.name].judgement if each.name in scores else None for each in plan.components]
    return tuple(
        Contribution(
            component=each.name,
            label=each.label,
            weight=plan.model.components[each.name].weight if weights is None else weights.get(each.name, 0.0),
            points=scores[each.name].points,
            possible=scores[each.name].possible,
            judgement=scores[each.name].judgement,
            words=_words(each, facts, judgements, scores[each.name].evidence),
            evidence=scores[each.name].evidence,
        )
        for each in components
    )


def _words(component: Component, facts: Facts, judgements: Judgements, evidence: float) -> str:
    words = component.shape.text(facts, judgements)
    return words if component.evidence is None else component.evidence.text(words, evidence, facts)


def neutral_start(header: schema.Header, contributions: Sequence[Contribution]) -> Contribution | None:
    """The part of the constant in a score of these components; None when the model has none, or there is no score."""
    if not header.neutral_weight or not contributions:
        return None
    share = max(0.0, 1.0 - sum(each.possible for each in contributions) / 100.0)
    whole = f" of {header.neutral_weight / share:,.0f}" if share else ""
    return Contribution(
        component=NEUTRAL,
        label=NEUTRAL_START,
        weight=header.neutral_weight,
        points=share * header.neutral,
        possible=100.0 * share,
        judgement=header.neutral,
        words=f"neutral start, {header.neutral_weight:g}{whole}",
    )


def drivers_of(contributions: Iterable[Contribution]) -> tuple[Driver, ...]:
    """The three components that lose the most points, worst first."""
    drivers = [
        Driver(component=each.component, label=each.label, lost=each.possible - each.points, words=each.words)
        for each in contributions
        if each.possible - each.points > 0
    ]
    return tuple(sorted(drivers, key=lambda driver: -driver.lost)[:DRIVERS_MAX])


def drivers_by(plan: ScorePlan, facts: Facts, scores: Mapping[str, ComponentScore]) -> tuple[Driver, ...]:
    """Equal to `drivers_of` the contributions, whose texts are then made for the drivers alone."""
    lost = {name: score.possible - score.points for name, score in scores.items() if score.possible - score.points > 0}
    leading = sorted(lost, key=lambda name: -lost[name])[:DRIVERS_MAX]
    components = {component.name: component for component in plan.components}
    judgements = [scores[name].judgement if name in scores else None for name in components]
    return tuple(
        [
            Driver(
                component=name,
                label=components[name].label,
                lost=lost[name],
                words=_words(components[name], facts, judgements, scores[name].evidence),
            )
            for name in leading
        ]
    )


def improvement_text(improvement: Improvement) -> str:
    """«+340 product events (9 days at its present pace) and 2 open tickets resolved»."""
    return " and ".join(map(adjustment_text, improvement.adjustments))


def adjustment_text(adjustment: Adjustment) -> str:
    """«+340 product events (9 days at its present pace)», «2 open tickets resolved», «NPS answer at 9»."""
    if adjustment.item:
        return f"{counted(adjustment.number, adjustment.label)} resolved"
    if adjustment.vary.startswith("="):
        return f"{adjustment.label} at {adjustment.number}"
    if adjustment.is_single:
        return adjustment.label
    days = round(adjustment.number / adjustment.pace) if adjustment.pace else 0
    pace = f" ({counted(days, 'days')} at its present pace)" if days > 1 else ""
    return f"+{counted(adjustment.number, adjustment.label)}{pace}"


def _rules(plan: ScorePlan, names: Sequence[str]) -> Iterable[TriggeredRule]:
    """The floors and flags with these names, in the model's order; a floor and a flag may share a name."""
    waiting = list(names)
    for rule in plan.rules:
        if rule.name in waiting:
            waiting.remove(rule.name)
            yield rule


def _sign_texts(plan: Plan, signs: Sequence[Sign]) -> Iterable[str]:
    watches = {watch.name: watch for watch in plan.signs}
    return (watches[sign.name].text(sign) for sign in signs if sign.name in watches)


def _last_transition_text(last: LastTransition | None, plan: Plan, then: Plan | None) -> str:
    if last is None:
        return ""
    for each in (plan, then):
        if each is not None and (each.model.name, each.model.version) == (last.model, last.model_version):
            return cause_text(each, last.cause)
    return cause_text(plan, last.cause) if last.cause.kind == "override" else ""
