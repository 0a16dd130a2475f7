"""The actions page: the open cases, worst by MRR first, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import HTMLResponse

from dashboard.live.keys import row_key
from dashboard.pages.frame import Frame, Framed
from dashboard.pages.parts.addresses import Choice, Menu, web_link, with_query
from dashboard.pages.parts.case_words import cause_words, is_overdue, is_soon, next_words, state_words
from dashboard.pages.parts.sentences import lead_of
from dashboard.queries.asked import Asked
from dashboard.values.team import ActionItem, ActionsView
from dashboard.wording.keys import account_path
from dashboard.wording.look import Look
from scoring.plurals import counted

View = Literal["open", "mine", "overdue", "opportunities", "snoozed"]
_LABELS: dict[View, str] = {
    "open": "All open",
    "mine": "Mine",
    "overdue": "Overdue",
    "opportunities": "Opportunities",
    "snoozed": "Snoozed",
}
_HOW = (
    "A case opens when an alert rule holds for an account. It stands here until somebody ends it, or the rule no "
    "longer holds."
)
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A part of the queue."""

    name: View
    label: str
    href: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A row of the queue. `playbook` is a link to the web, "" where the rule's text is none. `is_again`: the row before
    is of the same account, so that its numbers stand there."""

    item: ActionItem
    key: str
    cause: str
    playbook: str
    playbook_name: str
    state: str
    next: str
    is_soon: bool
    is_again: bool


@router.get("/actions")
async def actions(
    framed: Framed,
    asked: Asked,
    view: Annotated[View, Query()] = "open",
    owner: Annotated[str, Query(max_length=300)] = "",
) -> HTMLResponse:
    """The queue, or a part of it."""
    found = await asked.actions(owner)
    return framed.page(
        "actions.html",
        page="actions",
        title="Actions",
        as_of_ms=found.as_of_ms,
        **actions_values(framed, found, view, owner),
    )


def actions_values(framed: Frame, found: ActionsView, view: View, owner: str) -> dict[str, Any]:
    """All that `actions.html` reads beside the frame."""
    look = framed.look
    parts = {name: _part(found, name, look) for name in _LABELS}
    good = parts["opportunities"]
    shown = parts[view]
    return {
        "view": view,
        "lead": lead_of(found.words),
        "head": _head(shown, look) if view != "opportunities" else "Good news, most MRR first",
        "tabs": [
            Tab(name=name, label=label, href=_address(name, owner), count=len(parts[name]))
            for name, label in _LABELS.items()
        ],
        "owners": _owners(found, view, owner),
        "items": tasks(shown, look),
        "good": tasks(good, look) if view == "open" else [],
        "empty": _empty(view, owner),
        "can_act": framed.person.may("act") and not framed.trouble,
        "account": account_path,
    }


def _head(items: Sequence[ActionItem], look: Look) -> str:
    """The money of an account counts once, however many cases it has."""
    risks = {item.row.account_id: item.row.at_risk or 0.0 for item in items}
    cases, accounts = counted(len(items), "cases"), counted(len(risks), "accounts")
    return f"{cases} of {accounts}, {look.money(sum(risks.values()))} at risk; most at risk first"


def tasks(items: Iterable[ActionItem], look: Look) -> list[Task]:
    """Rows, in the order of the items; those of one account come together, where its first one stands."""
    by_account: dict[str, list[ActionItem]] = {}
    for item in items:
        by_account.setdefault(item.row.account_id, []).append(item)
    return [
        Task(
            item=item,
            key=row_key(f"{item.row.account_id}\0{item.case.brief.rule}"),
            cause=cause_words(item.case),
            playbook=web_link(item.playbook),
            playbook_name=item.case.brief.label,
            state=state_words(item.case.brief, look),
            next=next_words(item.case.brief, look),
            is_soon=is_soon(item.case.brief, look.now_ms),
            is_again=place > 0,
        )
        for several in by_account.values()
        for place, item in enumerate(several)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """What stands in the place of a queue without rows."""

    title: str
    words: str
    ways: tuple[Choice, ...]


def _empty(view: View, owner: str) -> Empty:
    ways = [Choice(label="All open", href=_address("open", owner))] if view != "open" else []
    if owner:
        ways.append(Choice(label=f"Remove «owner is {owner}»", href=_address(view, "")))
    ways.append(Choice(label="Alert rules", href="/alerts?view=rules"))
    whose = f" of {owner}" if owner else ""
    titles: dict[View, str] = {
        "open": f"Nothing is open{whose}",
        "mine": "Nothing of yours is open",
        "overdue": f"Nothing{whose} is overdue",
        "opportunities": f"No opportunity{whose}",
        "snoozed": f"Nothing{whose} is snoozed",
    }
    return Empty(title=titles[view], words=_HOW, ways=tuple(ways))


def _part(found: ActionsView, view: View, look: Look) -> Sequence[ActionItem]:
    match view:
        case "opportunities":
            return found.opportunities
        case "mine":
            return [item for item in found.items if item.is_mine]
        case "overdue":
            return [item for item in found.items if is_overdue(item.case.brief, look.now_ms)]
        case "snoozed":
            return [item for item in found.items if item.case.brief.status == "snoozed"]
        case _:
            return [item for item in found.items if item.case.brief.status != "snoozed"]


def _address(view: View, owner: str) -> str:
    return with_query("/actions", [("view", "" if view == "open" else view), ("owner", owner)])


def _owners(found: ActionsView, view: View, owner: str) -> Menu:
    items = (*found.items, *found.opportunities)
    names = {item.case.brief.assignee or item.row.owner for item in items} | {owner}
    choices = [Choice(label="all", href=_address(view, ""), is_chosen=not owner)]
    choices += [
        Choice(label=name, href=_address(view, name), is_chosen=name == owner) for name in sorted(names) if name
    ]
    return Menu(label="Owner", chosen=owner or "all", choices=tuple(choices))
