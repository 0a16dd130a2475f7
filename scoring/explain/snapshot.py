"""Reads a score snapshot, numbers and names only, from an account at its instant. Pure; makes no texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from scoring.instants import FAR, rfc3339
from scoring.model.references import judged_signals
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.plan.read_facts import facts_of, sources_held
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
    account: Account,
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
    live, facts = plan.primary, facts_of(plan.primary, account, norm)
    standing = live.standing_of(account) if judged is None else ""
    value = override.score if override is not None else judged.value if judged is not None else None
    return ScoreContent(
        account_id=account_id,
        score=value,
        tier="" if value is None else live.tier_names[live.tier_of(value)],
        model=plan.model.name,
        model_version=plan.model.version,
        coverage=0.0 if judged is None else judged.coverage,
        components={} if judged is None else component_scores(live, judged),
        facts=facts.values,
        mrr=facts.number("mrr"),
        plan=plan_of(facts.values),
        first_event_ms=-1 if account.first_ms == FAR else account.first_ms,
        details=facts.details,
        norm=norm_of(live, norm),
        provisional=judged is not None and (judged.provisional or _is_warming(live, warming)),
        profile="" if judged is None else judged.profile,
        flags=judged.flags if judged is not None else tuple([rule.name for rule in live.holding(account)]),
        standing=standing,
        unscored="" if judged is not None or standing else unscored_by(live, account, norm),
        sources=sources_held(live, account) if live.sources else {},
        override=override,
        beneath=judged.value if override is not None and judged is not None else None,
        warming=warming,
        past_bounds=plan.past_bounds(account),
        shadows=shadows,
        signs=signs_of(plan, account, warming),
        last_transition=last_transition,
        forecast=forecast,
        stale=dict(stale or {}),
        cases=cases,
    )


def _is_warming(plan: ScorePlan, warming: tuple[Warming, ...]) -> bool:
    """Whether a signal is warming up that something judges."""
    return bool(warming) and not judged_signals(plan.model).isdisjoint([each.signal for each in warming])


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


def unscored_by(plan: ScorePlan, account: Account, norm: CohortNorm) -> str:
    """Why an account that is in no standing has no score: "norm" (there is no cohort norm yet), "use" (no use of the
    product was ever seen) or "evidence" (nothing else that the model judges, either)."""
    if any(name not in norm for name in plan.compared):
        return "norm"
    silences = [signal for signal in plan.signals.values() if signal.is_silence and signal.counts_use]
    return "use" if silences and all(signal.number(account) is None for signal in silences) else "evidence"


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


def signs_of(plan: Plan, account: Account, warming: tuple[Warming, ...]) -> tuple[Sign, ...]:
    """The signs of an account at its instant, without those whose signal is still warming up."""
    begun = {each.signal for each in warming}
    signs = [watch.sign_of(account) for watch in plan.signs if watch.signal not in begun]
    return tuple([sign for sign in signs if sign is not None])


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    return {field: getattr(struct, field) for field in struct.__struct_fields__}
