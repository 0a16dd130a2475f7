"""Forecasts of accounts that a kernel holds, equal to those of `scoring.explain.forecast`; no account is exported.

The kernel searches; what it finds is put into words and names by the functions that the reference uses.
"""

from __future__ import annotations

from collections.abc import Collection

from scoring.explain.cause import Points, cause_by, changed_part
from scoring.explain.forecast import HORIZON_DAYS
from scoring.instants import DAY_MS, rfc3339
from scoring.plan.components.base import CohortNorm
from scoring.plan.facts import Facts
from scoring.plan.score_plan import Evaluation
from scoring.plan.signals.sources import with_own
from scoring.result import Detail, Fact, Forecast, Improvement, TierForecast, TransitionCause
from streams.kernel.improvements import improvements_of
from streams.kernel.kernel import Kernel


def forecast_of(kernel: Kernel, number: int, norm: CohortNorm) -> Forecast:
    """The forecast of an account at its instant. `norm` is the cohort norm that the kernel has.

    Costs a step for each timer that is ahead, and a fork for each adjustment that is tried.
    """
    judged = kernel.refresh(number, kernel.plan.primary)
    return Forecast(
        horizon_days=HORIZON_DAYS,
        next_tier=None if judged is None else tier_forecast_of(kernel, number, norm),
        improvements=() if judged is None else _improvements(kernel, number, judged),
    )


def cause_of(
    kernel: Kernel, number: int, judged: Evaluation | None, norm: CohortNorm, kind: str, before: Points, after: Points
) -> TransitionCause:
    """Why an account's score changed between these points: equal to `scoring.explain.cause.cause_of`."""
    plan = kernel.plan
    changed = changed_part(plan, judged, before, after)
    facts = facts_of(kernel, number, norm, changed.names)
    expired = kernel.native.expired_counts(number) if kind == "expiry" else []
    return cause_by(plan, changed, judged, facts, kind, expired)


def facts_of(kernel: Kernel, number: int, norm: CohortNorm, names: Collection[str]) -> Facts:
    """Facts of an account, those with these names: equal to `scoring.plan.read_facts.facts_of`."""
    primary, native = kernel.plan.primary, kernel.native
    values: dict[str, Fact] = {}
    details: dict[str, Detail] = {}
    places = sorted([kernel.places[name] for name in names if name in kernel.places])
    for place, (fact, behind) in zip(places, native.signals(number, 0, tuple(places)), strict=True):
        name = kernel.signal_names[place]
        values[name] = fact
        detail = primary.signals[name].detail(behind) if behind else None
        if detail is not None:
            details[name] = detail
    held = norm
    if primary.sources:
        latest_at = native.latest_at(number)
        held = with_own(norm, [name for name, source in primary.sources.items() if latest_at[source.slot] >= 0])
    return Facts(values, details, held, native.age_ms(number))


def tier_forecast_of(kernel: Kernel, number: int, norm: CohortNorm) -> TierForecast | None:
    """The first change of tier if nothing more arrives: equal to `scoring.explain.forecast.tier_forecast_of`.

    The account has a score. `norm` is the cohort norm that the kernel has."""
    primary, native = kernel.plan.primary, kernel.native
    crossing = kernel.crossing(number, native.as_of_ms(number) + HORIZON_DAYS * DAY_MS)
    if crossing is None:
        return None
    try:
        now = kernel.refresh(crossing.fork, primary)
        if now is None:
            raise AssertionError("an account that comes into a tier has a score")
        at_ms = native.as_of_ms(crossing.fork)
        before, after = kernel.points(crossing.before), kernel.points(now)
        return TierForecast(
            at=rfc3339(at_ms),
            at_ms=at_ms,
            tier=primary.tier_names[now.tier],
            score=now.value,
            cause=cause_of(kernel, crossing.fork, now, norm, "expiry", before, after),
        )
    finally:
        kernel.free(crossing.fork)


def _improvements(kernel: Kernel, number: int, judged: Evaluation) -> tuple[Improvement, ...]:
    if judged.tier == len(kernel.plan.primary.tier_names) - 1:
        return ()
    names = kernel.adjustments.counting(judged)
    found = kernel.native.signals(number, 0, tuple([kernel.places[name] for name in names]))
    known = [
        (name, None if isinstance(fact, str) else fact, behind)
        for name, (fact, behind) in zip(names, found, strict=True)
    ]
    return improvements_of(kernel, number, kernel.adjustments.kinds(known))
