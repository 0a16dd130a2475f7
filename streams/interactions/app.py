"""The web application: Slack's interactivity endpoint, and the pages of signed links. Only HTTP; `acting` acts."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from alerts.case_action import ACTIONS, CaseRef
from alerts.case_links import PATH, BadToken, CaseTokens
from alerts.step_words import moment, person
from alerts.text import plain
from scoring.instants import rfc3339
from scoring.result import ScoreSnapshot
from streams.interactions.acting import Acting, CommandNotSent, First
from streams.interactions.page import AUTHOR_LIMIT, HEADERS, CaseView, case_page, case_view, message_page
from streams.interactions.slack_request import BODY_BYTES, Click, NotSlack, click_of, verify
from streams.operations.interactions_metrics import InteractionsMetrics

READ_SECONDS = 5.0
FORM_BYTES = 4_096
NOT_SENT = "Vitals could not record this: nothing may have changed. Try again in a minute."
_LOG = logging.getLogger(__name__)

Tell = Callable[[str, str], Awaitable[None]]
"""Tells the person behind an answer URL something. Never raises."""
Look = Callable[[str], Awaitable[ScoreSnapshot | None]]
"""The snapshot of an account; None when there is none, or the read model does not answer. Never raises."""


class TooLarge(Exception):
    """A body beyond what any honest client sends."""


class Interactions:
    """The endpoints. `secrets` are Slack's signing secrets, none without an app; `tokens` is None without a key.

    `now` is the wall clock in seconds.
    """

    def __init__(
        self,
        acting: Acting,
        metrics: InteractionsMetrics,
        *,
        secrets: Collection[str],
        tokens: CaseTokens | None,
        tell: Tell,
        look: Look,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._acting = acting
        self._metrics = metrics
        self._secrets = tuple(secrets)
        self._tokens = tokens
        self._tell = tell
        self._look = look
        self._now = now

    def application(self) -> Starlette:
        """The application. It answers 404 to everything else."""
        routes = [
            Route("/slack/interactivity", self.slack, methods=["POST"]),
            Route(f"{PATH}{{token}}", self.show_case, methods=["GET"]),
            Route(f"{PATH}{{token}}", self.act_on_case, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    async def slack(self, request: Request) -> Response:
        """POST /slack/interactivity: 200 once the command is acknowledged, 401 to what is not Slack's of now, 503 when
        Kafka does not answer. Slack waits for three seconds."""
        try:
            body = await _body(request, BODY_BYTES)
            at_seconds = verify(body, request.headers, self._secrets, self._now())
            click = click_of(body, at_seconds)
        except NotSlack as error:
            self._metrics.interaction("slack", error.fault)
            _LOG.debug("a post to /slack/interactivity is %s", error.fault)  # anybody may post any number of them
            return Response(status_code=400 if error.fault == "malformed" else 401)
        except (TooLarge, TimeoutError, ClientDisconnect):
            self._metrics.interaction("slack", "malformed")
            return Response(status_code=413)
        if click is None:
            self._metrics.interaction("slack", "ignored")
            return Response()
        return await self._clicked(click)

    async def _clicked(self, click: Click) -> Response:
        try:
            first = await self._acting.act(click.ref, click.action, click.author, click.instant_ms)
        except CommandNotSent as error:
            self._metrics.interaction("slack", "not_sent")
            _LOG.error("a click is not recorded: %s", error)
            return Response(status_code=503, background=BackgroundTask(self._tell, click.answer_url, NOT_SENT))
        self._metrics.progressed()
        if first is None:
            self._metrics.interaction("slack", "acted")
            return Response()
        self._metrics.interaction("slack", "second")
        words = f"{plain(click.ref.account, AUTHOR_LIMIT)}: {was_first(first, ACTIONS[click.action].done)}"
        return Response(background=BackgroundTask(self._tell, click.answer_url, words))

    async def show_case(self, request: Request) -> Response:
        """GET /cases/TOKEN: the page. It changes nothing, also for a mail scanner, a preview or a robot."""
        ref = self._ref(request)
        if isinstance(ref, Response):
            return ref
        self._metrics.interaction("link", "shown")
        done = request.query_params.get("done", "")
        note = f"Recorded: {ACTIONS[done].done}. The messages follow within seconds." if done in ACTIONS else ""
        return _page(case_page(await self._view(ref), note=note))

    async def act_on_case(self, request: Request) -> Response:
        """POST /cases/TOKEN with `action` and `name`: does it, then leads back to the page, so that a reload repeats
        nothing."""
        ref = self._ref(request)
        if isinstance(ref, Response):
            return ref
        try:
            form = parse_qs((await _body(request, FORM_BYTES)).decode(), max_num_fields=10)
        except (TooLarge, TimeoutError, ClientDisconnect, ValueError):
            self._metrics.interaction("link", "malformed")
            return Response(status_code=413)
        action, name = form.get("action", [""])[0], form.get("name", [""])[0].strip()
        if action not in ACTIONS or not name:
            self._metrics.interaction("link", "incomplete")
            fault = "Fill in your name, then choose what to do."
            return _page(case_page(await self._view(ref), fault=fault, name=name), 422)
        author = f"{plain(name, AUTHOR_LIMIT)} (link)"
        try:
            first = await self._acting.act(ref, action, author, int(self._now() * 1_000))
        except CommandNotSent as error:
            self._metrics.interaction("link", "not_sent")
            _LOG.error("what a person did on a page is not recorded: %s", error)
            return _page(case_page(await self._view(ref), fault=NOT_SENT, name=name), 503)
        self._metrics.progressed()
        if first is not None:
            self._metrics.interaction("link", "second")
            return _page(case_page(await self._view(ref), note=was_first(first, ACTIONS[action].done)), 409)
        self._metrics.interaction("link", "acted")
        return RedirectResponse(f"{request.url.path}?done={action}", 303, headers=HEADERS)

    def _ref(self, request: Request) -> CaseRef | Response:
        try:
            if self._tokens is None:
                raise BadToken("Links are not in use here: VITALS_SECRET_LINKS is not set.")
            return self._tokens.read(request.path_params["token"], int(self._now() * 1_000))
        except BadToken as error:
            self._metrics.interaction("link", "bad_token")
            return _page(message_page("This link cannot be used", str(error)), 404)

    async def _view(self, ref: CaseRef) -> CaseView:
        return case_view(ref, await self._look(ref.account))


def was_first(first: First, done: str) -> str:
    """Who was first, in a sentence: "Ann was first: acknowledged at 21 November 10:00 UTC."."""
    return f"{person(first.author)} was first: {done}, {moment(rfc3339(first.at_ms // 1_000 * 1_000))}."


async def _body(request: Request, limit: int) -> bytes:
    """The raw body. Raises `TooLarge` beyond `limit` bytes, and `TimeoutError` when it does not come."""
    read = bytearray()
    async with asyncio.timeout(READ_SECONDS):
        async for chunk in request.stream():
            read += chunk
            if len(read) > limit:
                raise TooLarge
    return bytes(read)


def _page(text: str, status: int = 200) -> Response:
    return HTMLResponse(text, status, headers=HEADERS)
