"""Vendors' real bodies with one value replaced by anything: what the door lets in, a worker takes."""

from __future__ import annotations

import json
from collections.abc import Mapping as Headers
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.event.event import EventDecoder
from scoring.event.topics import INPUT_TOPICS
from streams.deployment.settings import Settings
from streams.gateway.checking import Checked, Checker
from streams.gateway.reading import BadRequest, Request
from streams.gateway.sources.schema import (
    AccountRule,
    GenericSource,
    Mapping,
    PostHogSource,
    SegmentSource,
    SentrySource,
    Source,
    VitalsSource,
    ZendeskSource,
)
from streams.gateway.vendors.table import VENDORS
from streams.identity.alias_table import AliasTable
from tests.support.gateway.fixtures import fixtures
from tests.support.gateway.requests import RECEIVED_MS, a_request
from tests.support.gateway.spoilt import spoilt

RULES = (AccountRule(pointer="/context/groupId"), AccountRule(pointer="/userId", kind="own.user"))
SOURCES: dict[str, tuple[Source, str]] = {
    "segment": (SegmentSource(), "segment"),
    "posthog": (PostHogSource(), "posthog"),
    "sentry": (SentrySource(), "sentry"),
    "zendesk": (ZendeskSource(), "zendesk"),
    "vitals": (VitalsSource(), "segment"),
    "vitals by rules": (VitalsSource(account=RULES), "segment"),
    "generic": (
        GenericSource(
            map=Mapping(event="/event", id="/messageId", time="/timestamp", properties="/properties"), account=RULES
        ),
        "segment",
    ),
}
NAMED = ("plan", "mrr", "seats", "ticket_id", "amount", "name")


@cache
def bodies(folder: str) -> list[tuple[Any, Headers[str, str]]]:
    found: list[tuple[Any, Headers[str, str]]] = [(each.body, each.headers) for each in fixtures(folder)]
    for body, _ in found:
        if isinstance(body, dict):
            body.setdefault("topic", "analytics")
    return found


def taken(request: Request) -> Checked:
    """What the door makes of a request, once all aliases in it are known."""
    reading = VENDORS[str(request.source.__struct_config__.tag)].read(request)
    table, found = AliasTable(), Checked(refused=reading.refused)
    for alias in reading.aliases:
        table.put(alias)
    checker = Checker(Settings(partitions=4), {}, table)
    checker.add_aliases(found, request, reading)
    checker.add_events(found, request, reading.events)
    checker.add_dead_letters(found, request)
    return found


@pytest.mark.parametrize("name", sorted(SOURCES))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_the_door_lets_in_a_worker_takes(name: str, data: st.DataObject) -> None:
    source, folder = SOURCES[name]
    body, headers = data.draw(st.sampled_from(bodies(folder)))
    spoilt_body = data.draw(spoilt(body))
    request = a_request(source, json.dumps(spoilt_body).encode(), headers=headers)
    try:
        messages = taken(request).messages
    except BadRequest:
        return
    decoder = EventDecoder(NAMED)
    for message in messages:
        if message.topic in INPUT_TOPICS:
            event = decoder.decode(message.topic, message.value, 0, RECEIVED_MS)
            assert (event.account_id.encode(), event.occurred_at_ms) == (message.key, message.instant_ms)
            assert event.event_id != ""
