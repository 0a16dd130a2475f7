"""The queue: open cases, those with most MRR at risk first, and what to do about each."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.step import AlertStep
from dashboard.book.row_values import severity_rank
from dashboard.queries import listing
from dashboard.queries.alerts.cases import case_view, money_of
from dashboard.queries.ground import Ground
from dashboard.queries.phrases import money
from dashboard.values.listing import Row
from dashboard.values.team import ActionItem, ActionsView
from scoring.plurals import counted

ITEMS_MAX = 300
"""Cases of a page; those with less MRR at risk are counted only."""
GOOD = "good"
OVER = ("resolved", "retracted")


async def actions(ground: Ground, owner: str) -> ActionsView:
    """See `Queries.actions`. An owner's are the cases of their accounts, and those that are assigned to them."""
    found = [step for step in await ground.cases.open_cases() if step.status not in OVER]
    if owner:
        found = [step for step in found if _is_of(ground, step, owner)]
    found.sort(key=lambda step: _order(ground, step))
    work = [step for step in found if step.severity != GOOD]
    good = [step for step in found if step.severity == GOOD]
    shown = (*work[:ITEMS_MAX], *good[:ITEMS_MAX])
    rows = await listing.rows(ground, tuple(dict.fromkeys(step.account_id for step in shown)))
    by_id = {row.account_id: row for row in rows}
    items, opportunities = (_items(ground, each[:ITEMS_MAX], by_id, owner) for each in (work, good))
    accounts = dict.fromkeys(step.account_id for step in work)
    return ActionsView(
        words=_words(ground, owner, len(work), items),
        as_of_ms=ground.book.as_of_ms,
        items=items,
        opportunities=opportunities,
        open_mrr=sum(money_of(ground.book, account_id)[1] for account_id in accounts),
    )


def _is_of(ground: Ground, step: AlertStep, owner: str) -> bool:
    row = ground.book.row(step.account_id)
    return owner in (step.assignee, "" if row is None else ground.book.table.label("owner", row))


def _order(ground: Ground, step: AlertStep) -> tuple[float, float, int, int, str]:
    """Most MRR at risk first, then most MRR, the gravest, the oldest."""
    risk, mrr = money_of(ground.book, step.account_id)
    return (-risk, -mrr, severity_rank(step.severity), step.as_of_ms, step.case_id)


def _items(ground: Ground, steps: Sequence[AlertStep], rows: dict[str, Row], owner: str) -> tuple[ActionItem, ...]:
    return tuple(
        ActionItem(
            row=rows[step.account_id],
            case=case_view(ground.book, [step]),
            what=step.action,
            playbook=step.playbook,
            is_mine=bool(owner),
        )
        for step in steps
        if step.account_id in rows
    )


def _words(ground: Ground, owner: str, open_cases: int, items: Sequence[ActionItem]) -> str:
    whose = f" of {owner}" if owner else ""
    if not items:
        return f"No case{whose} is open: nothing waits for an action."
    first = items[0]
    what = f": {first.what}" if first.what else ""
    risk = "" if not first.row.at_risk else f", {money(first.row.at_risk, ground.file.currency)} a month at risk"
    is_one = open_cases == 1
    return (
        f"{counted(open_cases, 'cases')}{whose} {'is' if is_one else 'are'} open. First {first.row.name}{risk}{what}."
    )
