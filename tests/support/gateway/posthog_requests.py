"""Requests of PostHog's SDKs that were recorded for the tests of its own server, and the events it made of them."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from scoring.instants import parse_instant
from streams.gateway.reading import Request
from streams.gateway.sources.schema import PostHogSource
from tests.support.gateway.requests import a_request
from tests.support.shared_data import shared

RECORDED = "webhooks/posthog/hog-rs_requests_dump.jsonl"


class Recorded(msgspec.Struct, frozen=True):
    """A request, when it arrived, and the events that PostHog made of it."""

    path: str
    query: dict[str, str]
    body: bytes
    received_ms: int
    expected: list[dict[str, Any]]

    def request(self, source: PostHogSource) -> Request:
        return a_request(source, self.body, path=self.path, query=self.query, received_ms=self.received_ms)


def recorded() -> list[Recorded]:
    """All of them, in the order of the file."""
    lines = shared(RECORDED).read_text("utf-8").splitlines()
    return [_recorded(json.loads(line)) for line in lines if line.strip().startswith("{")]


def _recorded(line: dict[str, Any]) -> Recorded:
    address = urlsplit(line["path"])
    return Recorded(
        path=address.path,
        query=dict(parse_qsl(address.query)),
        body=b64decode(line["body"]),
        received_ms=parse_instant(line["now"][:23] + "Z"),
        expected=[{**each, **json.loads(each["data"])} for each in line["output"]],
    )
