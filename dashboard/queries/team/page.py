"""The team: KPIs, and what became of each owner's accounts."""

from __future__ import annotations

from dashboard.queries.ground import Ground
from dashboard.queries.port import BadRequest
from dashboard.queries.portfolio.groups import ranked
from dashboard.values.team import OwnerLine, TeamView

DAYS_MAX = 364


async def team(ground: Ground, days: int) -> TeamView:
    """See `Queries.team`."""
    if not 1 <= days <= DAYS_MAX:
        raise BadRequest(f"Outcomes are of 1 to {DAYS_MAX} days, not {days}.")
    book = ground.book
    owners = tuple(
        OwnerLine(
            owner=each.name,
            accounts=each.accounts,
            mrr=each.mrr,
            score=each.score,
            change_28d=None if each.score is None or each.before is None else each.score - each.before,
            at_risk=each.at_risk,
            kpis={},
            renewed=0.0,
            contracted=0.0,
            churned=0.0,
            recovered=0.0,
            open_cases=0,
        )
        for each in ranked(book, book.table.alive, "owner")
    )
    return TeamView(words="", as_of_ms=book.as_of_ms, days=days, kpis=(), owners=owners)
