"""`/more`: on a phone, the pages and settings that its bottom bar has no room for."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from dashboard.pages.frame import Framed

router = APIRouter(include_in_schema=False)


@router.get("/more")
async def more(framed: Framed) -> HTMLResponse:
    """The page."""
    return framed.page("more.html", page="more", title="More", as_of_ms=0, live="")
