"""What the door lets in is what the worker takes, on the account's partition; the rest waits, or is refused."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.event.event import EventDecoder
from scoring.event.topics import INPUT_TOPICS
from streams.dead_letter import DeadLetter
from streams.deployment.settings import Settings
from streams.gateway.checking import Checked, Checker
from streams.gateway.reading import Inbound, Reading, Refused
from streams.gateway.sources.schema import VitalsSource
from streams.gateway.vendors.vitals import read
from streams.identity.alias import ACCOUNT, Alias, ForeignId
from streams.identity.alias_message import Removed, alias_of
from streams.identity.alias_table import AliasTable
from streams.identity.unattributed import decode_unattributed
from streams.kafka.retention import Rules
from streams.topics import partition_of
from tests.support.gateway.requests import RECEIVED_MS, a_request

SETTINGS = Settings(partitions=7)
SOURCE = VitalsSource(insecure=True)
CREATED = Rules(policy="delete", time_type="CreateTime", retention_ms=86_400_000)


def inbound(value: bytes, *accounts: ForeignId, **about: Any) -> Inbound:
    return Inbound(
        topic=about.pop("topic", "analytics"),
        event="e",
        value=value,
        occurred_at_ms=RECEIVED_MS,
        accounts=accounts or (ForeignId(ACCOUNT, "acme"),),
        **about,
    )


def checked(*events: Inbound, aliases: AliasTable | None = None, rules: dict[str, Rules] | None = None) -> Checked:
    found = Checked()
    Checker(SETTINGS, rules or {}, aliases or AliasTable()).add_events(found, a_request(SOURCE), events)
    return found


def taken(result: Checked) -> dict[str, Any]:
    """The one event of a result, as JSON."""
    (message,) = result.messages
    read_back: dict[str, Any] = json.loads(message.value or b"")
    return read_back


def test_the_account_comes_first_and_decides_the_partition() -> None:
    result = checked(inbound(b'{"event":"paid","id":"1"}', ForeignId(ACCOUNT, 'a"b'), topic="billing"))
    (message,) = result.messages
    assert message.value == b'{"account_id":"a\\"b","event":"paid","id":"1"}'
    assert (message.topic, message.key, message.partition) == ("billing", b'a"b', partition_of(b'a"b', 7))


def test_an_account_in_a_value_that_should_have_none_does_not_count() -> None:
    assert taken(checked(inbound(b'{"event":"paid","account_id":"999"}')))["account_id"] == "acme"


def test_a_complete_value_of_a_merged_account_is_rewritten() -> None:
    table = AliasTable()
    table.put(Alias(kind=ACCOUNT, id="acme", to=ForeignId(ACCOUNT, "globex"), by="person"))
    event = inbound(b'{"event":"paid","account_id":"acme"}', is_complete=True)
    assert taken(checked(event))["account_id"] == "acme"
    assert taken(checked(event, aliases=table)) == {"account_id": "globex", "event": "paid"}


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (inbound(b'{"event":"paid"}', topic="tax"), "unknown_topic"),
        (msgspec.structs.replace(inbound(b'{"event":"paid"}'), accounts=()), "no_account"),
        (inbound(b'{"event":"' + b"x" * 201 + b'"}'), "no_event_name"),
        (inbound(b'{"event":"paid","timestamp":"yesterday"}'), "bad_timestamp"),
        (inbound(b'{"event":"paid","timestamp":4e9}'), "in_the_future"),
        (inbound(b'{"event":"paid","pad":"' + b"x" * 1_000_000 + b'"}'), "oversize"),
        (inbound(b'{"event":"paid"}', ForeignId(ACCOUNT, "x" * 201)), "account_too_long"),
        (inbound(b"{}"), "malformed"),
        (inbound(b'{"event":"paid","timestamp":"2026-02-01"}'), "deleted_at_once"),
        (inbound(b'{"event":"paid","timestamp":"yesterday"}', ForeignId("crm.org", "7")), "bad_timestamp"),
    ],
)
def test_what_the_worker_or_the_topic_would_not_take_is_refused_at_the_door(event: Inbound, reason: str) -> None:
    result = checked(event, rules={"analytics": CREATED})
    assert [each.reason for each in result.refused] == [reason]
    assert result.messages == []
    assert (result.accepted, result.waiting) == (0, 0)


def test_what_has_no_account_yet_waits_whole_and_a_copy_of_it_has_the_same_key() -> None:
    event = inbound(b'{"event":"paid","id":"p1"}', ForeignId("crm.org", "7"), ForeignId("crm.user", "ann"))
    result = checked(event, event)
    first, second = result.messages
    assert (result.waiting, first.key, first.topic) == (2, second.key, "vitals-unattributed")
    waiting = decode_unattributed(first.value or b"")
    assert (waiting.value, waiting.accounts, waiting.source) == (event.value, event.accounts, "vitals")


def test_the_best_id_that_leads_to_an_account_counts() -> None:
    table = AliasTable()
    table.put(Alias(kind="crm.user", id="ann", to=ForeignId("crm.org", "8")))
    table.put(Alias(kind="crm.org", id="8", to=ForeignId(ACCOUNT, "globex")))
    event = inbound(b'{"event":"paid"}', ForeignId("crm.org", "7"), ForeignId("crm.user", "ann"))
    assert taken(checked(event, aliases=table))["account_id"] == "globex"


def test_an_alias_is_written_once_and_what_ended_is_removed_if_it_leads_somewhere() -> None:
    table = AliasTable()
    known = Alias(kind="z.ticket", id="1", to=ForeignId(ACCOUNT, "acme"))
    table.put(known)
    new, nowhere = Alias(kind="z.ticket", id="2", to=ForeignId("z.org", "9")), ForeignId("z.ticket", "3")
    reading = Reading(
        aliases=[known, new],
        ended=[ForeignId("z.ticket", "1"), nowhere],
        forgotten=[ForeignId("z.user", "ann"), ForeignId("z.ticket", "1")],
    )
    found = Checked()
    Checker(SETTINGS, {}, table).add_aliases(found, a_request(SOURCE), reading)
    said = [alias_of(message.key, message.value) for message in found.messages]
    assert said[0] == new
    assert {(each.kind, each.id) for each in said[1:]} == {("z.user", "ann"), ("z.ticket", "1")}
    assert all(message.partition == partition_of(message.key, 7) for message in found.messages)


def test_a_key_comes_to_the_partition_of_a_topic_with_more_of_them() -> None:
    found, alias = Checked(), Alias(kind="z.ticket", id="2", to=ForeignId("z.org", "9"))
    checker = Checker(SETTINGS, {}, AliasTable(), {"aliases": 13, "unattributed": 3})
    checker.add_aliases(found, a_request(SOURCE), Reading(aliases=[alias]))
    checker.add_events(found, a_request(SOURCE), [inbound(b'{"event":"paid","id":"p1"}', ForeignId("z.org", "9"))])
    said, waiting = found.messages
    assert (said.partition, waiting.partition) == (partition_of(said.key, 13), partition_of(waiting.key, 3))


def test_a_dead_letter_is_cut_and_says_where_it_came_from() -> None:
    found = Checked(refused=[Refused(reason="r", words="w" * 5_000, value=b"x" * 100_000)])
    request = a_request(SOURCE, headers={"CE-Id": "1", "Webhook-Signature": "v1,s", "Authorization": "k"}, path="/in/a")
    Checker(SETTINGS, {}, AliasTable()).add_dead_letters(found, request)
    letter = msgspec.json.decode(found.messages[0].value or b"", type=DeadLetter)
    assert (letter.value_bytes, len(letter.value or b""), len(letter.words)) == (100_000, 65_536, 1_000)
    assert letter.headers == {":path": "/in/a", "ce-id": "1"}


events = st.dictionaries(
    st.sampled_from(["account_id", "event", "timestamp", "id", "topic", "properties", "groupId", "type"]),
    st.sampled_from(
        [None, "acme", "login", 7, 1_772_359_200, "analytics", "exceptions", "", "null", {}, {"a": [1]}, 4e9]
    ),
)


@given(st.lists(events, max_size=6))
def test_no_message_of_the_door_becomes_a_dead_letter_of_the_worker(sent: list[dict[str, Any]]) -> None:
    request = a_request(SOURCE, sent)
    reading = read(request)
    result = checked(*reading.events)
    assert len(reading.refused) + len(result.refused) + result.accepted == len(sent)
    for message in result.messages:
        assert message.topic in INPUT_TOPICS
        event = EventDecoder().decode(message.topic, message.value, message.instant_ms, RECEIVED_MS)
        assert event.account_id.encode() == message.key
        assert event.event_id
        assert event.occurred_at_ms == message.instant_ms


@given(st.lists(st.sampled_from(["g1", "g2", "g3", ""]), max_size=8), st.integers(0, 8))
def test_the_last_word_on_an_alias_is_on_the_topic_however_late_the_table_is(said: list[str], behind: int) -> None:
    """The table is fed by what was written, some time later. "" takes an alias back."""
    table, topic = AliasTable(), list[Alias | Removed]()
    checker, fed = Checker(SETTINGS, {}, table), 0
    for each in said:
        alias = Alias(kind="u", id="ann", to=ForeignId("g", each))
        found = Checked()
        reading = Reading(aliases=[alias]) if each else Reading(forgotten=[ForeignId("u", "ann")])
        checker.add_aliases(found, a_request(SOURCE), reading)
        topic += [alias_of(message.key, message.value) for message in found.messages]
        while fed < len(topic) - behind:
            table.put(topic[fed])
            fed += 1
    last = topic[-1] if topic else None
    assert (last.to.id if isinstance(last, Alias) else "") == (said[-1] if said else "")


def test_what_the_table_has_already_is_not_written_again() -> None:
    table = AliasTable()
    alias = Alias(kind="u", id="ann", to=ForeignId("g", "g1"))
    table.put(alias)
    checker, found = Checker(SETTINGS, {}, table), Checked()
    for _ in range(3):
        checker.add_aliases(found, a_request(SOURCE), Reading(aliases=[alias]))
    assert found.messages == []


def test_headers_are_not_copied_without_limit_into_thousands_of_letters() -> None:
    headers = {"Content-Type": "application/cloudevents-batch+json", **{f"ce-{each}": "x" * 400 for each in range(150)}}
    request = a_request(SOURCE, headers=headers)
    few, many = (Checked(refused=[Refused(reason="r", words="w", value=b"1")] * count) for count in (1, 20_000))
    for found in (few, many):
        Checker(SETTINGS, {}, AliasTable()).add_dead_letters(found, request)
    assert len(msgspec.json.decode(few.messages[0].value or b"", type=DeadLetter).headers) == 152
    assert len(many.messages) == 20_000
    assert sum(len(message.value or b"") for message in many.messages) < 20_000_000
    assert "content-type" in msgspec.json.decode(many.messages[0].value or b"", type=DeadLetter).headers


@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_what_is_nested_so_deep_that_a_worker_might_not_read_it_is_refused(begin: bytes, end: bytes) -> None:
    """How deep JSON may be nested depends on how deep the reader stands in its own calls."""

    def event(depth: int) -> Inbound:
        return inbound(b'{"event":"e","id":"1","properties":{"x":%b1%b}}' % (begin * depth, end * depth))

    def by_a_worker(value: bytes, calls: int) -> str:
        if calls:
            return by_a_worker(value, calls - 1)
        return EventDecoder(["x"]).decode("analytics", value, RECEIVED_MS, RECEIVED_MS).event_id

    result = checked(*(event(depth) for depth in range(0, 1_100, 20)))
    assert result.accepted > 10
    assert {each.reason for each in result.refused} == {"malformed"}
    for message in result.messages:
        assert by_a_worker(message.value or b"", 150) == "1"


def test_a_long_list_of_small_objects_is_not_deep() -> None:
    event = inbound(b'{"event":"e","id":"1","properties":{"x":[%b{}]}}' % (b'{"a":[1]},' * 2_000))
    assert checked(event).accepted == 1
