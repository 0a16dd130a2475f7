"""The addresses of the streams: `/live` for pages, `/api/v1/events` for programs."""

from __future__ import annotations

import random
import re
from typing import Annotated, Final

from fastapi import APIRouter, Header, HTTPException, Query, Request
from starlette.responses import Response

from dashboard.doors.identity import Reading
from dashboard.live.hub import Hub, TooMany
from dashboard.live.keys import KEY_LETTERS, row_key
from dashboard.live.listener import Listener
from dashboard.live.stream import EventStream
from dashboard.live.views import JSON

ROWS_MAX: Final = 500
VIEW_LETTERS_MAX: Final = 4_000
AGE_MAX_MS: Final = 86_400_000
_KEYS = re.compile(rf"[A-Za-z0-9_-]{{{KEY_LETTERS}}}")
_PLACE = re.compile(r"[\w-]{1,20}\.[\w-]{1,40}\.\d{1,18}")
_NOWHERE: Final = "-"
"""No place of the stream: it is not known what a client missed since, so it fetches its page again."""
LastEventId = Annotated[str, Header(alias="last-event-id", max_length=80)]
router = APIRouter()


@router.get("/live", include_in_schema=False)
async def live(
    request: Request,
    _: Reading,
    page: Annotated[str, Query(max_length=20, pattern="^[a-z_]*$")] = "",
    view: Annotated[str, Query(max_length=VIEW_LETTERS_MAX)] = "",
    rows: Annotated[str, Query(max_length=ROWS_MAX * (KEY_LETTERS + 1))] = "",
    since: Annotated[str, Query(max_length=80)] = "",
    age: Annotated[int, Query(ge=0)] = 0,
    last_event_id: LastEventId = "",
) -> Response:
    """One tab's stream: the rows that it shows, what the top bar says, and when the page is to be fetched again."""
    keys = frozenset(key for key in rows.split(".") if key)
    if page == JSON or not all(_KEYS.fullmatch(key) for key in keys):
        raise HTTPException(400, "This address of a stream was not made by a page: load the page again.")
    # A page of the list that shows no list, such as «no such account», has no view.
    listener = Listener(page if view or not request.app.state.hub.views.has_rows(page) else "", view, keys)
    return await _stream(request, listener, last_event_id or since, min(age, AGE_MAX_MS) / 1000)


@router.get("/api/v1/events", include_in_schema=False)
async def events(
    request: Request,
    _: Reading,
    account: Annotated[list[str] | None, Query(max_length=ROWS_MAX)] = None,
    last_event_id: LastEventId = "",
) -> Response:
    """Rows as JSON whenever they change, at most one a second each: of these accounts, or of all. After a gap there
    is one event `resync`: ask for the list again."""
    keys = frozenset(map(row_key, account)) if account else None
    return await _stream(request, Listener(JSON, "", keys), last_event_id, 0.0)


async def _stream(request: Request, listener: Listener, last_id: str, age_seconds: float) -> Response:
    hub: Hub = request.app.state.hub
    try:
        place = last_id if _PLACE.fullmatch(last_id) else _NOWHERE if last_id else ""
        await hub.join(listener, last_id=place, age_seconds=age_seconds)
    except TooMany:
        wait = str(random.randrange(5, 30))
        raise HTTPException(503, "Too many pages are open: this one is not live.", {"retry-after": wait}) from None
    except ValueError as error:
        raise HTTPException(400, f"{error}: load the page again.") from None
    return EventStream(listener, lambda is_dropped: hub.leave(listener, is_dropped=is_dropped))
