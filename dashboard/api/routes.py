"""All routes of the API under /api/v1, its stream, and its document."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter
from starlette.responses import Response

from dashboard.api import accounts, book, cases, models, sources, workspace
from dashboard.api.answering import answered
from dashboard.api.documented import Problem, problems
from dashboard.live.routes import events

PREFIX: Final = "/api/v1"
STREAM: Final = {"text/event-stream": {"schema": {"type": "string"}}}
router = APIRouter(prefix=PREFIX)
for each in (workspace, accounts, book, cases, models, sources):  # workspace first: its paths are longer
    router.include_router(each.part)
router.add_api_route(
    "/events",
    events,
    tags=["events"],
    response_class=Response,
    responses={**problems(400), 200: {"content": STREAM, "description": "Server-sent events."}},
)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, 3.1."""
    found = get_openapi(
        title="Vitals",
        version="1",
        summary="Health of accounts: scores, why they are what they are, and what people do about them.",
        routes=router.routes,
    )
    found["components"]["schemas"][Problem.__name__] = TypeAdapter(Problem).json_schema()
    found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    found["security"] = [{"key": []}]
    plain: dict[str, Any] = _plain_pairs(found)
    return plain


def _plain_pairs(value: Any) -> Any:
    """Arrays of a fixed length by what their items may be: more readers know that than `prefixItems`."""
    if isinstance(value, list):
        return [_plain_pairs(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _plain_pairs(each) for name, each in value.items()}
    if isinstance(items := found.pop("prefixItems", None), list):
        kinds = [each for number, each in enumerate(items) if each not in items[:number]]
        found["items"] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    return found


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """The document of this API."""
    return answered(request, document())
