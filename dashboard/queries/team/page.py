"""The team page: KPIs over all accounts, and a leaderboard of owners."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from dashboard.book.book import Book
from dashboard.queries.ground import Ground
from dashboard.queries.phrases import money
from dashboard.queries.port import BadRequest
from dashboard.queries.portfolio.groups import ranked
from dashboard.queries.portfolio.standing import difference
from dashboard.queries.team.kpis import Measured, kpi_of, measured
from dashboard.queries.team.outcomes import Outcomes, outcomes_of
from dashboard.values.portfolio import GroupHealth
from dashboard.values.team import Kpi, OwnerLine, TeamView

DAYS_MAX = 365


async def team(ground: Ground, days: int) -> TeamView:
    """See `Queries.team`."""
    if not 1 <= days <= DAYS_MAX:
        raise BadRequest(f"Outcomes are of 1 to {DAYS_MAX} days, not {days}.")
    book, rules = ground.book, ground.file.kpis
    by_name = {name: measured(book, name, rule, book.as_of_ms) for name, rule in rules.items()}
    kpis = tuple(
        kpi_of(name, rules[name], int(np.count_nonzero(each.reached)), int(np.count_nonzero(each.counts)))
        for name, each in by_name.items()
    )
    owners = lines(book, by_name, outcomes_of(book, days))
    words = words_of(kpis, owners, ground.file.currency)
    return TeamView(
        words=words, as_of_ms=book.as_of_ms, days=days, kpis=kpis, owners=owners, accuracy=ground.accuracy.latest()
    )


def lines(book: Book, kpis: Mapping[str, Measured], outcomes: Outcomes) -> tuple[OwnerLine, ...]:
    """Each owner's line, the lowest mean score first."""
    texts, codes = book.table.texts["owner"], book.table.codes("owner")
    size = len(texts)

    def by_owner(values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(codes, np.nan_to_num(values), minlength=size).astype(np.float64)

    sums = {name: by_owner(values) for name, values in outcomes._asdict().items()}
    cases = by_owner(np.where(book.table.alive, book.table.numbers("open_cases"), 0.0))
    counts = {name: (by_owner(each.reached), by_owner(each.counts)) for name, each in kpis.items()}
    found = ((each, texts.known(each.name)) for each in ranked(book, book.table.alive, "owner"))
    return tuple(_line(each, code, sums, cases, counts) for each, code in found)


def _line(
    each: GroupHealth,
    code: int,
    sums: Mapping[str, NDArray[np.float64]],
    cases: NDArray[np.float64],
    counts: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> OwnerLine:
    return OwnerLine(
        owner=each.name,
        accounts=each.accounts,
        mrr=each.mrr,
        score=each.score,
        change_28d=difference(each.score, each.before),
        at_risk=each.at_risk,
        kpis={
            name: float(reached[code] / counted[code]) if counted[code] else None
            for name, (reached, counted) in counts.items()
        },
        renewed=float(sums["renewed"][code]),
        contracted=float(sums["contracted"][code]),
        churned=float(sums["churned"][code]),
        recovered=float(sums["recovered"][code]),
        open_cases=int(cases[code]),
    )


def words_of(kpis: tuple[Kpi, ...], owners: tuple[OwnerLine, ...], currency: str) -> str:
    """How many KPIs are short of their target, the furthest, and who has most at risk."""
    if not owners:
        return "The book has no account yet."
    short = [(kpi.vs_target, kpi.label) for kpi in kpis if kpi.vs_target is not None and kpi.vs_target < 0]
    reached = [kpi for kpi in kpis if kpi.vs_target is not None]
    if not reached:
        words = "No KPI can be measured yet."
    elif not short:
        words = f"All {len(reached)} KPIs meet their targets."
    else:
        worst, label = min(short)
        furthest = f"{label} is furthest, {-worst:.1f} points"
        words = f"{len(short)} of {len(reached)} KPIs are short of their target; {furthest}."
    most = max((each for each in owners if each.owner), key=lambda each: each.at_risk, default=None)
    if most is None or most.at_risk <= 0:
        return words
    return f"{words} {most.owner} has most at risk, {money(most.at_risk, currency)} a month."
