"""A file with requests to send: a recorded webhook, a plain body, or lines of several. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

_DROPPED = frozenset(
    ("host", "content-length", "connection", "transfer-encoding", "content-encoding", "accept-encoding")
)
"""Headers of a recording that are about its own connection."""
_RECORDED = frozenset(("_source", "headers", "raw_body", "body"))
_LINES = (".ndjson", ".jsonl")
_decode = msgspec.json.Decoder().decode


class Unusable(ValueError):
    """A file that holds nothing to send; the text says what it should hold."""


class Fixture(msgspec.Struct, frozen=True):
    """A request of a file, before it is signed. Names of headers are lower case."""

    name: str
    body: bytes
    headers: dict[str, str]


def fixtures_of(name: str, content: bytes) -> list[Fixture]:
    """The requests in a file called `name`.

    A JSON object with `body` or `raw_body`, and perhaps `headers`, is a recording. The lines of a `.ndjson` or `.jsonl`
    are one request each. Anything else is the body of one, byte for byte.

    >>> [each.body for each in fixtures_of("a.ndjson", b'{"a": 1}\\n\\n{"body": {"b": 2}}')]
    [b'{"a": 1}', b'{"b":2}']

    Raises:
        Unusable: when it is empty, or a recording in it cannot be sent.
    """
    if not content.strip():
        raise Unusable("it is empty: give a file with the body of a request")
    if not name.endswith(_LINES):
        return [_fixture(name, content)]
    lines = [(number, line) for number, line in enumerate(content.splitlines(), 1) if line.strip()]
    return [_fixture(f"{name}:{number}", line) for number, line in lines]


def _fixture(name: str, content: bytes) -> Fixture:
    try:
        found: Any = _decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Fixture(name, content, {})
    if not isinstance(found, dict) or not ("body" in found or "raw_body" in found) or not found.keys() <= _RECORDED:
        return Fixture(name, content, {})
    raw, headers = found.get("raw_body"), found.get("headers") or {}
    if not isinstance(headers, dict) or not isinstance(raw, str | None):
        raise Unusable(f"{name} is no recording: headers must be an object, and raw_body a text")
    body = msgspec.json.encode(found["body"]) if raw is None else raw.encode()
    named = {str(header).lower(): str(value) for header, value in headers.items()}
    return Fixture(name, body, {header: value for header, value in named.items() if header not in _DROPPED})
