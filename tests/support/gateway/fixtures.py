"""Bodies that vendors really send: the files of `webhooks/` in the shared data. Without them a test is skipped."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from streams.gateway.reading import Request
from streams.gateway.sources.schema import Source
from tests.support.gateway.requests import RECEIVED_MS, a_request
from tests.support.shared_data import shared


class Fixture(msgspec.Struct, frozen=True):
    """A file of `webhooks/`. `raw` is the body as it was sent where that is known, else `body` as JSON. Headers' names
    are lower case."""

    path: str
    body: Any
    raw: bytes
    headers: dict[str, str]

    def request(self, source: Source, *, name: str = "", received_ms: int = RECEIVED_MS) -> Request:
        """This fixture as a request to `source`."""
        return a_request(source, self.raw, name=name, headers=self.headers, received_ms=received_ms)


class Vector(msgspec.Struct, frozen=True):
    """A signature of `signatures/vectors.json`; whether it is `valid` at `now`, in seconds, 0 where any time does."""

    scheme: str
    secret: str
    headers: dict[str, str]
    body: bytes
    valid: bool
    now: float = 0.0
    notes: str = ""


def fixture(path: str) -> Fixture:
    """The fixture at `path` below `webhooks/`, as in "zendesk/ticket_created.json"."""
    whole = json.loads(shared(f"webhooks/{path}").read_bytes())
    raw = whole.get("raw_body")
    return Fixture(
        path=path,
        body=whole["body"],
        raw=json.dumps(whole["body"]).encode() if raw is None else raw.encode(),
        headers={name.lower(): str(value) for name, value in whole.get("headers", {}).items()},
    )


def fixtures(folder: str) -> list[Fixture]:
    """Every fixture of a folder below `webhooks/`, by name."""
    root = shared("webhooks")
    paths = sorted(path.relative_to(root).as_posix() for path in (root / folder).glob("*.json"))
    assert paths, f"webhooks/{folder} holds no fixture"
    return [fixture(path) for path in paths]


def vectors(scheme: str) -> list[Vector]:
    """The vectors of the schemes whose name begins with `scheme`; at least one."""
    whole: list[dict[str, Any]] = json.loads(shared("webhooks/signatures/vectors.json").read_bytes())
    found = [
        Vector(
            scheme=each["scheme"],
            secret=each["secret"],
            headers={name.lower(): str(value) for name, value in each["headers"].items()},
            body=each["payload"].encode(),
            valid=each["valid"],
            now=float(each.get("now", 0)),
            notes=each.get("notes", ""),
        )
        for each in whole
        if each["scheme"].startswith(scheme)
    ]
    assert found, f"no vector of {scheme}"
    return found
