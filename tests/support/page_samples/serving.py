"""The pages over samples, as an application to ask."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.app import routers
from dashboard.doors.identity import LOCAL_PERSON, Person, admit
from dashboard.errors import handle_errors
from dashboard.pages.frame import clock
from dashboard.queries.port import Queries
from dashboard.values.dashboard_file import DashboardFile
from streams.workspace.table import WorkspaceTable
from tests.support.page_samples.accounts import NOW_MS
from tests.support.page_samples.asked import sample_queries


@dataclass(frozen=True, slots=True)
class Keeping:
    """A workspace in which nobody has written anything."""

    table: WorkspaceTable


class Admitted:
    """Lets everybody in as one person; nobody where there is none."""

    def __init__(self, app: ASGIApp, person: Person | None) -> None:
        self._app, self._person = app, person

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self._person is not None:
            admit(scope, self._person)
        await self._app(scope, receive, send)


async def _clock() -> int:
    return NOW_MS


def pages(queries: Queries | None = None, person: Person | None = LOCAL_PERSON) -> TestClient:
    """A browser without script, before the pages."""
    app = FastAPI(openapi_url=None)
    app.state.queries = queries or sample_queries()
    app.state.file = DashboardFile()
    app.state.workspace = Keeping(WorkspaceTable())
    for router in routers():
        app.include_router(router)
    handle_errors(app)
    app.dependency_overrides[clock] = _clock
    app.add_middleware(Admitted, person=person)
    return TestClient(app, headers={"accept": "text/html"})
