"""The API over a book in memory, as an application to ask. Nothing can be done by it: acts need Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.api.routes import router
from dashboard.doors.identity import LOCAL_PERSON, Person, admit
from dashboard.errors import handle_errors
from dashboard.queries.ground import Ground
from dashboard.queries.service import Service
from scoring.result import ScoreSnapshot
from tests.support.dashboard.answers import models_of
from tests.support.dashboard.ground import a_ground


class Admitted:
    """Lets everybody in as one person; nobody where there is none."""

    def __init__(self, app: ASGIApp, person: Person | None) -> None:
        self._app, self._person = app, person

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._person is not None:
            admit(scope, self._person)
        await self._app(scope, receive, send)


def api_of(answers: Sequence[ScoreSnapshot], person: Person | None = LOCAL_PERSON) -> tuple[TestClient, Ground]:
    """A client of the API, and what it stands on."""
    ground = asyncio.run(a_ground(answers, models_of("default")))
    app = FastAPI(openapi_url=None)
    app.state.queries = Service(ground)
    app.include_router(router)
    handle_errors(app)
    app.add_middleware(Admitted, person=person)
    return TestClient(app), ground
