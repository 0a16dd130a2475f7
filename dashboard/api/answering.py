"""Answers: values as JSON by msgspec, with an ETag that costs nothing to compare."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from dashboard.acts.done import Done
from dashboard.api.bodies import ActAnswer
from dashboard.errors import answer as problem

JSON: Final = "application/json"
REVALIDATED: Final = "private, no-cache"
RETRY_SECONDS: Final = "5"


def answered(request: Request, value: object) -> Response:
    """The value as JSON; 304 where the client has the same."""
    return _tagged(request, msgspec.json.encode(value), JSON)


def text_answer(request: Request, text: str, media_type: str, filename: str = "") -> Response:
    """A text; with a filename it is a download."""
    response = _tagged(request, text.encode(), f"{media_type}; charset=utf-8")
    if filename and response.status_code == 200:
        response.headers["content-disposition"] = f'attachment; filename="{filename}"'
    return response


def once(value: object, status: int = 200) -> Response:
    """The value as JSON, not to be kept: what somebody did, or asked to have worked out."""
    return Response(msgspec.json.encode(value), status, media_type=JSON)


def done_answer(request: Request, done: Done, *, status: int = 200) -> Response:
    """What became of an act."""
    if done.is_done:
        return once(ActAnswer(outcome=done.outcome, words=done.words, id=done.id, secret=done.secret), status)
    headers = {"retry-after": RETRY_SECONDS} if done.status == 503 else None
    return problem(request.scope, done.status, done.words, headers)


def _tagged(request: Request, body: bytes, media_type: str) -> Response:
    tag = f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "cache-control": REVALIDATED}
    if _matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def _matches(wanted: str, tag: str) -> bool:
    """By weak comparison.

    >>> _matches('"a", W/"b"', 'W/"b"'), _matches("*", 'W/"b"'), _matches("", 'W/"b"')
    (True, True, False)
    """
    opaque = tag.removeprefix("W/")
    return any(each.strip().removeprefix("W/") in (opaque, "*") for each in wanted.split(","))
