"""The native decoder: it answers what Python's decoder does, or hands a message back."""

from __future__ import annotations

import json
from functools import cache

import pytest

from bench.events import make_events
from scoring.event.topics import INPUT_TOPICS
from scoring.model.extension import preset
from scoring.model.loader import load_model
from scoring.plan.plan import Plan
from streams.kernel.kernel import is_built
from tests.kernel.decoding.decoded import NOW_MS, BothDecoders, names_in
from tests.kernel.decoding.odd_messages import OddMessages
from tests.support.shared_data import shared
from tests.support.vendor_samples import SAMPLES, value_of

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built: make builds it")
PRESETS = ("default", "eight-components", "four-inputs", "health-index", "usage-trend-friction")


@cache
def plan_of(name: str) -> Plan:
    return Plan(load_model(preset(name)))


def some_value(number: int) -> object:
    return (number, f"t-{number}", number / 4, f" {number}", None)[number % 5]


@pytest.mark.parametrize("name", PRESETS)
def test_of_plain_events_none_is_handed_back(name: str) -> None:
    both = BothDecoders(plan_of(name))
    for event in make_events(1_000, 40, NOW_MS):
        both.decode(event.topic, event.value)
    assert both.taken == {"natively": 1_000}


@pytest.mark.parametrize("name", PRESETS)
def test_events_of_every_name_with_every_property_are_equal(name: str) -> None:
    plan = plan_of(name)
    both = BothDecoders(plan)
    for number, event in enumerate(names_in(plan)):
        for topic in INPUT_TOPICS:
            for each in range(5):
                given = {field: some_value(number + place + each) for place, field in enumerate(plan.decoder.names)}
                body = {
                    "account_id": "acme",
                    "event": event,
                    "timestamp": "2026-03-01T09:00:00Z",
                    "user_id": f"u{each}",
                }
                both.decode(topic, json.dumps({**body, "id": f"e{number}", "properties": given}).encode())
                few = dict(list(given.items())[each :: 1 + number % 7])
                both.decode(topic, json.dumps({**body, "properties": few}).encode())
    assert both.taken["natively"] > sum(both.taken.values()) / 10


def test_without_a_key_the_fingerprints_of_ids_are_those_of_scoring() -> None:
    both = BothDecoders(plan_of("default"), id_key=b"")
    for event in make_events(100, 5, NOW_MS):
        both.decode(event.topic, event.value)
    assert both.taken == {"natively": 100}


def test_vendor_samples_are_equal() -> None:
    both = BothDecoders(plan_of("default"))
    for sample in SAMPLES:
        both.decode(sample.topic, value_of(sample.body))
    assert sum(both.taken.values()) == len(SAMPLES)
    assert both.taken["natively"] >= 8


def test_bodies_of_webhooks_are_equal_as_messages_and_as_properties() -> None:
    both = BothDecoders(plan_of("default"))
    head = {"account_id": "acme", "event": "login", "timestamp": "2026-03-01T09:00:00Z"}
    files = [json.loads(path.read_bytes()) for path in sorted(shared("webhooks").rglob("*.json"))]
    bodies = [file["body"] for file in files if isinstance(file, dict) and isinstance(file.get("body"), dict)]
    for body in bodies:
        for topic in INPUT_TOPICS:
            both.decode(topic, json.dumps(body).encode())
            both.decode(topic, json.dumps({**head, "properties": body}, ensure_ascii=False).encode())
    assert both.taken["natively"] > len(bodies), both.taken


@pytest.mark.parametrize("name", PRESETS)
def test_odd_and_damaged_messages_are_equal(name: str) -> None:
    plan = plan_of(name)
    both = BothDecoders(plan)
    messages = OddMessages(seed=len(name), names=names_in(plan), properties=plan.decoder.names)
    for number in range(3_000):
        both.decode(INPUT_TOPICS[number % 4], messages.message())
    assert both.taken["natively"] > 300, both.taken
    assert both.taken["rejected"] > 300, both.taken
    assert both.taken["handed back"] > 30, both.taken
