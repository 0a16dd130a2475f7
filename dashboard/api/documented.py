"""What the document of the API says of answers that are no success: every one is a problem (RFC 9457)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from dashboard.errors import PROBLEM


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`detail` says what is wrong and what to do. `type` is "about:blank": the status says what kind it is."""

    type: str
    title: str
    status: int
    detail: str


_WORDS: Final = {
    304: "Nothing changed since the version that If-None-Match names.",
    400: "A filter, an order, a cursor or a span cannot be used; the detail names it.",
    401: "No key, or one that lets nobody in.",
    403: "The key or the role may not do this.",
    404: "There is no such thing, or it was forgotten.",
    408: "The body did not come in time.",
    409: "Somebody did it already.",
    413: "The body is too large.",
    421: "Local mode answers only to this machine's own name.",
    422: "A field cannot be used; the detail names it.",
    429: "Too many wrong keys; see Retry-After.",
    503: "Redis or Kafka does not answer; see Retry-After.",
}
ALWAYS: Final = (401, 403, 421, 422, 429, 503)
Responses = dict[int | str, dict[str, Any]]


def problems(*more: int) -> Responses:
    """The documentation of what any request may get, and of these statuses."""
    found: Responses = {}
    for status in sorted({*ALWAYS, *more}):
        found[status] = {"description": _WORDS[status]}
        if status != 304:
            found[status]["content"] = {PROBLEM: {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}}
    return found


READ: Final = problems(304)
READ_ONE: Final = problems(304, 404)
ACT: Final = problems(404, 408, 409, 413)
