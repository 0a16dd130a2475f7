"""What an act answers to a browser: back to the page with a sentence on it, or the sentence alone.

The sentence travels in a cookie of a minute, so that no address can be made that puts words into a page of ours.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from dashboard.acts.done import Done, Outcome
from dashboard.doors.paths import own_path

COOKIE: Final = "vitals-said"
SECONDS: Final = 60
WORDS_MAX_CHARACTERS: Final = 600


@dataclass(frozen=True, slots=True)
class Said:
    """What became of the act before this page: an outcome of `Done`, and its words."""

    outcome: Outcome
    words: str


def said_of(request: Request) -> Said | None:
    """What the page has to say first; None for nothing. Who shows it calls `unsaid` on the answer."""
    text = request.cookies.get(COOKIE, "")
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text), type=Said) if text else None
    except (ValueError, msgspec.DecodeError):
        return None


def unsaid(response: Response) -> None:
    """It is shown: once is enough."""
    response.delete_cookie(COOKIE, path="/")


def answer(request: Request, done: Done, back: str) -> Response:
    """By what the client takes: JSON, a part of a page for htmx, or the way back to the page."""
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"outcome": done.outcome, "words": done.words, "id": done.id}, done.status)
    if request.headers.get("hx-request") == "true":
        tone = "good" if done.is_done else "bad"
        part = (
            f'<p class="banner {tone}" data-outcome="{done.outcome}" role="status"><bdi>{escape(done.words)}</bdi></p>'
        )
        return HTMLResponse(part, done.status)
    response = RedirectResponse(own_path(back), 303)
    value = msgspec.json.encode(Said(done.outcome, done.words[:WORDS_MAX_CHARACTERS]))
    text = base64.urlsafe_b64encode(value).decode()
    is_secure = request.app.state.doors.address.startswith("https:")
    response.set_cookie(COOKIE, text, max_age=SECONDS, path="/", secure=is_secure, httponly=True, samesite="lax")
    return response
