"""The team page: the six KPIs, each owner beside them, what became of accounts, and whether forecasts were right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from dashboard.charts.coverage_bar import coverage_bar
from dashboard.pages.frame import Frame, Framed
from dashboard.pages.parts.addresses import Choice, accounts_address, with_query
from dashboard.pages.parts.sentences import lead_of
from dashboard.pages.parts.tier_of import tier_of
from dashboard.queries.asked import Asked
from dashboard.values.team import AccuracyView, OwnerLine, QuarterLine, TeamView
from dashboard.wording.look import Look

SPANS: dict[str, str] = {"30": "30 d", "90": "90 d", "364": "1 year"}
_SHORT: dict[str, str] = {
    "health_check": "Health checks",
    "onboarded": "Onboarded",
    "qbr": "QBRs",
    "call": "Calls",
    "training": "Training",
    "email": "E-mail",
}
router = APIRouter(include_in_schema=False)


@router.get("/team")
async def team(
    framed: Framed, asked: Asked, days: Annotated[Literal["30", "90", "364"], Query()] = "90"
) -> HTMLResponse:
    """The page, with the outcomes of these days."""
    view = await asked.team(int(days))
    return framed.page("team.html", page="team", title="Team", as_of_ms=view.as_of_ms, **team_values(framed, view))


def team_values(framed: Frame, view: TeamView) -> dict[str, Any]:
    """All that `team.html` reads beside the frame."""
    look = framed.look
    accuracy = view.accuracy
    return {
        "view": view,
        "lead": lead_of(
            view.words or f"{len(view.owners):,} owners, {sum(each.accounts for each in view.owners):,} accounts."
        ),
        "bars": [coverage_bar(each.coverage, each.target) for each in view.kpis],
        "shorts": [_SHORT.get(each.name, each.label or each.name) for each in view.kpis],
        "owners": sorted(view.owners, key=lambda each: (not each.owner, -each.at_risk)),
        "accounts": accounts_address,
        "tier_at": lambda score: tier_of(look.tiers, score),
        "spans": [
            Choice(label=label, href=with_query("/team", [("days", days)]), is_chosen=int(days) == view.days)
            for days, label in SPANS.items()
        ],
        "span": f"{view.days} days",
        "sums": all_owners(view.owners),
        "accuracy": accuracy,
        "verdicts": [verdict_of(each) for each in accuracy.quarters] if accuracy else [],
        "warm_up": warm_up(accuracy, look),
    }


def all_owners(owners: Sequence[OwnerLine]) -> OwnerLine:
    """The sums of the outcomes, each line rounded to whole money as it is shown, so that the column adds up."""
    return OwnerLine(
        owner="",
        accounts=sum(each.accounts for each in owners),
        mrr=math.fsum(round(each.mrr) for each in owners),
        score=None,
        change_28d=None,
        at_risk=math.fsum(round(each.at_risk) for each in owners),
        kpis={},
        renewed=math.fsum(round(each.renewed) for each in owners),
        contracted=math.fsum(round(each.contracted) for each in owners),
        churned=math.fsum(round(each.churned) for each in owners),
        recovered=math.fsum(round(each.recovered) for each in owners),
        open_cases=sum(each.open_cases for each in owners),
    )


def verdict_of(line: QuarterLine) -> str:
    """Both targets in words; «too few to say» where neither can be judged."""
    if line.warns_early is None and line.is_within is None:
        return "too few to say"
    early = {True: "warned early", False: "warned late", None: "too few churned"}[line.warns_early]
    near = {True: "within", False: "beyond", None: "too few ended"}[line.is_within]
    return f"{early}, {near}"


def warm_up(accuracy: AccuracyView | None, look: Look) -> str:
    """What stands in the place of the quarters while there is none."""
    if accuracy is None:
        return (
            "The predictions are not read yet: load this page again in a minute. With more than 100,000 accounts it is "
            "the command that says how right they were."
        )
    if not accuracy.recorded_since:
        return (
            "Nothing is recorded yet. Record predictions once a day: 60 days later the first contracts that end can be "
            "judged by them."
        )
    since = look.iso_day(accuracy.recorded_since)
    if accuracy.first_eligible:
        first = look.iso_day(accuracy.first_eligible)
        return f"Recorded since {since}. The first contracts can be judged on {first}, 60 days after the first record."
    return f"Recorded since {since}. No contract has ended since then."
