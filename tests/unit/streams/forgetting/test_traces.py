"""What other topics hold of an account, message by message."""

from __future__ import annotations

import msgspec

from alerts.delivery_record import DeliveryRecord
from streams.dead_letter import DeadLetter
from streams.forgetting.traces import Traces
from streams.identity.alias import Alias, ForeignId, alias_key
from streams.identity.alias_message import encode_alias
from streams.topics import ALERTS, ALIASES, DEAD_LETTERS, DELIVERIES, PREDICTIONS, WORKSPACE
from streams.workspace.message import encode_record
from streams.workspace.records import Note, Record, Sentiment, key_of


def a_letter(key: bytes | None, value: bytes | None) -> bytes:
    letter = DeadLetter(
        reason="invalid",
        words="",
        topic="t",
        partition=0,
        offset=0,
        timestamp_ms=0,
        key=key,
        value=value,
        value_bytes=0,
    )
    return msgspec.json.encode(letter)


def test_dead_letters_are_those_under_its_key_or_with_its_id_as_a_text() -> None:
    traces = Traces("acme")
    for key, value in ((b"acme", None), (None, b'{"account_id":"acme"}'), (b"acme-2", b'{"account_id":"acme-2"}')):
        traces.take(DEAD_LETTERS, 0, None, a_letter(key, value))
    traces.take(DEAD_LETTERS, 0, None, b"no letter")
    assert traces.counts == {DEAD_LETTERS: 2}


def test_deliveries_give_the_ids_that_redis_has() -> None:
    traces = Traces("acme")
    for name, sink, step in (("acme", "slack", "s1"), ("acme", "", "s2"), ("globex", "slack", "s3")):
        record = DeliveryRecord(step_id=step, account_id=name, rule="tier", outcome="delivered", at="", sink=sink)
        traces.take(DELIVERIES, 0, name.encode(), msgspec.json.encode(record))
    traces.take(DELIVERIES, 0, b"acme", b"no record")
    traces.take(ALERTS, 0, b"acme", b"{}")
    assert traces.delivery_ids == {"slack:s1"}
    assert traces.counts == {DELIVERIES: 3, ALERTS: 1}


def test_a_later_message_replaces_or_deletes_an_alias_and_predictions() -> None:
    traces = Traces("acme")
    first = Alias(kind="user", id="ann", to=ForeignId("account", "acme"))
    traces.take(ALIASES, 0, alias_key("user", "ann", "source"), encode_alias(first))
    traces.take(ALIASES, 0, alias_key("user", "bob", "source"), encode_alias(msgspec.structs.replace(first, id="bob")))
    traces.take(ALIASES, 0, alias_key("user", "bob", "source"), None)
    traces.take(ALIASES, 0, b"no alias", b"{}")
    for partition, value in ((1, b"{}"), (2, b"{}"), (2, None)):
        traces.take(PREDICTIONS, partition, b"acme", value)
    traces.take(PREDICTIONS, 0, b"globex", b"{}")
    assert traces.aliases == {("user", "ann", "source"): first}
    assert traces.prediction_partitions == {1}


def test_notes_and_sentiment_about_it_are_found_unless_they_were_deleted() -> None:
    traces = Traces("acme")
    notes = [
        Note(id=f"n{n}", account_id=name, author="a", at_ms=0, text="x") for n, name in enumerate(["acme", "b", "acme"])
    ]
    felt = [Sentiment(id=name, level="fan", author="a", at_ms=0) for name in ("acme", "b")]
    records: list[Record] = [*notes, *felt]
    for record in records:
        traces.take(WORKSPACE, 0, key_of(record).encode(), encode_record(record))
    traces.take(WORKSPACE, 0, b"note\x00n2", None)
    traces.take(WORKSPACE, 0, b"no record", b"{}")
    assert traces.workspace_keys == {"note\0n0", "sentiment\0acme"}
