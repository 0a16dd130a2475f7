"""The facts of an account, read for texts, snapshots and exports."""

from __future__ import annotations

from scoring.plan.components.base import CohortNorm
from scoring.plan.facts import Facts
from scoring.plan.score_plan import ScorePlan
from scoring.plan.signals.base import age_ms
from scoring.plan.signals.sources import with_own
from scoring.result import Detail, Fact
from scoring.state.account import Account


def facts_of(plan: ScorePlan, account: Account, norm: CohortNorm) -> Facts:
    """The facts for texts about the account, at its instant."""
    values: dict[str, Fact] = {}
    details: dict[str, Detail] = {}
    for name, signal in plan.signals.items():
        values[name] = signal.fact(account)
        detail = signal.detail(account)
        if detail is not None:
            details[name] = detail
    held = with_own(norm, sources_held(plan, account)) if plan.sources else norm
    return Facts(values, details, held, age_ms(account, plan.model.resolution_ms))


def sources_held(plan: ScorePlan, account: Account) -> dict[str, str]:
    """The instant of the account's latest event of each source, by name; sources that it never had are left out."""
    return {name: latest for name, source in plan.sources.items() if (latest := source.latest(account))}
