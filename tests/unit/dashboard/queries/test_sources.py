"""The page of sources: freshness, dead letters, ids that wait, and Kafka away."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import pytest
from aiokafka import TopicPartition

from dashboard.queries.service import Service
from dashboard.queries.sources.lines import letter_lines, waiting_lines
from dashboard.queries.sources.seen import Seen, TopicSeen
from dashboard.queries.sources.watch import KafkaWatch
from scoring.instants import DAY_MS, HOUR_MS
from streams.dead_letter import DeadLetter
from streams.dead_letters.entry import LetterId, Replayed
from streams.deployment.settings import Settings
from streams.identity.alias import ForeignId
from streams.identity.unattributed import Unattributed, encode_unattributed
from tests.support.dashboard.answers import answers_of, models_of
from tests.support.dashboard.ground import a_ground

ANSWERS = answers_of("default", 20)
NOW = ANSWERS[0].as_of_ms


class Message(NamedTuple):
    """What lines are made of."""

    offset: int
    value: bytes | None
    key: bytes | None = None
    timestamp: int = NOW


class Fixed:
    """A watch that saw this."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    async def seen(self) -> Seen:
        """See `Watch.seen`."""
        return self._seen


def a_letter(**given: Any) -> bytes:
    letter = {"reason": "invalid", "words": "severity «P1?»", "topic": "tickets", "partition": 3, "offset": 18}
    more = {"timestamp_ms": NOW, "key": b"acme", "value": b'{"event": "x"}', "value_bytes": 14}
    return msgspec.json.encode(DeadLetter(**{**letter, **more, **given}))


@pytest.mark.parametrize(
    ("age_ms", "usual", "state"),
    [
        (HOUR_MS // 2, 100.0, "fresh"),
        (3 * HOUR_MS, 240.0, "late"),
        (3 * DAY_MS, 240.0, "stopped"),
        (DAY_MS, 1.0, "fresh"),
    ],
)
async def test_a_topic_is_as_fresh_as_it_usually_is(age_ms: int, usual: float, state: str) -> None:
    ground = await a_ground(ANSWERS, models_of("default"), NOW)
    topic = TopicSeen(name="tickets", last_ms=NOW - age_ms, a_day=1.0, usual_a_day=usual)
    ground.watch = Fixed(Seen(at_ms=NOW, topics=(topic,)))
    view = await Service(ground).sources()
    assert (view.sources[0].name, view.sources[0].state) == ("tickets", state)


async def test_the_models_sources_are_told_by_the_answers() -> None:
    view = await Service(await a_ground(ANSWERS, models_of("default"), NOW)).sources()
    lines = {line.name: line for line in view.sources}
    assert lines["use"].label == "product use"
    assert lines["use"].accounts == sum("use" in answer.sources for answer in ANSWERS)
    assert lines["csat"].state == "never"
    assert view.trouble == ""
    assert "of 7 send events" in view.words


def test_dead_letters_are_the_newest_that_were_not_sent_again() -> None:
    mark = msgspec.json.encode(Replayed(letter=LetterId(0, 1), replayed_ms=NOW, author="ann"))
    messages = [Message(1, a_letter()), Message(2, a_letter(value_bytes=99)), Message(3, mark), Message(4, b"odd")]
    (line,) = letter_lines({TopicPartition("dead-letters", 0): messages})
    assert (line.id, line.can_replay, line.account_id, line.reason) == ("0:2", False, "acme", "invalid")
    assert line.excerpt == '{"event": "x"}'


def test_ids_that_wait_are_counted_without_events_that_went_on() -> None:
    def waits(foreign_id: str) -> bytes:
        accounts = (ForeignId("stripe.customer", foreign_id),)
        return encode_unattributed(
            Unattributed(topic="billing", event="paid", value=b"{}", occurred_at_ms=NOW, accounts=accounts)
        )

    messages = [
        Message(1, waits("cus_1"), b"a"),
        Message(2, waits("cus_1"), b"b"),
        Message(3, waits("cus_2"), b"c"),
        Message(4, None, b"c"),
        Message(5, b"odd", b"d"),
    ]
    lines, total = waiting_lines(messages)
    assert total == 1
    assert [(line.kind, line.id, line.events) for line in lines] == [("stripe.customer", "cus_1", 2)]


async def test_kafka_away_is_trouble_and_no_error() -> None:
    seen = await KafkaWatch(Settings(kafka="127.0.0.1:1"), lambda: NOW).seen()
    assert seen.trouble.startswith("Kafka cannot be read")
    assert seen.topics == ()
