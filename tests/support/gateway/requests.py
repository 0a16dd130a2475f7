"""Requests for readers: only what matters shows in a test."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.gateway.reading import Request
from streams.gateway.sources.schema import Source

RECEIVED_MS = 1_772_359_200_000  # 2026-03-01T10:00:00Z
"""When the requests of tests arrive, unless they say otherwise."""


def a_request(
    source: Source,
    body: object = b"",
    *,
    name: str = "",
    headers: Mapping[str, str] | None = None,
    path: str = "",
    query: Mapping[str, str] | None = None,
    received_ms: int = RECEIVED_MS,
    fetched: Mapping[str, dict[str, object]] | None = None,
) -> Request:
    """A verified request to `source`. A body that is not bytes is sent as JSON; a header's name may have any case."""
    kind = source.__struct_config__.tag
    name = name or str(kind)
    return Request(
        name=name,
        source=source,
        body=body if isinstance(body, bytes) else msgspec.json.encode(body),
        headers={header.lower(): value for header, value in (headers or {}).items()},
        path=path or f"/in/{name}",
        query=query or {},
        received_ms=received_ms,
        fetched=fetched or {},
    )
