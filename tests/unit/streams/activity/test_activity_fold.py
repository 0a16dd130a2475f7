"""Messages of the inputs, folded: what counts as use, what is notable, and what is passed over."""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple, cast

import msgspec
import pytest

from scoring.instants import FAR
from streams.activity.account import AccountActivity
from streams.activity.activity_fold import ActivityFold
from streams.activity.names import Kind, Kinds
from streams.activity.store import RedisCopy, Step, print_of
from streams.activity.taking import Gone
from streams.read_model.account_values import Activity
from streams.read_model.port import ReadModelBroken
from streams.topics import partition_of

NOW_MS = 1_790_000_000_000


class Sent(NamedTuple):
    """A message as the client delivers it."""

    value: bytes | None
    timestamp: int = NOW_MS
    offset: int = 0
    timestamp_type: int | None = 1
    key: bytes | None = b"acme"
    headers: tuple[tuple[str, bytes], ...] = ()


class Kept:
    """What Redis holds, by account; it is asked through `load` alone."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    async def load(self, key: int, names: list[str]) -> dict[str, bytes]:
        assert key == 1
        return {name: self.bodies[name] for name in names if name in self.bodies}

    def take(self, steps: list[Step]) -> None:
        for what, _, name, value in steps:
            if what == "set":
                self.bodies[str(name)] = cast(bytes, value)

    def activity(self, account_id: str = "acme") -> Activity:
        return AccountActivity(self.bodies[account_id]).activity()


def sent(event: str, account_id: str = "acme", **body: Any) -> Sent:
    return Sent(json.dumps({"account_id": account_id, "event": event, "timestamp": NOW_MS - 1_000, **body}).encode())


async def folded(*messages: Sent, topic: str = "analytics", gone: Gone | None = None) -> tuple[Kept, ActivityFold]:
    kept, fold = Kept(), ActivityFold(partitions=1)
    kept.take(await fold.fold(cast(RedisCopy, kept), 0, {topic: messages}, gone or Gone(), NOW_MS))
    return kept, fold


@pytest.mark.parametrize(
    ("topic", "event", "kind"),
    [
        (0, "report_viewed", Kind.USE),
        (0, "$pageview", Kind.USE),
        (0, "email_opened", Kind.MINOR),
        (0, "email_sent", Kind.NOISE),
        (0, "$feature_flag_called", Kind.NOISE),
        (0, "heartbeat", Kind.NOISE),
        (0, "qbr_held", Kind.NOTABLE),
        (0, "health_check", Kind.NOTABLE),
        (0, "Onboarding Completed", Kind.NOTABLE),
        (0, "nps_submitted", Kind.NOTABLE),
        (0, "identify", Kind.IDENTITY),
        (0, "account_updated", Kind.IDENTITY),
        (0, "$exception", Kind.ERROR),
        (1, "anything", Kind.ERROR),
        (2, "invoice_paid", Kind.NOTABLE),
        (2, "anything", Kind.NOTABLE),
        (3, "ticket_opened", Kind.NOTABLE),
        (3, "survey_answered", Kind.NOTABLE),
        (3, "ticket_commented", Kind.MINOR),
    ],
)
def test_the_kind_of_an_event_is_in_its_name(topic: int, event: str, kind: Kind) -> None:
    kinds = Kinds()
    assert (kinds.of(topic, event), kinds.of(topic, event)) == (kind, kind)


async def test_many_events_of_an_account_are_one_write() -> None:
    kept, fold = Kept(), ActivityFold(partitions=1)
    messages = [sent("report_viewed") for _ in range(1_200)]
    steps = await fold.fold(cast(RedisCopy, kept), 0, {"analytics": messages}, Gone(), NOW_MS)
    assert [(step.what, step.name) for step in steps] == [("set", "acme"), ("news", "acme")]
    assert fold.outcomes == {("analytics", "taken"): 1_200}


async def test_an_account_goes_on_from_memory_and_from_redis() -> None:
    kept, fold = await folded(sent("report_viewed"))
    kept.take(await fold.fold(cast(RedisCopy, kept), 0, {"analytics": [sent("report_viewed")]}, Gone(), NOW_MS))
    fold.drop(0)
    kept.take(await fold.fold(cast(RedisCopy, kept), 0, {"analytics": [sent("report_viewed")]}, Gone(), NOW_MS))
    assert [feature.total for feature in kept.activity().features] == [3]


async def test_what_cannot_be_decoded_is_counted_and_passed_over() -> None:
    kept, fold = await folded(Sent(b"nonsense"), Sent(None), sent("login"), Sent(b'{"event": "login"}'))
    assert fold.outcomes == {("analytics", "unusable"): 3, ("analytics", "taken"): 1}
    assert [feature.name for feature in kept.activity().features] == ["login"]


async def test_an_event_in_a_partition_that_is_not_its_accounts_is_left_to_the_worker() -> None:
    fold, kept = ActivityFold(partitions=4), Kept()
    strangers = [f"a{number}" for number in range(40) if partition_of(f"a{number}".encode(), 4) != 2]
    messages = [sent("login", account_id) for account_id in strangers]
    assert await fold.fold(cast(RedisCopy, kept), 2, {"analytics": messages}, Gone(), NOW_MS) == []
    assert fold.outcomes == {("analytics", "elsewhere"): len(strangers)}


async def test_a_forwarded_event_keeps_its_time_and_counts_once_among_the_notable() -> None:
    value = json.dumps({"account_id": "acme", "event": "invoice_paid"}).encode()
    headers = (("vitals-origin", b"billing/3/17"), ("vitals-time", b"1780000000000"))
    message = Sent(value, headers=headers)
    kept, _ = await folded(message, message, topic="billing")
    (event,) = kept.activity().notable
    assert (event.at_ms, event.event_id) == (1_780_000_000_000, "forwarded billing/3/17")


async def test_messages_of_a_forgotten_account_are_refused_until_it_may_come_again() -> None:
    for until_ms, outcome in ((FAR, "forgotten"), (NOW_MS, "forgotten"), (NOW_MS - 1, "taken")):
        _, fold = await folded(sent("login"), gone=Gone({print_of("acme"): until_ms}))
        assert fold.outcomes == {("analytics", outcome): 1}


async def test_noise_writes_nothing_unless_it_says_a_trait() -> None:
    kept, fold = await folded(sent("heartbeat"), sent("$feature_flag_called"))
    assert kept.bodies == {}
    kept, fold = await folded(sent("$feature_flag_called", properties={"$set": {"plan": "scale"}}))
    assert [(trait.name, trait.value) for trait in kept.activity().traits] == [("plan", "scale")]
    assert fold.outcomes == {("analytics", "taken"): 1}


async def test_errors_are_counted_by_type_and_the_first_of_each_is_notable() -> None:
    errors = [
        sent("$exception", id="e1", properties={"message": "TimeoutError: no answer"}),
        sent("$exception", id="e2", properties={"$exception_list": [{"type": "TimeoutError", "value": "again"}]}),
        sent("$exception", id="e3", properties={"$exception_type": "KeyError"}),
        Sent(json.dumps({"message": "it broke", "tags": {"account_id": "acme"}}).encode()),
    ]
    kept, _ = await folded(*errors, topic="exceptions")
    activity = kept.activity()
    assert {feature.name: feature.total for feature in activity.features} == {
        "TimeoutError": 2,
        "KeyError": 1,
        "error": 1,
    }
    assert not any(feature.is_use for feature in activity.features)
    assert {(event.event, event.event_id) for event in activity.notable} == {
        ("TimeoutError", "e1"),
        ("KeyError", "e3"),
        ("error", ""),
    }


async def test_bytes_that_are_no_activity_are_a_broken_read_model() -> None:
    for body in (b"x", zlib.compress(b"x"), zlib.compress(msgspec.msgpack.encode([1]))):
        kept, fold = Kept(), ActivityFold(partitions=1)
        kept.bodies["acme"] = body
        with pytest.raises(ReadModelBroken):
            await fold.fold(cast(RedisCopy, kept), 0, {"analytics": [sent("login")]}, Gone(), NOW_MS)


async def test_memory_holds_a_bounded_number_of_accounts_and_the_rest_is_read_again() -> None:
    kept, fold = Kept(), ActivityFold(partitions=8_000)
    homes = [f"a{n}" for n in range(60_000) if partition_of(f"a{n}".encode(), 8_000) == 5][:3]
    assert len(homes) == 3
    for _ in range(2):
        messages = [sent("login", account_id) for account_id in homes]
        kept.take(await fold.fold(cast(RedisCopy, kept), 5, {"analytics": messages}, Gone(), NOW_MS))
    assert [kept.activity(account_id).features[0].total for account_id in homes] == [2, 2, 2]
