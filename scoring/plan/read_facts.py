"""The facts of an account, read for texts, snapshots and exports."""

from __future__ import annotations

from collections.abc import Collection

from scoring.plan.components.base import CohortNorm
from scoring.plan.facts import Facts
from scoring.plan.score_plan import ScorePlan
from scoring.plan.signals.base import age_ms
from scoring.plan.signals.sources import with_own
from scoring.result import Detail, Fact
from scoring.state.account import Account


def facts_of(plan: ScorePlan, account: Account, norm: CohortNorm, names: Collection[str] | None = None) -> Facts:
    """The facts for texts about the account, at its instant: of all signals, or of those with these names."""
    held = norm
    if plan.sources:
        held = with_own(norm, [name for name, source in plan.sources.items() if account.latest_at[source.slot] >= 0])
    values, details = values_of(plan, account, names), details_of(plan, account, names)
    return Facts(values, details, held, age_ms(account, plan.model.resolution_ms))


def values_of(plan: ScorePlan, account: Account, names: Collection[str] | None = None) -> dict[str, Fact]:
    """The signals by name, in the model's order: all, or those with these names."""
    if names is None:
        return {name: signal.fact(account) for name, signal in plan.signals.items()}
    return {name: signal.fact(account) for name, signal in plan.signals.items() if name in names}


def details_of(plan: ScorePlan, account: Account, names: Collection[str] | None = None) -> dict[str, Detail]:
    """Further facts by signal: of all that have some, or of those with these names."""
    details: dict[str, Detail] = {}
    for name, signal in plan.groups.detailed:
        if names is None or name in names:
            behind = signal.behind(account)
            detail = signal.detail(behind) if behind else None
            if detail is not None:
                details[name] = detail
    return details


def sources_held(plan: ScorePlan, account: Account) -> dict[str, str]:
    """The instant of the account's latest event of each source, by name; sources that it never had are left out."""
    return {name: latest for name, source in plan.sources.items() if (latest := source.latest(account))}
