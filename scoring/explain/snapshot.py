"""Reads a score snapshot, numbers and names only, from an account at its instant. Pure; makes no texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from scoring.explain.reading import Reading, reading_of
from scoring.instants import FAR, rfc3339
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation, ScorePlan
from scoring.result import (
    ComponentScore,
    Fact,
    Forecast,
    LastTransition,
    OpenCase,
    Override,
    ScoreContent,
    ScorePosition,
    ScoreSnapshot,
    ShadowScore,
    Sign,
    Warming,
)
from scoring.state.account import Account


def content_of(
    plan: Plan,
    account_id: str,
    account: Account | Reading,
    judged: Evaluation | None,
    norm: CohortNorm,
    *,
    override: Override | None = None,
    warming: tuple[Warming, ...] = (),
    shadows: tuple[ShadowScore, ...] = (),
    last_transition: LastTransition | None = None,
    forecast: Forecast | None = None,
    stale: Mapping[str, str] | None = None,
    cases: tuple[OpenCase, ...] = (),
) -> ScoreContent:
    """The content of the account's snapshot at its instant of judgement."""
    live, reading = plan.primary, reading_of(plan, account)
    facts, first_ms = reading.facts(), reading.first_ms
    standing = reading.standing() if judged is None else ""
    value = override.score if override is not None else judged.value if judged is not None else None
    return ScoreContent(
        account_id=account_id,
        score=value,
        tier="" if value is None else live.tier_names[live.tier_of(value)],
        model=plan.model.name,
        model_version=plan.model.version,
        coverage=0.0 if judged is None else judged.coverage,
        components={} if judged is None else component_scores(live, judged),
        facts=facts,
        mrr=mrr_of(facts),
        plan=plan_of(facts),
        first_event_ms=-1 if first_ms == FAR else first_ms,
        details=reading.details(),
        norm=norm_of(live, norm),
        provisional=judged is not None and (judged.provisional or _is_warming(live, warming)),
        profile="" if judged is None else judged.profile,
        flags=judged.flags if judged is not None else reading.holding(),
        standing=standing,
        unscored="" if judged is not None or standing else unscored_by(live, reading, norm),
        sources=reading.sources() if live.sources else {},
        override=override,
        beneath=judged.value if override is not None and judged is not None else None,
        warming=warming,
        past_bounds=reading.past_bounds(),
        shadows=shadows,
        signs=signs_of(plan, reading, warming) if plan.signs else (),
        last_transition=last_transition,
        forecast=forecast,
        stale=dict(stale or {}),
        cases=cases,
    )


def part_of_answer(name: str, value: object) -> bytes:
    """A field of a snapshot in JSON, behind another one."""
    return b',"%b":%b' % (name.encode(), msgspec.json.encode(value))


def _is_warming(plan: ScorePlan, warming: tuple[Warming, ...]) -> bool:
    """Whether a signal is warming up that something judges."""
    return bool(warming) and not plan.groups.judged.isdisjoint([each.signal for each in warming])


def snapshot_of(content: ScoreContent, position: ScorePosition) -> ScoreSnapshot:
    """A snapshot from its content and its position."""
    return ScoreSnapshot(**_fields(content), **_fields(position))


def component_scores(plan: ScorePlan, judged: Evaluation) -> dict[str, ComponentScore]:
    """What each component adds to the score, by name, in the model's order."""
    scores: dict[str, ComponentScore] = {}
    shares = plan.shares(judged)
    for number, component in enumerate(plan.components):
        judgement, evidence = judged.judgements[number], judged.evidence[number]
        if judgement is None:
            scores[component.name] = ComponentScore(None, 0.0, 0.0, evidence)
        else:
            share = shares[number]
            scores[component.name] = ComponentScore(judgement, share * judgement, 100.0 * share, evidence)
    return scores


def norm_of(plan: ScorePlan, norm: CohortNorm) -> dict[str, float]:
    """The part of the cohort norm that the model's components use: values of signals, and sources that were sent."""
    if not plan.norm_dependents:
        return {}
    sent = {source.name for source in plan.sources.values() if norm.get(source.name)}
    return {name: value for name, value in norm.items() if name in plan.signals or name in sent}


def unscored_by(plan: ScorePlan, reading: Reading, norm: CohortNorm) -> str:
    """Why an account that is in no standing has no score: "norm" (there is no cohort norm yet), "use" (no use of the
    product was ever seen) or "evidence" (nothing else that the model judges, either)."""
    if any(name not in norm for name in plan.compared):
        return "norm"
    silences = plan.groups.silences
    return "use" if silences and all(reading.number(name) is None for name in silences) else "evidence"


def mrr_of(facts: Mapping[str, Fact]) -> int | float | None:
    """The monthly recurring revenue of the account."""
    mrr = facts.get("mrr")
    return None if isinstance(mrr, str) else mrr


def plan_of(facts: Mapping[str, Fact]) -> str | None:
    """The subscription plan of the account."""
    subscribed = facts.get("plan")
    return subscribed if isinstance(subscribed, str) else None


def position_of(
    plan: Plan, as_of_ms: int, generation: int, version: int, *, norm_ms: int = 0, applied: tuple[int, ...] = ()
) -> ScorePosition:
    """The position of a snapshot. `norm_ms` is the instant of the cohort norm, 0 for none."""
    return ScorePosition(
        as_of=rfc3339(as_of_ms),
        as_of_ms=as_of_ms,
        generation=generation,
        version=version,
        norm_as_of=rfc3339(norm_ms) if norm_ms and plan.primary.norm_dependents else "",
        applied=applied,
    )


def signs_of(plan: Plan, account: Account | Reading, warming: tuple[Warming, ...]) -> tuple[Sign, ...]:
    """The signs of an account at its instant, without those whose signal is still warming up."""
    return reading_of(plan, account).signs({each.signal for each in warming})


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    return {field: getattr(struct, field) for field in struct.__struct_fields__}
