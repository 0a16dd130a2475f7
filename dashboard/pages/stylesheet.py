"""All style sheets as one: the files of `static/css`, joined in an order, under one address."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from dashboard.static_files import FOLDER, IMMUTABLE, static_files

FIRST: Final = ("tokens", "base", "shell", "parts", "table", "charts")
"""What the others build on, in this order; they follow by name, and `print` comes last."""
LAST: Final = ("print",)
NAME: Final = "vitals.css"
router = APIRouter(include_in_schema=False)


def joined(folder: Path = FOLDER / "css") -> str:
    """The files as one text. Blocks."""
    names = {path.stem for path in folder.glob("*.css")}
    others = sorted(names - {*FIRST, *LAST})
    order = [name for name in (*FIRST, *others, *LAST) if name in names]
    return "\n".join((folder / f"{name}.css").read_text("utf-8") for name in order)


@cache
def _bodies() -> tuple[bytes, bytes]:
    body = joined().encode()
    return body, gzip.compress(body, 9, mtime=0)


def stylesheet_url() -> str:
    """Beside the other static files, so that the font's address in it is relative; it changes when any of them does."""
    return f"/static/{static_files().version}/{NAME}"


@router.get("/static/{version}/" + NAME)
async def stylesheet(request: Request, version: str) -> Response:
    plain, packed = _bodies()
    is_current = version == static_files().version
    headers = {"cache-control": IMMUTABLE if is_current else "no-cache", "vary": "accept-encoding"}
    body = plain
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = packed, "gzip"
    return Response(body, headers=headers, media_type="text/css")
