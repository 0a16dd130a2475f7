"""The static files: read once, compressed once, served under an address that changes with any of them.

One hash stands for all files, so that one file may name another by a relative address.
"""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

FOLDER = Path(__file__).parent / "static"
IMMUTABLE = "public, max-age=31536000, immutable"
_HASH_LETTERS = 12
_SMALL_BYTES = 512
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
_TEXTS = ("text/", "image/svg+xml", "application/json", "application/manifest+json")


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    gzipped: bytes
    kind: str


class StaticFiles:
    """The files of a folder, in memory."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read them. Blocks."""
        self._files = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }
        whole = sha256()
        for name, file in self._files.items():
            whole.update(f"{name}\0{len(file.body)}\0".encode() + file.body)
        self.version = whole.hexdigest()[:_HASH_LETTERS]

    def url(self, name: str) -> str:
        """The address of a file, like `css/base.css`; it changes when any file does.

        Raises:
            KeyError: when there is no such file.
        """
        if name not in self._files:
            raise KeyError(name)
        return f"/static/{self.version}/{name}"

    def route(self) -> Route:
        """The route that serves them: `/static/VERSION/NAME`. An old version gets the file of now, not to be kept."""
        return Route("/static/{version}/{name:path}", self._serve, methods=["GET", "HEAD"])

    async def _serve(self, request: Request) -> Response:
        file = self._files.get(request.path_params["name"])
        if file is None:
            return PlainTextResponse("There is no such file.", 404)
        is_current = request.path_params["version"] == self.version
        headers = {"cache-control": IMMUTABLE if is_current else "no-cache", "vary": "accept-encoding"}
        body = file.body
        if file.gzipped and "gzip" in request.headers.get("accept-encoding", ""):
            body, headers["content-encoding"] = file.gzipped, "gzip"
        return Response(body, headers=headers, media_type=file.kind)


@cache
def static_files() -> StaticFiles:
    """Those of the dashboard, read when first asked for. Blocks then."""
    return StaticFiles()


def static_url(name: str) -> str:
    """The address of one of the dashboard's static files, for templates."""
    return static_files().url(name)


def _read(path: Path) -> _File:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    is_text = kind.startswith(_TEXTS) and len(body) > _SMALL_BYTES
    return _File(body, gzip.compress(body, 9, mtime=0) if is_text else b"", kind)
