"""Accounts of a pure fold as snapshots, and these in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scoring.explain.explanation import explain
from scoring.explain.snapshot import content_of, position_of, snapshot_of
from scoring.plan.plan import Plan
from scoring.result import Explanation, ScoreSnapshot
from scoring.state.account import Account


def snapshot_at(
    plan: Plan, account: Account, norm: Mapping[str, float] | None = None, account_id: str = "acme", **more: Any
) -> ScoreSnapshot:
    """What the account's score says at its instant."""
    judged = plan.primary.score(account, norm or {})
    content = content_of(plan, account_id, account, judged, norm or {}, **more)
    return snapshot_of(content, position_of(plan, account.as_of_ms, 1, 1))


def explained(plan: Plan, account: Account, norm: Mapping[str, float] | None = None) -> Explanation:
    """The account's score in words."""
    return explain(plan, snapshot_at(plan, account, norm))
