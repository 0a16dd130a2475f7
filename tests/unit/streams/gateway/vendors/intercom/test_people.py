"""Where Intercom's companies and contacts lead, and what is known of them."""

from __future__ import annotations

from typing import Any

import msgspec

from streams.gateway.reading import Reading
from streams.gateway.vendors.intercom.reader import read
from streams.identity.alias import ACCOUNT, ForeignId
from tests.support.gateway.intercom_bodies import COMPANY, CONTACT, SOURCE, a_company, a_contact, notification
from tests.support.gateway.memory_door import MemoryDoor
from tests.support.gateway.requests import a_request

COMPANY_ID = "531ee472cce572a6ec000006"


def leads(reading: Reading) -> list[tuple[str, str, ForeignId]]:
    return [(alias.kind, alias.id, alias.to) for alias in reading.aliases]


def test_a_company_leads_to_the_account_of_its_company_id_and_brings_traits() -> None:
    attributes = {
        "renewal_date": "2026-06-30",
        "csm": "Kim",
        "seats": 12,
        "nested": {"a": 1},
        "list": [1],
        "contact_email": "a@b.io",
    }
    reading = read(notification("company.updated", a_company(custom_attributes=attributes, monthly_spend=99)))
    assert leads(reading) == [(COMPANY, COMPANY_ID, ForeignId(ACCOUNT, "acme"))]
    (event,) = reading.events
    assert (event.topic, event.event, event.accounts) == (
        "analytics",
        "account_updated",
        (ForeignId(COMPANY, COMPANY_ID),),
    )
    assert msgspec.json.decode(event.value)["properties"] == {
        "renewal_date": "2026-06-30",
        "csm": "Kim",
        "seats": 12,
        "name": "Acme",
        "monthly_spend": 99,
        "plan": "Pro",
    }


def test_a_companys_traits_reach_the_model_and_are_no_use() -> None:
    door = MemoryDoor()
    door.take(
        notification("company.updated", a_company(custom_attributes={"csm": "Kim", "renewal_date": "2026-03-31"}))
    )
    facts = door.facts()
    assert (facts["owner"], facts["renewal_days"]) == ("Kim", 30)
    assert facts["usage_14d"] == 0


def test_a_company_id_that_intercom_made_up_is_no_account() -> None:
    company = a_company(company_id="6961d175205cf6a4438f0c22-qualification-company", name=None, plan=None)
    reading = read(notification("company.created", company))
    assert (reading.aliases, reading.events) == ([], [])
    assert [each.what for each in reading.ignored] == ["company.created"]


def test_a_contact_leads_to_its_only_company() -> None:
    reading = read(notification("contact.user.updated", a_contact(COMPANY_ID)))
    assert leads(reading) == [(CONTACT, "c-1", ForeignId(COMPANY, COMPANY_ID))]
    for companies in ((), ("a", "b")):
        reading = read(notification("contact.user.updated", a_contact(*companies)))
        assert [each.what for each in reading.ignored] == ["contact.user.updated"]


def test_a_contact_joins_a_company_and_leaves_it() -> None:
    both: dict[str, Any] = {"company": a_company(), "contact": a_contact(COMPANY_ID)}
    reading = read(notification("company.contact.attached", both))
    assert leads(reading) == [
        (CONTACT, "c-1", ForeignId(COMPANY, COMPANY_ID)),
        (COMPANY, COMPANY_ID, ForeignId(ACCOUNT, "acme")),
    ]
    reading = read(notification("company.contact.detached", {**both, "contact": a_contact()}))
    assert reading.forgotten == [ForeignId(CONTACT, "c-1")]
    reading = read(notification("company.contact.detached", {**both, "contact": a_contact("other")}))
    assert leads(reading) == [(CONTACT, "c-1", ForeignId(COMPANY, "other"))]
    assert not reading.forgotten


def test_a_merged_contact_leads_to_the_other_and_a_deleted_one_nowhere() -> None:
    merged = a_contact(merged_from={"type": "contact", "id": "c-0"})
    assert leads(read(notification("contact.merged", merged))) == [(CONTACT, "c-0", ForeignId(CONTACT, "c-1"))]
    assert read(notification("contact.deleted", {"id": "c-1"})).forgotten == [ForeignId(CONTACT, "c-1")]


def test_what_leads_somewhere_is_not_ignored() -> None:
    both = {"company": a_company(), "contact": a_contact(COMPANY_ID)}
    for topic, item in (
        ("company.contact.attached", both),
        ("company.contact.detached", {**both, "contact": a_contact()}),
        ("contact.user.updated", a_contact(COMPANY_ID)),
        ("contact.deleted", {"id": "c-1"}),
        ("company.created", a_company(name="", plan=None)),
    ):
        assert not read(notification(topic, item)).ignored
    assert read(notification("company.contact.tagged", both)) == Reading(
        ignored=read(notification("company.contact.tagged", both)).ignored
    )
    (refused,) = read(notification("company.updated", a_company(company_id=None), at="?")).refused
    assert refused.reason == "bad_timestamp"
    assert not read(notification("company.updated", a_company(company_id=None), at="?")).ignored


def test_a_company_without_intercoms_id_is_ignored() -> None:
    reading = read(notification("company.updated", a_company(id=None)))
    assert reading == Reading(ignored=reading.ignored)


def test_traits_have_the_notifications_id_or_one_by_their_content() -> None:
    def id_of(delivery: str | None, name: str) -> str:
        body = msgspec.json.decode(notification("company.updated", a_company(name=name)).body)
        (event,) = read(a_request(SOURCE, {**body, "id": delivery})).events
        return str(msgspec.json.decode(event.value)["id"])

    assert id_of("n-1", "Acme") == "n-1"
    assert id_of(None, "Acme") == id_of(None, "Acme") != id_of(None, "Acme Inc.")


def test_a_deleted_company_is_ignored() -> None:
    assert [each.what for each in read(notification("company.deleted", a_company())).ignored] == ["company.deleted"]
