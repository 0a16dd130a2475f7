"""What becomes of HubSpot's notifications. They are written after developers.hubspot.com/docs/api/webhooks."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.reading import BadRequest, Reading, Request
from streams.gateway.sources.schema import HubSpotSource
from streams.gateway.vendors.hubspot import VENDOR, read
from streams.identity.alias import ACCOUNT, ForeignId
from tests.support.gateway.memory_door import MemoryDoor
from tests.support.gateway.requests import a_request

SOURCE = HubSpotSource(insecure=True)
COMPANY, TICKET = "hubspot.company", "hubspot.ticket"
NOON_MS = 1_772_355_600_000  # 2026-03-01T09:00:00Z


def a_notification(kind: str, **fields: Any) -> dict[str, Any]:
    return {
        "eventId": 100,
        "subscriptionId": 1234,
        "portalId": 62515,
        "appId": 98765,
        "occurredAt": NOON_MS,
        "subscriptionType": kind,
        "attemptNumber": 0,
        "objectId": 1148,
        "changeSource": "CRM",
        **fields,
    }


def changed(name: str, value: object, kind: str = "company", **fields: Any) -> dict[str, Any]:
    return a_notification(f"{kind}.propertyChange", propertyName=name, propertyValue=value, **fields)


def batch(*notifications: dict[str, Any], source: HubSpotSource = SOURCE) -> Request:
    return a_request(source, list(notifications))


def values(reading: Reading) -> list[dict[str, Any]]:
    return [msgspec.json.decode(event.value) for event in reading.events]


def leads(reading: Reading) -> list[tuple[str, str, ForeignId]]:
    return [(alias.kind, alias.id, alias.to) for alias in reading.aliases]


# --- companies


def test_a_property_of_a_company_is_a_trait_of_its_account() -> None:
    reading = read(batch(changed("lifecyclestage", "customer")))
    (event,) = reading.events
    assert (event.topic, event.event, event.accounts) == ("analytics", "account_updated", (ForeignId(COMPANY, "1148"),))
    (value,) = values(reading)
    assert value["properties"] == {"lifecycle_stage": "customer"}
    assert value["timestamp"] == "2026-03-01T09:00:00Z"


def test_a_batch_makes_traits_that_the_model_reads() -> None:
    door = MemoryDoor()
    door.take(
        batch(
            changed("hubspot_owner_id", "60158"),
            changed("renewal_date", "1774915200000", occurredAt=NOON_MS + 1),
            changed("segment", "enterprise", occurredAt=NOON_MS + 2),
            changed("account_id", "acme", occurredAt=NOON_MS + 3),
        )
    )
    assert not door.waiting
    facts = door.facts()
    assert (facts["owner"], facts["renewal_days"], facts["segment"]) == ("60158", 30, "enterprise")
    assert facts["usage_14d"] == 0


@pytest.mark.parametrize(
    ("name", "sent", "trait", "value"),
    [
        ("annualrevenue", "1200000", "annualrevenue", 1_200_000),
        ("mrr", "99.5", "mrr", 99.5),
        ("numberofemployees", "-3", "employees", -3),
        ("seats", "twelve", "seats", "twelve"),
        ("zip", "02139", "zip", "02139"),
        ("renewal_date", "2026-06-30", "renewal_date", "2026-06-30"),
        ("seats", "1" * 40, "seats", "1" * 40),
    ],
)
def test_numbers_and_dates_are_such_only_in_traits_that_are(name: str, sent: str, trait: str, value: object) -> None:
    assert values(read(batch(changed(name, sent))))[0]["properties"] == {trait: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [("segment", ""), ("segment", None), ("phone", "555"), ("csm", "kim@acme.io"), ("notes", "x" * 501)],
)
def test_what_no_model_reads_and_what_is_personal_is_ignored(name: str, value: object) -> None:
    reading = read(batch(changed(name, value)))
    assert reading == Reading(ignored=reading.ignored)
    assert len(reading.ignored) == 1


def test_the_property_that_holds_the_account_makes_the_alias_and_no_event() -> None:
    source = HubSpotSource(account_property="our_id", ids="crm")
    reading = read(batch(changed("our_id", "acme"), source=source))
    assert leads(reading) == [("crm.company", "1148", ForeignId(ACCOUNT, "acme"))]
    assert not reading.events
    assert read(batch(changed("our_id", ""), source=source)).forgotten == [ForeignId("crm.company", "1148")]
    without = HubSpotSource(account_property="")
    assert not read(batch(changed("", "acme"), source=without)).aliases


def test_merged_companies_are_the_primary_one() -> None:
    part = a_notification("company.merge", primaryObjectId=1, mergedObjectIds=[2, 3], newObjectId=4)
    to = ForeignId(COMPANY, "1")
    assert leads(read(batch(part))) == [(COMPANY, "2", to), (COMPANY, "3", to), (COMPANY, "4", to)]
    assert leads(read(batch({**part, "newObjectId": 1, "mergedObjectIds": [2]}))) == [(COMPANY, "2", to)]


# --- tickets


def associated(**fields: Any) -> dict[str, Any]:
    part = a_notification("ticket.associationChange", fromObjectId=77, toObjectId=1148, **fields)
    return {**part, "associationType": "TICKET_TO_COMPANY", "associationRemoved": False}


def a_door() -> MemoryDoor:
    door = MemoryDoor()
    door.take(batch(changed("account_id", "acme")))
    return door


def test_a_ticket_waits_for_its_company_and_is_closed_by_its_close_date() -> None:
    door = a_door()
    door.take(batch(a_notification("ticket.creation", objectId=77)))
    assert len(door.waiting) == 1
    door.take(batch(associated()))
    assert door.facts()["open_tickets"] == 1
    door.take(batch(changed("hs_ticket_priority", "HIGH", "ticket", objectId=77, occurredAt=NOON_MS + 5)))
    reading = door.take(batch(changed("closed_date", "1772355660000", "ticket", objectId=77, occurredAt=NOON_MS + 9)))
    assert reading.ended == [ForeignId(TICKET, "77")]
    assert [event.event for event in door.events["acme"]] == [
        "ticket_opened",
        "ticket_priority_changed",
        "ticket_closed",
    ]
    assert door.facts()["open_tickets"] == 0
    assert msgspec.json.decode(door.events["acme"][1].value)["properties"] == {"ticket_id": "77", "priority": "high"}
    assert door.leads(TICKET, "77") == ""


def test_a_ticket_without_an_id_is_refused() -> None:
    reading = read(batch(a_notification("ticket.deletion", objectId=None)))
    assert [each.reason for each in reading.refused] == ["no_account"]
    assert reading == Reading(refused=reading.refused)


def test_a_deleted_ticket_is_closed() -> None:
    door = a_door()
    door.take(batch(a_notification("ticket.creation", objectId=77), associated()))
    door.take(batch(a_notification("ticket.deletion", objectId=77, occurredAt=NOON_MS + 9)))
    assert door.facts()["open_tickets"] == 0
    assert not door.waiting


@pytest.mark.parametrize(
    "part",
    [
        {**associated(), "associationRemoved": True},
        {**associated(), "associationType": "TICKET_TO_CONTACT"},
        changed("hs_pipeline_stage", "4", "ticket"),
        changed("closed_date", "", "ticket"),
        changed("hs_ticket_priority", "", "ticket"),
        a_notification("company.creation"),
        a_notification("deal.creation"),
        a_notification("contact.privacyDeletion"),
        a_notification("object.creation", objectTypeId="2-123"),
    ],
)
def test_what_has_no_use_is_ignored(part: dict[str, Any]) -> None:
    reading = read(batch(part))
    assert len(reading.ignored) == 1
    assert reading == Reading(ignored=reading.ignored)


# --- the envelope


def test_generic_subscriptions_name_the_kind_of_object_by_number_and_give_the_same_event() -> None:
    generic = changed("segment", "smb", "object", objectTypeId="0-2", subscriptionId=9, eventId=7)
    assert values(read(batch(generic))) == values(read(batch(changed("segment", "smb"))))
    part = a_notification("object.associationChange", fromObjectTypeId="0-5", toObjectTypeId="0-2", fromObjectId=7)
    reading = read(batch({**part, "toObjectId": 8, "associationRemoved": False}))
    assert leads(reading) == [(TICKET, "7", ForeignId(COMPANY, "8"))]


def test_a_repetition_has_the_same_id_and_two_changes_have_two_though_hubspots_own_is_the_same() -> None:
    first, again = changed("segment", "smb"), changed("segment", "smb", attemptNumber=3)
    other, later = changed("industry", "smb"), changed("segment", "smb", occurredAt=NOON_MS + 1)
    ids = [value["id"] for value in values(read(batch(first, again, other, later)))]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_a_batch_is_taken_but_for_what_is_wrong_in_it() -> None:
    reading = read(
        batch(changed("segment", "smb"), {"hello": 1}, changed("segment", "x", occurredAt="?"), changed("a", "b"))
    )
    assert [event.position for event in reading.events] == [0, 3]
    assert [(refused.reason, refused.position) for refused in reading.refused] == [("invalid", 1), ("bad_timestamp", 2)]
    (refused,) = read(batch(changed("segment", "smb", objectId=None))).refused
    assert refused.reason == "no_account"
    assert not read(a_request(SOURCE, refused.value)).events


def test_one_notification_alone_is_read_too_and_nothing_else_is() -> None:
    assert len(read(a_request(SOURCE, changed("segment", "smb"))).events) == 1
    assert read(a_request(SOURCE, [])) == Reading()
    with pytest.raises(BadRequest):
        read(a_request(SOURCE, b'"text"'))
    assert VENDOR.answer_seconds < 5


ODD: st.SearchStrategy[Any] = st.none() | st.integers() | st.text(max_size=5) | st.just({}) | st.just([])
KINDS = (
    "company.propertyChange",
    "company.merge",
    "ticket.creation",
    "ticket.propertyChange",
    "ticket.associationChange",
)


@given(
    kind=st.sampled_from(KINDS),
    fields=st.dictionaries(
        st.sampled_from(
            (
                "objectId",
                "propertyName",
                "propertyValue",
                "mergedObjectIds",
                "primaryObjectId",
                "toObjectId",
                "fromObjectId",
            )
        ),
        ODD,
    ),
)
def test_whatever_a_notification_holds_it_is_taken_refused_or_ignored(kind: str, fields: dict[str, Any]) -> None:
    reading = read(batch(a_notification(kind, **fields)))
    assert any((reading.events, reading.aliases, reading.forgotten, reading.refused, reading.ignored))
    assert all(event.accounts for event in reading.events)
