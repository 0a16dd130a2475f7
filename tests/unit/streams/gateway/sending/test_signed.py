"""Fixtures, signed as a source of each kind verifies them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from streams.deployment.secret import Secret
from streams.gateway.reading import Request
from streams.gateway.sending.fixture_file import Fixture
from streams.gateway.sending.signed import needed, signed
from streams.gateway.sources.loader import load_sources
from streams.gateway.sources.ready import ready_sources
from streams.gateway.sources.schema import CloudEventsSource, Source
from streams.gateway.vendors.table import VENDORS

NOW = 1_772_359_200.0
VARIABLE = "VITALS_SECRET_IT"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = Fixture("a.json", b'[{"type":"track","event":"x"}]', {"webhook-id": "msg_1", "x-signature": "recorded"})
GENERIC = 'account = [{pointer = "/id"}]\nmap = {name = "x", id = "/id"}\n'


def a_source(kind: str, by: str, more: str = "") -> Source:
    more += GENERIC if kind == "generic" else 'address = "https://x.example/in/it"\n' if kind == "hubspot" else ""
    return load_sources(f'[sources.it]\nkind = "{kind}"\n{by} = ["{VARIABLE}"]\n{more}')["it"]


def check(source: Source, fixture: Fixture = BODY) -> dict[str, str]:
    """The headers, which its source verifies."""
    headers = signed(fixture, source, {VARIABLE: Secret(SECRET)}, NOW)
    ready = ready_sources({"it": source}, {VARIABLE: SECRET})["it"]
    request = Request(name="it", source=source, body=fixture.body, headers=headers, received_ms=0)
    ready.verify(request, NOW)
    with pytest.raises(Exception, match="it"):
        ready_sources({"it": source}, {VARIABLE: "b3RoZXI="})["it"].verify(request, NOW)
    assert needed(source) == VARIABLE
    return headers


@pytest.mark.parametrize("kind", [kind for kind, vendor in VENDORS.items() if vendor.scheme])
def test_every_kind_that_signs_is_signed_with_its_secret(kind: str) -> None:
    check(a_source(kind, "secrets"))


@pytest.mark.parametrize("kind", ["vitals", "segment", "posthog", "cloudevents", "generic"])
def test_every_kind_with_a_key_is_sent_with_its_key(kind: str) -> None:
    assert check(a_source(kind, "keys"))["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("scheme", ["hmac-sha256", "standard-webhooks", "stripe"])
def test_a_generic_source_is_signed_as_it_says(scheme: str) -> None:
    header = 'header = "X-Signature"\n' if scheme == "hmac-sha256" else ""
    headers = check(a_source("generic", "secrets", f'scheme = "{scheme}"\n{header}'))
    assert ("x-signature" in headers) == (headers.get("x-signature") != "recorded") or scheme != "hmac-sha256"


def test_the_id_of_a_body_is_the_same_each_time_it_is_sent() -> None:
    source = a_source("standard-webhooks", "secrets")
    bare = msgspec.structs.replace(BODY, headers={})
    ids = {signed(bare, source, {VARIABLE: Secret(SECRET)}, now)["webhook-id"] for now in (NOW, NOW + 9)}
    assert len(ids) == 1
    assert check(source)["webhook-id"] == "msg_1"


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"{}", {}, "application/cloudevents+json"),
        (b" [{}]", {}, "application/cloudevents-batch+json"),
        (b"{}", {"ce-id": "1"}, "application/json"),
        (b"{}", {"content-type": "text/json"}, "text/json"),
    ],
)
def test_cloudevents_are_sent_in_their_own_content_type(body: bytes, headers: Any, expected: str) -> None:
    assert signed(Fixture("a", body, headers), CloudEventsSource(insecure=True), {}, NOW)["content-type"] == expected


def test_lines_of_events_of_our_own_are_sent_as_lines() -> None:
    source = a_source("vitals", "keys")
    for body, expected in ((b"{}\n{}\n", "application/x-ndjson"), (b"{\n}\n", "application/json")):
        assert check(source, Fixture("a", body, {}))["content-type"] == expected
