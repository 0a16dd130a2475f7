"""Where the numbers come from: freshness, lag, dead letters, ids that belong to nobody yet."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.acts.acts import Acting
from dashboard.api.answering import answered, done_answer
from dashboard.api.asking import Reader
from dashboard.api.bodies import ActAnswer, AttributeBody
from dashboard.api.documented import ACT, READ
from dashboard.queries.asked import Asked
from dashboard.values.sources import SourcesView

part = APIRouter(tags=["sources"])


@part.get("/sources", response_model=SourcesView, responses=READ)
async def sources(request: Request, asked: Asked, _: Reader) -> Response:
    """Freshness of each source, lag of each consumer group, dead letters, unattributed ids."""
    return answered(request, await asked.sources())


@part.post("/dead-letters/{letter_id}/replay", response_model=ActAnswer, responses=ACT)
async def replay(request: Request, acting: Acting, letter_id: str, person: Reader) -> Response:
    """Send a dead letter again."""
    return done_answer(request, await acting.sources.replay(person, letter_id))


@part.post("/unattributed", response_model=ActAnswer, responses=ACT)
async def attribute(request: Request, acting: Acting, body: AttributeBody, person: Reader) -> Response:
    """Say whose an id of another system is. Events that wait for it follow within seconds."""
    return done_answer(request, await acting.sources.attribute(person, body.kind, body.id, body.account_id))
