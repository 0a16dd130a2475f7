"""What becomes of what the vendors send: samples of our own, the page's table of them, and every recorded body."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scoring.event.event import Event, EventDecoder, Rejected
from scoring.instants import parse_instant
from streams.verify.evidence import happened
from tests.support.shared_data import shared
from tests.support.vendor_samples import BEGIN, PAGE, SAMPLES, Sample, outcome, page, read, value_of

NOW_MS = parse_instant("2026-06-01T00:00:00Z")
SENT_MS = parse_instant("2026-05-31T00:00:00Z")
DECODER = EventDecoder(["plan", "name"])
TOPICS = {"posthog": "analytics", "segment": "analytics", "stripe": "billing", "sentry": "exceptions"}
SEGMENT = {
    "action_destinations_create_test_event": "no_account",
    "spec_common_00_report_submitted": ("12345", "Report Submitted", "97980cfea0067"),
    "spec_group_00_group": ("0e8c78ea9d97a7b8185e8632", "group", ""),
    "spec_group_01_group": ("0e8c78ea9d97a7b8185e8632", "group", "97980cfea0067"),
    "webhook_destination_05_group": ("0e8c78ea9d97a7b8185e8632", "group", "019mr8mf4r"),
    "webhook_destination_06_delete": "no_event_name",
}
"""By file, the account, name and user, or the reason: of those that are neither in the account of the B2B pages nor
without one."""


def decoded(topic: str, value: bytes) -> Event | str:
    try:
        return DECODER.decode(topic, value, SENT_MS, NOW_MS)
    except Rejected as rejected:
        return rejected.reason


def bodies(vendor: str) -> Iterator[tuple[str, bytes]]:
    """(name, body) of every recorded webhook of a vendor, as it was sent where that is known."""
    files = sorted(shared(f"webhooks/{vendor}").rglob("*.json"))
    assert files
    for file in files:
        found = json.loads(file.read_text("utf-8"))
        raw = found.get("raw_body")
        yield file.stem, raw.encode() if raw else json.dumps(found["body"]).encode()


# --- samples of our own


def test_the_page_says_what_becomes_of_each_producers_event() -> None:
    text = PAGE.read_text("utf-8")
    assert BEGIN in text
    assert page(text) == text, "write it anew: python -m tests.support.vendor_samples"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.producer} {sample.what}")
def test_a_sample_becomes_an_event_of_acme_or_is_refused_in_words(sample: Sample) -> None:
    found = outcome(sample)
    if isinstance(found, Rejected):
        gateway = found.reason == "needs_gateway"
        assert gateway == ("the gateway" in str(found))
        assert gateway or sample.what in ("delete", "a call without an account")
        return
    assert found.account_id in ("acme", "42")
    assert found.occurred_at_ms // 1_000 in (parse_instant("2026-03-01T09:00:00Z") // 1_000, 1_772_359_200)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.producer} {sample.what}")
def test_the_oracle_is_given_what_the_fold_reads(sample: Sample) -> None:
    if isinstance(found := outcome(sample), Event):
        properties = happened(found, value_of(sample.body)).properties
        assert {name: properties[name] for name in ("plan", "mrr", "name", "seats") if name in properties} == read(
            found
        )


def test_an_event_of_ones_own_with_fields_of_an_envelope_is_taken() -> None:
    own = {"account_id": "acme", "event": "login", "timestamp": "2026-03-01T10:00Z", "properties": {}}
    envelopes: list[dict[str, Any]] = [each.body for each in SAMPLES if isinstance(each.body, dict)]
    for envelope in envelopes:
        assert isinstance(decoded("analytics", json.dumps(envelope | own).encode()), Event), envelope
    exception = {"account_id": "acme", "action": "created", "data": {"event": {}}, "type": "page"}
    assert isinstance(decoded("exceptions", json.dumps(exception).encode()), Event)


@pytest.mark.parametrize("topic", ["analytics", "exceptions", "billing", "tickets"])
def test_a_vendors_number_for_us_is_never_taken_for_an_account(topic: str) -> None:
    for sample in SAMPLES:
        if sample.producer == "Zendesk":
            assert decoded(topic, value_of(sample.body)) == "needs_gateway"


# --- what was recorded


@pytest.mark.parametrize(("vendor", "topic"), [("stripe", "billing"), ("sentry", "exceptions"), ("zendesk", "tickets")])
def test_every_recorded_envelope_needs_the_gateway(vendor: str, topic: str) -> None:
    for name, body in bodies(vendor):
        is_resource = vendor == "stripe" and json.loads(body).get("object") != "event"
        assert decoded(topic, body) == ("no_event_name" if is_resource else "needs_gateway"), name


def test_every_recorded_call_of_segment() -> None:
    for name, body in bodies("segment"):
        found = decoded("analytics", body)
        sent = json.loads(body)
        if isinstance(found, str):
            assert found == SEGMENT.get(name, "no_account"), name
            continue
        expected = SEGMENT.get(name, ("acct_123", sent.get("event"), "019mr8mf4r"))
        assert (found.account_id, found.name, found.user_id) == expected, name
        assert found.event_id == sent.get("messageId", ""), name
        assert found.occurred_at_ms == (parse_instant(sent["timestamp"]) if "timestamp" in sent else SENT_MS), name
        plan = sent.get("traits", {}).get("plan")
        assert plan is None or DECODER.reader("plan")(found.properties) == plan, name


def test_every_recorded_event_of_posthog() -> None:
    found = {name: decoded("exceptions", body) for name, body in bodies("posthog")}
    row = found.pop("exception_clickhouse_raw_with_groups")
    assert isinstance(row, Event)
    assert (row.account_id, row.name) == ("018afaa6-8b2e-0000-2311-d58d2df832ad", "$exception")
    assert (row.event_id, row.user_id[:4]) == ("019295b1-519f-71a6-aacf-c97b5db73696", "pQC9")
    assert row.occurred_at_ms == parse_instant("2024-10-16T14:17:59.088Z")
    assert found
    assert set(found.values()) == {"no_account"}


def test_every_line_of_posthogs_requests() -> None:
    """The bodies are the gateway's: forms, gzip and batches. What PostHog made of them is taken event by event."""
    file: Path = shared("webhooks/posthog/hog-rs_requests_dump.jsonl")
    requests = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.startswith("{")]
    assert len(requests) == 16
    for request in requests:
        assert decoded("analytics", base64.b64decode(request["body"])) == "needs_gateway"
        for captured in request["output"]:
            assert decoded("analytics", json.dumps(captured).encode()) == "needs_gateway"
            event, sent = decoded("analytics", captured["data"].encode()), json.loads(captured["data"])
            groups = sent["properties"].get("$groups", {})
            if not groups:
                assert event == "no_account"
                continue
            assert isinstance(event, Event)
            assert event.account_id == groups.get("organization", groups["project"])
            assert (event.event_id, event.user_id) == (sent["uuid"], sent["properties"]["distinct_id"])
            assert event.occurred_at_ms == round(sent["properties"]["$time"] * 1_000)


def test_every_payload_of_the_signatures_is_refused_or_an_event_and_never_an_error() -> None:
    vectors = json.loads(shared("webhooks/signatures/vectors.json").read_text("utf-8"))
    outcomes = {decoded("analytics", str(vector.get("payload", "")).encode()) for vector in vectors}
    assert outcomes <= {"needs_gateway", "no_event_name", "malformed", "invalid", "no_account"}
