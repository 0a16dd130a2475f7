"""Whom a call of Segment's is about: accounts, aliases, traits, and who is to be deleted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scoring.instants import parse_instant
from streams.deployment.settings import Settings
from streams.gateway.checking import Checked, Checker
from streams.gateway.sources.schema import AccountRule, SegmentSource
from streams.gateway.vendors.segment.requests import read
from streams.identity.alias import Alias, ForeignId, alias_key
from streams.identity.alias_table import AliasTable
from tests.support.gateway.moved import moved
from tests.support.gateway.requests import a_request
from tests.unit.streams.gateway.vendors.segment.calls import TRACK, event_of, reading, said

# --- accounts and aliases


def test_ids_of_groups_may_be_foreign() -> None:
    event = event_of(TRACK, group_ids="foreign", ids="rudder")
    assert event.accounts == (ForeignId("rudder.group", "acme"), ForeignId("rudder.user", "u1"))
    found = reading({"type": "group", "userId": "u1", "groupId": "g1", "messageId": "m"}, group_ids="foreign")
    assert said(found) == {("segment.user", "u1", "segment.group", "g1")}


def test_without_a_group_an_event_waits_for_its_user_and_then_for_its_browser() -> None:
    event = event_of({"type": "track", "event": "x", "userId": 7, "anonymousId": "a1"})
    assert event.accounts == (ForeignId("segment.user", "7"), ForeignId("segment.anonymous", "a1"))


def test_an_account_of_ours_in_the_properties_is_the_surest() -> None:
    event = event_of({**TRACK, "properties": {"account_id": "ours"}})
    assert event.accounts[0] == ForeignId("account", "ours")


def test_rules_of_the_source_replace_those_of_the_vendor() -> None:
    rules = (AccountRule(pointer="/properties/workspace", kind="crm.workspace"),)
    event = event_of({**TRACK, "properties": {"workspace": "w1"}}, account=rules)
    assert event.accounts == (ForeignId("crm.workspace", "w1"),)
    assert [each.reason for each in reading(TRACK, account=rules).refused] == ["no_account"]


@pytest.mark.parametrize(
    "body",
    [
        {"type": "identify", "userId": "u1", "traits": {"company": {"id": "acme"}}},
        {"type": "identify", "userId": "u1", "context": {"groupId": "acme"}},
        {"type": "group", "userId": "u1", "groupId": "acme"},
    ],
)
def test_a_user_belongs_to_the_group_that_an_identify_or_group_call_names(body: dict[str, Any]) -> None:
    assert said(reading(body)) == {("segment.user", "u1", "account", "acme")}
    assert event_of(body).accounts[0] == ForeignId("account", "acme")


def test_a_browser_belongs_to_the_group_only_while_it_has_no_user() -> None:
    signed_out = {"type": "group", "anonymousId": "a1", "groupId": "acme"}
    assert said(reading(signed_out)) == {("segment.anonymous", "a1", "account", "acme")}
    assert said(reading({**signed_out, "userId": "u1"})) == {
        ("segment.anonymous", "a1", "segment.user", "u1"),
        ("segment.user", "u1", "account", "acme"),
    }


def test_an_alias_names_its_source_and_its_time() -> None:
    (alias,) = read(a_request(SegmentSource(), {**TRACK, "type": "group", "groupId": "g"}, name="web")).aliases
    assert (alias.author, alias.by, alias.at_ms) == ("web", "source", parse_instant("2026-03-01T09:00:00Z"))


def test_of_one_id_a_batch_says_the_last_alias_alone() -> None:
    groups = [{"type": "group", "userId": "u1", "groupId": group} for group in ("a", "b", "a", "c")]
    assert [each.to.id for each in reading(groups).aliases] == ["c"]


@pytest.mark.parametrize("body", [{"previousId": "u1"}, {"previousId": None}, {}])
def test_an_alias_call_to_itself_or_of_nothing_says_nothing(body: dict[str, Any]) -> None:
    assert reading({"type": "alias", "userId": "u1", **body}).aliases == []


# --- traits and topics


def test_a_group_call_brings_the_account_its_owner_segment_and_seats() -> None:
    traits = {"seats": 40, "segment": "enterprise", "account_owner": "kim", "name": "Initech"}
    event = event_of({"type": "group", "userId": "u1", "groupId": "acme", "traits": traits})
    assert event.topic == "billing"
    assert moved([event]) == {"seats": 40, "segment": "enterprise", "owner": "kim"} | {
        name: fact for name, fact in moved([event]).items() if name == "seats_free"
    }


def test_a_group_call_does_not_bring_back_who_cancelled() -> None:
    start = event_of({**TRACK, "event": "Subscription Started", "properties": {"mrr": 900}})
    end = event_of({**TRACK, "event": "Subscription Canceled", "messageId": "m-2", "timestamp": "2026-03-01T09:10:00Z"})
    group = event_of(
        {**TRACK, "type": "group", "groupId": "acme", "traits": {"plan": "pro"}, "timestamp": "2026-03-01T09:20:00Z"}
    )
    assert start.topic == end.topic == group.topic == "billing"
    assert "cancelled" in moved([start, end])
    assert "cancelled" in moved([start, end, group])


def test_the_source_may_choose_the_topic_of_a_name() -> None:
    assert event_of({**TRACK, "event": "Account Deleted"}, topics={"Account Deleted": "billing"}).topic == "billing"
    assert event_of({"type": "group", "groupId": "g", "traits": {"seats": 1}}, topics={"group": "analytics"}).topic == (
        "analytics"
    )


# --- deletion


@pytest.mark.parametrize("kind", ["delete", "Delete", "suppress", "suppress_with_delete"])
def test_a_delete_forgets_the_user_and_asks_a_person(kind: str) -> None:
    found = reading([{"type": kind, "userId": "u 1", "anonymousId": "a1"}, TRACK])
    assert found.forgotten == [ForeignId("segment.user", "u 1"), ForeignId("segment.anonymous", "a1")]
    (refused,) = found.refused
    assert refused.reason == "delete_asked"
    assert "'u 1'" in refused.words
    assert refused.about == tuple(found.forgotten)
    assert len(found.events) == 1


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ("a & co", "the account 'a & co': `vitals forget 'a & co' --reason TEXT` removes"),
        ("", "No account is known for it."),
    ],
)
def test_the_dead_letter_of_a_delete_names_the_account_and_the_command(account: str, words: str) -> None:
    table = AliasTable()
    if account:
        table.put(Alias(kind="segment.user", id="u1", to=ForeignId("account", account)))
    checker = Checker(Settings(), {}, table)
    request = a_request(SegmentSource(), {"type": "delete", "userId": "u1", "writeKey": "wk1"})
    found = read(request)
    checked = Checked(refused=[checker.with_account(each) for each in found.refused])
    checker.add_aliases(checked, request, found)
    checker.add_dead_letters(checked, request)
    gone, letter = checked.messages
    assert (gone.key, gone.value) == (alias_key("segment.user", "u1", "source"), None)
    assert words in json.loads(letter.value or b"")["words"]
    assert b"wk1" not in (letter.value or b"")


def test_a_delete_of_nobody_deletes_nothing() -> None:
    found = reading({"type": "delete"})
    assert (found.forgotten, [each.reason for each in found.refused]) == ([], ["no_user"])
