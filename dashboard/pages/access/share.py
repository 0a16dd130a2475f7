"""A share link's page and its JSON: for anybody with the key, in any frame, kept by nobody."""

from __future__ import annotations

from typing import Annotated, Final, cast

import msgspec
from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from dashboard.doors.entrance import where
from dashboard.pages.frame import now_ms
from dashboard.pages.shell.environment import environment
from dashboard.pages.stylesheet import stylesheet_url
from dashboard.queries.port import BadRequest
from dashboard.sharing.links import Links, NoLink, TooOften
from dashboard.wording.look import Look
from streams.read_model.port import ReadModelUnavailable

router = APIRouter(prefix="/share", include_in_schema=False)
JSON: Final = ".json"
_ENDED: Final = "This link shows nothing. It may be over, or not whole: ask the person who gave it to you."
_OFTEN: Final = "Too many requests: wait a minute, then load this page again."
_LATER: Final = "There is no answer at the moment: load this page again in a minute."
HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors *"
    ),
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "cross-origin",
    "cross-origin-opener-policy": "unsafe-none",
}
"""A page that may stand in any frame has no script and no form: there is nothing in it to be clicked on by trick."""
_JSON_HEADERS: Final = {**HEADERS, "access-control-allow-origin": "*"}


def links(request: Request) -> Links:
    """The links of this dashboard: a dependency."""
    return cast(Links, request.app.state.links)


Linked = Annotated[Links, Depends(links)]


@router.get("/{share_id}/{key}")
async def show_by_path(request: Request, share_id: str, key: str, linked: Linked) -> Response:
    """As `show`, with the key in the path."""
    return await _shown(request, share_id, key, linked)


@router.get("/{share_id}")
async def show(request: Request, share_id: str, linked: Linked, key: str = "") -> Response:
    """The page; with `.json` at the end of the id, the same as JSON, for any site."""
    return await _shown(request, share_id, key, linked)


async def _shown(request: Request, share_id: str, key: str, linked: Links) -> Response:
    is_json = share_id.endswith(JSON) or key.endswith(JSON)
    try:
        view = await linked.shown(share_id.removesuffix(JSON), key.removesuffix(JSON), where(request.scope))
    except NoLink:
        return _without_view(_ENDED, 404, is_json)
    except (ReadModelUnavailable, BadRequest):  # its words are for people of ours
        return _without_view(_LATER, 503, is_json, {"retry-after": "5"})
    except TooOften as often:
        return _without_view(_OFTEN, 429, is_json, {"retry-after": str(often.seconds)})
    if is_json:
        return Response(msgspec.json.encode(view), headers=_JSON_HEADERS, media_type="application/json")
    look = Look(now_ms=now_ms(), currency=view.currency)
    values = {"view": view, "look": look, "stylesheet": stylesheet_url()}
    return HTMLResponse(environment().get_template("share.html").render(values), headers=HEADERS)


def _without_view(words: str, status: int, is_json: bool, more: dict[str, str] | None = None) -> Response:
    """The same for every link that shows nothing."""
    if is_json:
        problem = {"type": "about:blank", "status": status, "detail": words}
        headers = {**_JSON_HEADERS, **(more or {})}
        return Response(msgspec.json.encode(problem), status, headers, media_type="application/problem+json")
    values = {"words": words, "stylesheet": stylesheet_url()}
    page = environment().get_template("share_ended.html").render(values)
    return HTMLResponse(page, status, {**HEADERS, **(more or {})})
