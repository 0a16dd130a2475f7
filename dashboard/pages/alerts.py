"""The alerts page: cases, why something was sent or was not, and what a rule file would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Query, UploadFile
from markupsafe import Markup
from starlette.responses import HTMLResponse

from dashboard.charts.case_life import case_life
from dashboard.live.keys import row_key
from dashboard.pages.addresses import Choice, web_link, with_query
from dashboard.pages.case_words import next_words, state_words
from dashboard.pages.frame import Frame, Framed
from dashboard.pages.sentences import lead_of
from dashboard.queries.asked import Asked
from dashboard.queries.port import Queries, UnknownAccount
from dashboard.values.account import CaseStep, CaseView
from dashboard.values.alerts import AlertsView, RulePreview
from dashboard.values.listing import Row
from dashboard.wording.keys import account_path
from dashboard.wording.look import Look

View = Literal["cases", "decisions", "rules"]
_LABELS: dict[View, str] = {"cases": "Open cases", "decisions": "Decisions", "rules": "Rules and preview"}
SEVERITY_TONES = {"critical": "red", "warning": "yellow", "info": "mid", "good": "green"}
RULES_MAX = 200_000
"""Letters of a rule file that is previewed."""
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The case at the right: what is shown of it beside its own values. `row` is its account's, None when forgotten."""

    case: CaseView
    row: Row | None
    key: str
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
    chosen = await _chosen(asked, found, case, framed.look) if view == "cases" else None
    return _page(framed, found, view, chosen, is_lost=bool(case) and (chosen is None or chosen.case.brief.id != case))


@router.post("/alerts/preview")
async def preview(
    framed: Framed,
    asked: Asked,
    rules: Annotated[str, Form(max_length=RULES_MAX)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> HTMLResponse:
    """What a rule file would open now. Nothing is kept or sent."""
    text = rules
    if file is not None and file.filename:
        text = (await file.read(RULES_MAX)).decode("utf-8", "replace")
    found = await asked.alerts()
    shown = await asked.preview(text) if text.strip() else None
    return _page(framed, found, "rules", None, preview=shown, rules=text)


def _page(
    framed: Frame,
    found: AlertsView,
    view: View,
    chosen: Chosen | None,
    *,
    is_lost: bool = False,
    preview: RulePreview | None = None,
    rules: str = "",
) -> HTMLResponse:
    values = alerts_values(framed, found, view, chosen)
    return framed.page(
        "alerts.html",
        page="alerts",
        title=f"{chosen.case.account}, case" if chosen else "Alerts",
        as_of_ms=found.as_of_ms,
        is_lost=is_lost,
        preview=preview,
        rules=rules,
        **values,
    )


def alerts_values(framed: Frame, found: AlertsView, view: View, chosen: Chosen | None) -> dict[str, Any]:
    """What `alerts.html` reads beside the frame and a preview."""
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
        "cases": [(each, row_key(each.brief.id), state_words(each.brief, look)) for each in found.cases],
        "chosen": chosen,
        "tones": SEVERITY_TONES,
        "can_act": framed.person.may("act") and not framed.trouble,
        "account": account_path,
    }


async def _chosen(asked: Queries, found: AlertsView, case_id: str, look: Look) -> Chosen | None:
    case = next((each for each in found.cases if each.brief.id == case_id), None)
    if case is None and case_id:
        case = await asked.case(case_id)
    case = case or next(iter(found.cases), None)
    if case is None:
        return None
    try:
        row = next(iter(await asked.rows((case.account_id,))), None)
    except UnknownAccount:
        row = None
    return chosen_of(case, row, look)


def chosen_of(case: CaseView, row: Row | None, look: Look) -> Chosen:
    """What is shown of a case, the newest step first."""
    newest = tuple(reversed(case.steps))
    return Chosen(
        case=case,
        row=row,
        key=row_key(case.brief.id),
        state=state_words(case.brief, look),
        next=next_words(case.brief, look),
        playbook=web_link(case.brief.playbook),
        life=case_life(look, case),
        decisions=newest,
        people=[step for step in newest if step.by or step.note],
    )
