"""Why a score is what it is: contributions, top drivers and, for a change, what aged out. Words are for people."""

from __future__ import annotations

from collections import Counter

from scoring.account import Account
from scoring.components import Maxima
from scoring.health import Answer, Contribution, Driver, HealthScore
from scoring.instants import day_words, rfc3339
from scoring.plan import Plan
from scoring.signals import SinceLastSignal

DRIVERS_MAX = 3
Judgements = list[float | None]


def earned(plan: Plan, judgements: Judgements) -> list[float]:
    """Points that each component earned, in the model's order; 0 without evidence.

    They sum to the score, but for what keeping it within 0-100 takes away in a model that adds points up.
    """
    whole = _whole(plan, judgements)
    return [
        0.0 if judgement is None or not whole else judgement * weight / whole
        for judgement, weight in zip(judgements, plan.weights, strict=True)
    ]


def health_score(plan: Plan, account: Account, maxima: Maxima) -> HealthScore | None:
    """The account's score at its instant of judgement, explained; None when nothing can be judged."""
    words = [component.shape.words(account, maxima) for component in plan.components]
    return score_of(plan, plan.judge(account, maxima), words)


def answer_of(plan: Plan, account_id: str, account: Account, maxima: Maxima, generation: int, version: int) -> Answer:
    """The whole current answer for an account, at its instant of judgement."""
    score = health_score(plan, account, maxima)
    facts = plan.facts(account)
    mrr, subscribed = facts.get("mrr"), facts.get("plan")
    return Answer(
        account_id=account_id,
        score=score.value if score else None,
        tier=score.tier if score else "",
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
    )


def event_words(plan: Plan, account: Account, maxima: Maxima, name: str, before: Judgements, after: Judgements) -> str:
    """What an event did, told for the component that it moved most: «ticket_opened: 5 tickets in 30 days»."""
    component = plan.components[_most_moved(plan, before, after)]
    return f"{name}: {component.shape.words(account, maxima)}"


def norm_words(plan: Plan, account: Account, maxima: Maxima, before: Judgements, after: Judgements) -> str:
    """How the cohort's norm moved the score, told for the component that it moved most."""
    component = plan.components[_most_moved(plan, before, after)]
    return f"the cohort moved: {component.shape.words(account, maxima)}"


def score_of(plan: Plan, judgements: Judgements, words: list[str]) -> HealthScore | None:
    """The score that judgements (0-100, in the model's order) make, with each component's words."""
    value = plan.value(judgements)
    if value is None:
        return None
    whole = _whole(plan, judgements)
    contributions = tuple(
        Contribution(
            component=component.name,
            label=component.label,
            points=points,
            possible=0.0 if judgement is None else 100.0 * component.weight / whole,
            judgement=judgement,
            words=said,
        )
        for component, judgement, points, said in zip(
            plan.components, judgements, earned(plan, judgements), words, strict=True
        )
    )
    evidence = sum(weight for weight, judgement in zip(plan.weights, judgements, strict=True) if judgement is not None)
    return HealthScore(
        value=value,
        tier=plan.tier_names[plan.tier_of(value)],
        coverage=evidence / sum(plan.weights),
        contributions=contributions,
        drivers=_drivers(contributions),
    )


def expiry_words(plan: Plan, account: Account, maxima: Maxima, before: Judgements, after: Judgements) -> str:
    """What aged out or stepped on in the account's latest move, told for the component that it moved most.

    «412 product events of 22 October left the 30-day window», «no product events in 15 days».
    """
    component = plan.components[_most_moved(plan, before, after)]
    signals = plan.signals_of(component.name)
    left = _left_words(plan, account, {signal for signal in signals if signal in plan.window_of})
    silent = [plan.signals[name].words(account) for name in signals if isinstance(plan.signals[name], SinceLastSignal)]
    return "; ".join([*left, *silent]) or f"time passed: {component.shape.words(account, maxima)}"


def _most_moved(plan: Plan, before: Judgements, after: Judgements) -> int:
    moves = [abs(a - b) for a, b in zip(earned(plan, after), earned(plan, before), strict=True)]
    return max(range(len(moves)), key=moves.__getitem__)


def _whole(plan: Plan, judgements: Judgements) -> float:
    if plan.adds_up:
        return 100.0
    return sum(weight for weight, judgement in zip(plan.weights, judgements, strict=True) if judgement is not None)


def _drivers(contributions: tuple[Contribution, ...]) -> tuple[Driver, ...]:
    drivers = [
        Driver(component=each.component, label=each.label, lost=each.possible - each.points, words=each.words)
        for each in contributions
        if each.possible - each.points > 0
    ]
    return tuple(sorted(drivers, key=lambda driver: -driver.lost)[:DRIVERS_MAX])


def _left_words(plan: Plan, account: Account, signals: set[str]) -> list[str]:
    by_window: dict[int, Counter[int]] = {}
    for window, day, number in account.left:
        by_window.setdefault(window, Counter())[day] += number
    said = []
    for name in plan.signals:
        days = by_window.get(plan.window_of[name]) if name in signals else None
        if days:
            label, span = plan.signals[name].label, plan.spans[name]
            told = " and ".join(f"{number:,} {label} of {day_words(day)}" for day, number in sorted(days.items())[-2:])
            more = sum(days.values()) - sum(number for _, number in sorted(days.items())[-2:])
            said.append(f"{told}{f' and {more:,} older' if more else ''} left the {span} window")
    return said
