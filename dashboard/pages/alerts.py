"""The alerts page: cases, why something was sent or was not, and what a rule file would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse

from dashboard.charts.case_life import case_life
from dashboard.live.keys import row_key
from dashboard.pages.frame import Frame, Framed
from dashboard.pages.parts.addresses import Choice, web_link, with_query
from dashboard.pages.parts.case_words import cause_words, next_words, state_words
from dashboard.pages.parts.sentences import lead_of
from dashboard.queries.account.told import without_account
from dashboard.queries.asked import Asked
from dashboard.queries.port import Queries
from dashboard.values.account import CaseStep, CaseView
from dashboard.values.alerts import AlertsView, RulePreview
from dashboard.values.listing import Row
from dashboard.wording.keys import account_path
from dashboard.wording.look import Look

View = Literal["cases", "decisions", "rules"]
_LABELS: dict[View, str] = {"cases": "Open cases", "decisions": "Latest decisions", "rules": "Rules and preview"}
OPENS_WHEN: Mapping[str, str] = {
    "tier": "the account is in its tier",
    "drop": "the score fell far in a short time",
    "flag": "a flag of the model holds",
    "condition": "its conditions on signals hold",
    "mrr": "the MRR changed by much",
    "forecast": "silence would bring a worse tier soon",
}
"""What opens a case, by the kind of rule."""
ROWS_MAX = 200
"""Cases of the list whose accounts' tiers are looked up."""
RULES_MAX = 200_000
"""Letters of a rule file that is previewed."""
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The case at the right: what is shown of it beside its own values. `row` is its account's, None when forgotten."""

    case: CaseView
    row: Row | None
    key: str
    cause: str
    state: str
    next: str
    playbook: str
    life: Markup
    decisions: Sequence[CaseStep]
    people: Sequence[CaseStep]


@router.get("/alerts")
async def alerts(
    framed: Framed,
    asked: Asked,
    view: Annotated[View, Query()] = "cases",
    case: Annotated[str, Query(max_length=300)] = "",
) -> HTMLResponse:
    """The page, with one case chosen: the first unless its address names another."""
    found = await asked.alerts()
    if view != "cases":
        return _page(framed, found, view)
    shown = next((each for each in found.cases if each.brief.id == case), None)
    if shown is None and case:
        shown = await asked.case(case)
    shown = shown or next(iter(found.cases), None)
    rows = await _rows(asked, [*([shown] if shown else []), *found.cases])
    chosen = chosen_of(shown, rows.get(shown.account_id), framed.look) if shown else None
    return _page(
        framed,
        found,
        view,
        chosen,
        rows=rows,
        is_chosen=bool(case),
        is_lost=bool(case) and (chosen is None or chosen.case.brief.id != case),
    )


@router.get("/alerts/preview")
async def preview_again(_: Framed) -> RedirectResponse:
    """Where a preview's address leads when it is opened again: the form, for a preview is nowhere kept."""
    return RedirectResponse("/alerts?view=rules", status_code=303)


@router.post("/alerts/preview")
async def preview(
    framed: Framed,
    asked: Asked,
    rules: Annotated[str, Form(max_length=RULES_MAX)] = "",
) -> HTMLResponse:
    """What a rule file would open now. Nothing is kept or sent."""
    found = await asked.alerts()
    shown = await asked.preview(rules) if rules.strip() else None
    return _page(framed, found, "rules", preview=shown, rules=rules)


def _page(
    framed: Frame,
    found: AlertsView,
    view: View,
    chosen: Chosen | None = None,
    *,
    rows: Mapping[str, Row] = MappingProxyType({}),
    is_lost: bool = False,
    is_chosen: bool = False,
    preview: RulePreview | None = None,
    rules: str = "",
) -> HTMLResponse:
    values = alerts_values(framed, found, view, chosen, rows)
    return framed.page(
        "alerts.html",
        page="alerts",
        title=f"{chosen.case.account}, case" if chosen else "Alerts",
        as_of_ms=found.as_of_ms,
        is_lost=is_lost,
        is_chosen=is_chosen,
        preview=preview,
        rules=rules,
        **values,
    )


def alerts_values(
    framed: Frame, found: AlertsView, view: View, chosen: Chosen | None, rows: Mapping[str, Row]
) -> dict[str, Any]:
    """What `alerts.html` reads beside the frame and a preview. `rows` are those of the cases' accounts, by id."""
    look = framed.look
    counts = {"cases": len(found.cases), "decisions": len(found.decisions), "rules": len(found.rules)}
    return {
        "view": found,
        "part": view,
        "lead": lead_of(found.words),
        "tabs": [
            Choice(label=label, href=with_query("/alerts", [("view", "" if name == "cases" else name)]), head=name)
            for name, label in _LABELS.items()
        ],
        "counts_of": counts,
        "cases": [
            (each, row_key(each.brief.id), state_words(each.brief, look), _tier(rows.get(each.account_id)))
            for each in found.cases
        ],
        "chosen": chosen,
        "without_account": without_account,
        "opens_when": OPENS_WHEN,
        "can_act": framed.person.may("act") and not framed.trouble,
        "account": account_path,
    }


async def _rows(asked: Queries, cases: Sequence[CaseView]) -> dict[str, Row]:
    wanted = tuple(dict.fromkeys(case.account_id for case in cases[:ROWS_MAX]))
    return {row.account_id: row for row in await asked.rows(wanted)} if wanted else {}


def _tier(row: Row | None) -> str:
    return row.tier if row else ""


def chosen_of(case: CaseView, row: Row | None, look: Look) -> Chosen:
    """What is shown of a case, the newest step first."""
    newest = tuple(reversed(case.steps))
    return Chosen(
        case=case,
        row=row,
        key=row_key(case.brief.id),
        cause=cause_words(case),
        state=state_words(case.brief, look),
        next=next_words(case.brief, look),
        playbook=web_link(case.brief.playbook),
        life=case_life(look, case),
        decisions=newest,
        people=[step for step in newest if step.by or step.note],
    )
