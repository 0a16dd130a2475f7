"""Cases: what is open, which decisions were made, and what people do about it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.acts.acts import Acting
from dashboard.acts.cases import CaseRequest
from dashboard.acts.ground import wall_ms
from dashboard.api.answering import answered, done_answer, once
from dashboard.api.asking import Reader
from dashboard.api.bodies import ActAnswer, CaseAct, CaseVerb, RulesBody
from dashboard.api.documented import ACT, READ, READ_ONE, problems
from dashboard.errors import answer as problem
from dashboard.queries.asked import Asked
from dashboard.values.account import CaseView
from dashboard.values.alerts import AlertsView, Decision, RulePreview
from scoring.instants import DAY_MS

part = APIRouter(tags=["cases"])


@part.get("/cases", response_model=tuple[CaseView, ...], responses=READ)
async def cases(request: Request, asked: Asked, _: Reader) -> Response:
    """The open cases, the gravest first."""
    return answered(request, (await asked.alerts()).cases)


@part.get("/cases/{case_id}", response_model=CaseView, responses=READ_ONE)
async def case(request: Request, asked: Asked, case_id: str, _: Reader) -> Response:
    """One case with its steps and decisions."""
    found = await asked.case(case_id)
    if found is None:
        return problem(request.scope, 404, "There is no such case: it may be over, or the account forgotten.")
    return answered(request, found)


@part.post("/cases/{case_id}/{verb}", response_model=ActAnswer, responses=ACT)
async def act(
    request: Request, acting: Acting, case_id: str, verb: CaseVerb, body: CaseAct, person: Reader
) -> Response:
    """Acknowledge, snooze, wake, assign, resolve, or note an action. The case follows within a second."""
    until_ms = wall_ms() + round(body.days * DAY_MS) if verb == "snooze" and body.days else 0
    asked = CaseRequest(command=verb, until_ms=until_ms, assignee=body.assignee, reason=body.reason, action=body.action)
    return done_answer(request, await acting.cases.act(person, case_id, asked))


@part.get("/alerts", response_model=AlertsView, responses=READ)
async def alerts(request: Request, asked: Asked, _: Reader) -> Response:
    """Open cases, the latest decisions, and the rules with what they sent and suppressed."""
    return answered(request, await asked.alerts())


@part.get("/decisions", response_model=tuple[Decision, ...], responses=READ)
async def decisions(request: Request, asked: Asked, _: Reader) -> Response:
    """The latest decisions about any account, the newest first."""
    return answered(request, (await asked.alerts()).decisions)


@part.post("/alerts/preview", response_model=RulePreview, responses=problems(400, 408, 413))
async def preview(asked: Asked, body: RulesBody, _: Reader) -> Response:
    """What a rule file would open now: its faults, or the accounts that each rule holds for."""
    return once(await asked.preview(body.rules))
