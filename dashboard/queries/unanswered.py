"""Stands in for queries that are still without a module of their own: the least answer of each."""

from __future__ import annotations

from dashboard.queries.account import answered
from dashboard.queries.ground import Ground
from dashboard.values.account import CaseView
from dashboard.values.alerts import AlertsView, Decision, RulePreview
from dashboard.values.sources import SourcesView
from dashboard.values.team import ActionsView


async def actions(ground: Ground, owner: str) -> ActionsView:
    """An empty queue."""
    words = f"No case of {owner} is open." if owner else "No case is open."
    return ActionsView(words=words, as_of_ms=ground.book.as_of_ms, items=(), opportunities=(), open_mrr=0.0)


async def case(_: Ground, __: str) -> CaseView | None:
    """Unknown."""
    return None


async def alerts(ground: Ground) -> AlertsView:
    """Without cases and rules."""
    return AlertsView(
        words="No case is open.",
        as_of_ms=ground.book.as_of_ms,
        cases=(),
        decisions=(),
        rules=(),
        rules_name="",
        rules_version=0,
    )


async def decisions(ground: Ground, account_id: str) -> tuple[Decision, ...]:
    """None."""
    await answered.kept_of(ground, account_id)
    return ()


async def preview(_: Ground, rules: str) -> RulePreview:
    """Nothing holds."""
    return RulePreview(is_valid=not rules, findings=(), holds=(), sample=(), words="")


async def sources(ground: Ground) -> SourcesView:
    """Nothing is known."""
    return SourcesView(
        words="",
        as_of_ms=ground.book.as_of_ms,
        sources=(),
        lag=(),
        dead_letters=(),
        dead_letters_total=0,
        unattributed=(),
        unattributed_total=0,
    )
