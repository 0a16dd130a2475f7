"""Why a score is what it is: contributions, top drivers and, for a change, what aged out. Words are for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from scoring.instants import day_words, rfc3339
from scoring.model.references import signals_of
from scoring.plan.components.base import Maxima
from scoring.plan.facts import Facts
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation, ScorePlan, facts_of
from scoring.plurals import counted
from scoring.result import (
    Contribution,
    Driver,
    HealthScore,
    LastTransition,
    Override,
    RedFlag,
    ScoreSnapshot,
    ShadowScore,
    Sign,
    Warming,
)
from scoring.state.account import Account

DRIVERS_MAX = 3
Points = Mapping[str, float]
"""Points of the score by component, and by the parts that no component earned; see `ScorePlan.points`."""


def health_score(plan: ScorePlan, account: Account, judged: Evaluation | None, maxima: Maxima) -> HealthScore | None:
    """The account's score at its instant of judgement, explained; None when nothing can be judged."""
    if judged is None:
        return None
    facts = facts_of(plan, account, maxima)
    contributions = contributions_of(plan, facts, judged)
    return HealthScore(
        value=judged.value,
        tier=plan.tier_names[judged.tier],
        coverage=judged.coverage,
        provisional=judged.provisional,
        profile=judged.profile,
        contributions=contributions,
        drivers=drivers_of(contributions),
        flags=tuple(
            RedFlag(name=rule.name, label=rule.label, words=rule.when.text(facts), floor=rule.to)
            for rule in judged.triggered
        ),
    )


def contributions_of(plan: ScorePlan, facts: Facts, judged: Evaluation) -> tuple[Contribution, ...]:
    """What each component adds to the score, in the model's order, with its words."""
    points, judgements = plan.points(judged), judged.judgements
    return tuple(
        Contribution(
            component=component.name,
            label=component.label,
            weight=weight,
            points=points[component.name],
            possible=0.0 if judgement is None else 100.0 * share,
            judgement=judgement,
            words=component.shape.text(facts, judgements),
        )
        for component, weight, judgement, share in zip(
            plan.components, judged.weights.weights, judgements, plan.shares(judged), strict=True
        )
    )


def drivers_of(contributions: tuple[Contribution, ...]) -> tuple[Driver, ...]:
    """The three components that lose the most points, worst first."""
    drivers = [
        Driver(component=each.component, label=each.label, lost=each.possible - each.points, words=each.words)
        for each in contributions
        if each.possible - each.points > 0
    ]
    return tuple(sorted(drivers, key=lambda driver: -driver.lost)[:DRIVERS_MAX])


def snapshot_of(
    plan: Plan,
    account_id: str,
    account: Account,
    judged: Evaluation | None,
    maxima: Maxima,
    generation: int,
    version: int,
    *,
    override: Override | None = None,
    warming: tuple[Warming, ...] = (),
    shadows: tuple[ShadowScore, ...] = (),
    norm_ms: int = 0,
    last_transition: LastTransition | None = None,
    applied: tuple[int, ...] = (),
) -> ScoreSnapshot:
    """The whole current answer for an account, at its instant of judgement; its forecast is left out."""
    score = health_score(plan.primary, account, judged, maxima)
    facts = plan.facts(account)
    mrr, subscribed = facts.get("mrr"), facts.get("plan")
    value = override.score if override else score.value if score else None
    return ScoreSnapshot(
        account_id=account_id,
        score=value,
        tier="" if value is None else plan.primary.tier_names[plan.primary.tier_of(value)],
        as_of=rfc3339(account.as_of_ms),
        as_of_ms=account.as_of_ms,
        model=plan.model.name,
        model_version=plan.model.version,
        generation=generation,
        version=version,
        coverage=score.coverage if score else 0.0,
        drivers=score.drivers if score else (),
        contributions=score.contributions if score else (),
        facts=facts,
        mrr=None if isinstance(mrr, str) else mrr,
        plan=subscribed if isinstance(subscribed, str) else None,
        provisional=bool(score and (score.provisional or warming)),
        profile=score.profile if score else "",
        flags=score.flags if score else (),
        override=override,
        beneath=score.value if override and score else None,
        warming=warming,
        past_bounds=plan.past_bounds(account),
        shadows=shadows,
        norm_as_of=rfc3339(norm_ms) if norm_ms and plan.primary.norm_dependents else "",
        last_transition=last_transition,
        applied=applied,
        signs=signs_of(plan, account, warming),
    )


def signs_of(plan: Plan, account: Account, warming: tuple[Warming, ...]) -> tuple[Sign, ...]:
    """The signs to be told of an account at its instant; none of what does not know its whole window yet."""
    begun = {each.signal for each in warming}
    told = [rule.sign_of(account) for rule in plan.signs if rule.signal not in begun]
    return tuple([sign for sign in told if sign is not None])


def event_words(
    plan: Plan, account: Account, judged: Evaluation | None, maxima: Maxima, name: str, before: Points, after: Points
) -> str:
    """What an event did, told for what it moved most: «ticket_opened: 5 tickets in 30 days»."""
    return f"{name}: {moved_words(plan, account, judged, maxima, before, after)}"


def norm_words(
    plan: Plan, account: Account, judged: Evaluation | None, maxima: Maxima, before: Points, after: Points
) -> str:
    """How the cohort's norm moved the score, told for what it moved most."""
    return f"the cohort moved: {moved_words(plan, account, judged, maxima, before, after)}"


def model_words(
    plan: Plan, account: Account, judged: Evaluation | None, maxima: Maxima, before: Points, after: Points
) -> str:
    """How another model moved the score, told for what it moved most."""
    return (
        f"the model is {plan.model.name} version {plan.model.version} now: "
        f"{moved_words(plan, account, judged, maxima, before, after)}"
    )


def expiry_words(
    plan: Plan, account: Account, judged: Evaluation | None, maxima: Maxima, before: Points, after: Points
) -> str:
    """What aged out or stepped on in the account's latest move, told for what it moved most.

    «412 product events of 22 October left the 30-day window», «no product events in 15 days».
    """
    name = _most_moved(before, after)
    if name not in plan.model.components:
        return f"time passed: {moved_words(plan, account, judged, maxima, before, after)}"
    signals = signals_of(plan.model, name)
    left = _left_words(plan, account, {signal for signal in signals if signal in plan.window_of})
    compiled = plan.primary.signals
    facts = facts_of(plan.primary, account, maxima)
    silent = [compiled[each].text(facts) for each in signals if compiled[each].is_silence]
    said = [*left, *dict.fromkeys(silent)]
    return "; ".join(said) or f"time passed: {moved_words(plan, account, judged, maxima, before, after)}"


def moved_words(
    plan: Plan, account: Account, judged: Evaluation | None, maxima: Maxima, before: Points, after: Points
) -> str:
    """The words of what moved most: a component's, or what the floors say."""
    name = _most_moved(before, after)
    judgements = judged.judgements if judged is not None else ()
    facts = facts_of(plan.primary, account, maxima)
    for component in plan.primary.components:
        if component.name == name:
            return component.shape.text(facts, judgements)
    floors = [rule for rule in judged.triggered if rule.to is not None] if judged is not None else []
    return "; ".join(f"{rule.label} ({rule.when.text(facts)})" for rule in floors) or "the weights shifted"


def _most_moved(before: Points, after: Points) -> str:
    names = list(dict.fromkeys((*after, *before)))
    return max(names, key=lambda name: abs(after.get(name, 0.0) - before.get(name, 0.0)))


def _left_words(plan: Plan, account: Account, signals: set[str]) -> list[str]:
    by_window: dict[int, Counter[int]] = {}
    for window, day, number in account.expired_counts:
        by_window.setdefault(window, Counter())[day] += number
    said = []
    for name in plan.model.signals:
        days = by_window.get(plan.window_of[name]) if name in signals else None
        if days:
            label, span = plan.primary.signals[name].label, plan.spans[name]
            told = " and ".join(
                f"{counted(number, label)} of {day_words(day)}" for day, number in sorted(days.items())[-2:]
            )
            more = sum(days.values()) - sum(number for _, number in sorted(days.items())[-2:])
            said.append(f"{told}{f' and {more:,} older' if more else ''} left the {span} window")
    return said
