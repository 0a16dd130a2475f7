"""What a request gets that goes wrong: a page for people, problem+json (RFC 9457) for programs, no secret in either."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.doors.entrance import Refusal
from dashboard.doors.genuine import SAFE_METHODS
from dashboard.doors.login import login_path
from dashboard.pages.states import state_page
from dashboard.queries.port import BadRequest, UnknownAccount
from streams.read_model.port import ReadModelUnavailable

PROBLEM: Final = "application/problem+json"
RETRY_SECONDS: Final = "5"
BUG: Final = "Something is wrong with this dashboard: its log says what. Try again, or ask who runs it."


def wants_page(scope: Scope) -> bool:
    """Whether a person reads the answer in a browser."""
    path, accept = scope["path"], Headers(scope=scope).get("accept", "")
    return "text/html" in accept and not path.startswith("/api/")


def answer(
    scope: Scope, status: int, words: str, headers: dict[str, str] | None = None, *, title: str = ""
) -> Response:
    """A page, or a problem. `words` say what to do; the title is that of the status unless one is given."""
    if wants_page(scope):
        return state_page(scope, status, words, headers, title=title)
    title = title or HTTPStatus(status).phrase
    problem = {"type": "about:blank", "title": title, "status": status, "detail": words}
    return JSONResponse(problem, status, headers, media_type=PROBLEM)


def refused(refusal: Refusal) -> ASGIApp:
    """The application that answers what the entrance lets go no further."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"retry-after": str(refusal.wait_seconds)} if refusal.wait_seconds else {}
        made = not_let_in(scope, refusal.words) if refusal.status == 401 else None
        await (made or answer(scope, refusal.status, refusal.words, headers))(scope, receive, send)

    return app


def not_let_in(scope: Scope, words: str) -> Response:
    """To the login, for somebody who wants a page; else 401."""
    has_login = getattr(scope["app"].state, "login", None) is not None
    has_key = "authorization" in Headers(scope=scope)
    if has_login and not has_key and wants_page(scope) and scope["method"] in SAFE_METHODS:
        query = scope.get("query_string", b"").decode("ascii", "replace")
        return RedirectResponse(login_path(f"{scope['path']}?{query}" if query else scope["path"]), 303)
    return answer(scope, 401, words, {"www-authenticate": "Bearer"})


def handle_errors(app: FastAPI) -> None:
    """Register what answers each kind of error."""

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        scope = request.scope
        if error.status_code == 401:
            return not_let_in(scope, str(error.detail))
        headers: dict[str, Any] = dict(error.headers or {})
        words = "There is nothing at this address." if error.detail == "Not Found" else str(error.detail)
        return answer(scope, error.status_code, words, headers)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        faults = "; ".join(f"{'.'.join(map(str, each['loc'][1:]))}: {each['msg']}" for each in error.errors()[:5])
        return answer(request.scope, 422, f"The request cannot be used: {faults}.")

    @app.exception_handler(UnknownAccount)
    async def on_unknown(request: Request, _: UnknownAccount) -> Response:
        return answer(request.scope, 404, "There is no such account, or it was forgotten.")

    @app.exception_handler(BadRequest)
    async def on_bad(request: Request, error: BadRequest) -> Response:
        return answer(request.scope, 400, str(error))

    @app.exception_handler(ReadModelUnavailable)
    async def on_unavailable(request: Request, error: ReadModelUnavailable) -> Response:
        return answer(request.scope, 503, str(error), {"retry-after": RETRY_SECONDS})


async def logged_out(request: Request) -> Response:
    """GET /logged-out: what they see then. Nobody has to be logged in for it."""
    return answer(request.scope, 200, "Your session has ended. To go on, log in again.", title="Logged out")
