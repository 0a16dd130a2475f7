"""What becomes of a dead letter that is sent again."""

from __future__ import annotations

from typing import Any

import pytest

from streams.dead_letters.replay_plan import Kept, Plan, ToSource, ToTopic, ToWaiting, planned
from tests.builders import at_ms
from tests.support.gateway.dead_letters import EVENT, a_letter

NOW_MS = at_ms("2026-03-02T10:00:00Z")


def plan(again: bool = False, as_source: str = "", **fields: Any) -> Plan:
    return planned(a_letter(**fields), now_ms=NOW_MS, again=again, as_source=as_source)


def test_an_event_that_can_be_used_by_now_goes_to_its_topic_with_its_time_and_origin() -> None:
    assert plan() == ToTopic(
        topic="analytics",
        account_id="acme",
        value=EVENT,
        time_ms=at_ms("2026-03-01T10:00:00Z"),
        origin=b"analytics/3/99",
    )


def test_the_key_is_the_account_of_the_event_whatever_the_messages_was() -> None:
    found = plan(key=None, value=EVENT.replace(b"acme", b" acme "))
    assert isinstance(found, ToTopic)
    assert found.account_id == "acme"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": b"{"}, "refused again, malformed"),
        ({"value": b'{"event":"login"}'}, "no_account"),
        ({"value": EVENT.replace(b"2026-03-01", b"2026-04-01")}, "in_the_future"),
        ({"value": b'[{"account_id":"acme","event":"login"}]'}, "--as SOURCE"),
        ({"value_bytes": 70_000}, f"only {len(EVENT)} of its 70,000 bytes"),
        ({"value": None}, "no value"),
        ({"topic": "control"}, "topic control"),
        ({"replayed_ms": 5}, "--again"),
    ],
)
def test_what_cannot_be_sent_again_says_what_to_do(fields: dict[str, Any], words: str) -> None:
    found = plan(**fields)
    assert isinstance(found, Kept)
    assert words in found.words


def test_what_was_sent_again_is_only_sent_once_more_when_asked() -> None:
    assert isinstance(plan(replayed_ms=5, again=True), ToTopic)


def test_a_gateways_letter_goes_through_its_source() -> None:
    assert plan(source="crm", topic="", partition=-1, offset=-1, value=b"{}") == ToSource("crm")
    assert isinstance(plan(source="crm", value_bytes=70_000), Kept)


def test_what_waited_too_long_for_its_account_waits_again() -> None:
    assert plan(topic="unattributed", key=b"k", value=b"{}") == ToWaiting(b"k", b"{}")
    assert isinstance(plan(topic="unattributed", key=b"k" * 1_024), Kept)


def test_a_source_may_read_what_a_topic_refused() -> None:
    assert plan(as_source="crm", value=b"[]") == ToSource("crm")
