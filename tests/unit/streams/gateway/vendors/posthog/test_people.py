"""Whom an event of PostHog's is about: accounts, people and aliases."""

from __future__ import annotations

from typing import Any

import pytest

from streams.gateway.reading import Reading
from streams.gateway.sources.schema import AccountRule
from streams.identity.alias import ForeignId
from tests.support.gateway.decoded import as_decoded
from tests.support.gateway.moved import moved
from tests.unit.streams.gateway.vendors.posthog.captures import ACME, CAPTURE, U1, event_of, reading, with_properties


def said(found: Reading) -> set[tuple[str, str, str]]:
    return {(each.id, each.to.kind, each.to.id) for each in found.aliases}


@pytest.mark.parametrize(
    ("groups", "group_type", "account"),
    [
        ({"company": "acme"}, "", "acme"),
        ({"project": "p", "organization": "o", "customer": "c"}, "", "o"),
        ({"project": "p", "organization": "o"}, "project", "p"),
        ({"team": 7}, "team", "7"),
        ({"company": "null", "organization": "o"}, "", "o"),
    ],
)
def test_which_group_is_the_account(groups: dict[str, Any], group_type: str, account: str) -> None:
    event = event_of(with_properties(**{"$groups": groups}), group_type=group_type)
    assert event.accounts == (ForeignId("account", account), U1)


@pytest.mark.parametrize("groups", [{"instance": "http://localhost"}, {"project": "p"}, {}, None, 7, {"company": ""}])
def test_a_group_that_nobody_says_is_an_account_is_none(groups: object) -> None:
    assert event_of(with_properties(**{"$groups": groups})).accounts == (U1,)
    assert event_of(with_properties(**{"$groups": {"company": "acme"}}), group_type="team").accounts == (U1,)


def test_ids_of_groups_may_be_foreign() -> None:
    event = event_of(CAPTURE, group_ids="foreign", ids="hog")
    assert event.accounts == (ForeignId("hog.group", "acme"), ForeignId("hog.user", "u1"))


def test_an_account_of_ours_is_the_surest_and_rules_replace_all() -> None:
    assert event_of(with_properties(account_id="ours")).accounts == (ForeignId("account", "ours"), U1)
    rules = (AccountRule(pointer="/properties/plan", kind="crm"),)
    assert event_of(CAPTURE, account=rules).accounts == (ForeignId("crm", "pro"),)


def test_a_person_belongs_to_the_group_of_an_event() -> None:
    assert said(reading(CAPTURE)) == {("u1", "account", "acme")}
    assert said(reading(CAPTURE, group_ids="foreign")) == {("u1", "posthog.group", "acme")}


def test_an_identify_says_which_browser_the_person_had() -> None:
    body = {**CAPTURE, "event": "$identify", "properties": {"$anon_distinct_id": "a1"}}
    assert said(reading(body)) == {("a1", "posthog.user", "u1")}


@pytest.mark.parametrize("name", ["$create_alias", "$merge_dangerously"])
def test_an_alias_says_that_two_are_one_and_is_no_event(name: str) -> None:
    found = reading({**CAPTURE, "event": name, "properties": {"distinct_id": "u1", "alias": "a1"}})
    assert said(found) == {("a1", "posthog.user", "u1")}
    assert (found.events, len(found.ignored)) == ([], 1)
    assert said(reading({**CAPTURE, "event": name, "properties": {"alias": "u1"}})) == set()


def identify_group(group_type: str, distinct_id: str = "u1", **group: Any) -> dict[str, Any]:
    properties = {"$group_type": group_type, "$group_key": "acme", "$group_set": group}
    return {**CAPTURE, "event": "$groupidentify", "distinct_id": distinct_id, "properties": properties}


def test_a_groupidentify_is_an_alias_and_the_accounts_traits() -> None:
    body = identify_group("company", seats=40, segment="enterprise", account_owner="kim", name="Acme")
    event = event_of(body)
    assert (event.topic, event.accounts) == ("billing", (ACME, U1))
    assert {"seats": 40, "segment": "enterprise", "owner": "kim"}.items() <= moved([event]).items()
    assert "usage_14d" not in moved([event])
    assert said(reading(body)) == {("u1", "account", "acme")}


def test_the_distinct_id_that_a_server_makes_up_for_a_group_is_nobody() -> None:
    found = reading(identify_group("company", "$company_acme", plan="pro"))
    assert (said(found), found.events[0].accounts) == (set(), (ACME,))
    assert as_decoded(found.events[0])[0].user_id == ""


def test_a_groupidentify_of_another_type_is_ignored() -> None:
    body = identify_group("project", plan="pro")
    body["properties"]["$groups"] = {"company": "acme"}
    found = reading(body)
    assert (found.events, found.aliases, len(found.ignored)) == ([], [], 1)


@pytest.mark.parametrize("where", ["properties", "options"])
def test_a_distinct_id_that_was_made_up_for_one_event_is_nobody(where: str) -> None:
    said_so = {where: {("$" if where == "properties" else "") + "process_person_profile": False}}
    made_up = {**CAPTURE, "distinct_id": "0b3f7c1e-7d5c-4c9b-9c0e-2f6f5a3d1e11", "properties": {}, **said_so}
    assert [each.reason for each in reading(made_up).refused] == ["no_account"]
    made_up["properties"] = {**made_up["properties"], "$groups": {"company": "acme"}}
    event = event_of(made_up)
    assert (event.accounts, said(reading(made_up)), as_decoded(event)[0].user_id) == ((ACME,), set(), "")
    for known in ({"distinct_id": "u1"}, {"properties": {**made_up["properties"], "$device_id": "d1"}}):
        assert as_decoded(event_of({**made_up, **known}))[0].user_id != ""
