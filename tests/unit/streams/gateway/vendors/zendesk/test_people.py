"""Where Zendesk's users and organizations lead."""

from __future__ import annotations

from typing import Any

import pytest

from streams.gateway.reading import Reading
from streams.gateway.sources.schema import ZendeskSource
from streams.gateway.vendors.zendesk.reader import read
from streams.identity.alias import ACCOUNT, Alias, ForeignId
from tests.support.gateway.requests import RECEIVED_MS, a_request
from tests.support.gateway.zendesk_bodies import ORG, SOURCE, USER, an_organization, hook


@pytest.mark.parametrize("what", ["created", "external_id_changed", "name_changed", "tags_changed"])
def test_an_organization_leads_to_the_account_of_its_external_id(what: str) -> None:
    reading = read(hook(f"organization.{what}", an_organization()))
    (alias,) = reading.aliases
    assert alias == Alias(
        kind=ORG, id="8447346622462", to=ForeignId(ACCOUNT, "acme"), author="zendesk", at_ms=1_772_355_600_123
    )
    assert reading == Reading(aliases=[alias])


@pytest.mark.parametrize("external", [None, "", "null", {}])
def test_an_organization_without_an_external_id_leads_nowhere(external: Any) -> None:
    reading = read(hook("organization.created", an_organization(external_id=external)))
    assert [each.what for each in reading.ignored] == ["organization.created"]
    assert not reading.aliases


def test_an_organization_that_loses_its_external_id_or_is_deleted_is_forgotten() -> None:
    emptied = hook(
        "organization.external_id_changed", an_organization(external_id=None), {"previous": "acme", "current": None}
    )
    assert read(emptied).forgotten == [ForeignId(ORG, "8447346622462")]
    assert read(hook("organization.deleted", an_organization())).forgotten == [ForeignId(ORG, "8447346622462")]
    assert not read(hook("organization.deleted", an_organization())).aliases


def test_the_new_external_id_may_be_in_the_event_alone() -> None:
    reading = read(hook("organization.external_id_changed", {"id": "1"}, {"previous": "a", "current": "b"}))
    assert [each.to for each in reading.aliases] == [ForeignId(ACCOUNT, "b")]


def test_a_new_name_is_no_external_id() -> None:
    changed = {"previous": "Acme", "current": "Acme Inc."}
    reading = read(hook("organization.name_changed", an_organization(external_id=None), changed))
    assert reading == Reading(ignored=reading.ignored)


def test_a_user_or_an_organization_without_an_id_is_ignored() -> None:
    for request in (
        hook("user.created", {"organization_id": "7"}),
        hook("user.deleted", {"organization_id": "7"}),
        hook("organization.created", an_organization(id=None)),
    ):
        reading = read(request)
        assert reading == Reading(ignored=reading.ignored)


def test_a_user_leads_to_an_organization_and_a_deleted_one_is_forgotten() -> None:
    source = ZendeskSource(ids="helpdesk")
    user = {"id": "9001", "organization_id": "7", "external_id": "u-1"}
    (alias,) = read(hook("user.organization_membership_created", user, source=source)).aliases
    assert (alias.kind, alias.id, alias.to) == ("helpdesk.user", "9001", ForeignId("helpdesk.organization", "7"))
    assert read(hook("user.deleted", user)).forgotten == [ForeignId(USER, "9001")]


def test_an_alias_is_never_dated_after_its_arrival() -> None:
    (alias,) = read(hook("organization.created", an_organization(), at="2099-07-07T03:44:13Z")).aliases
    assert alias.at_ms == RECEIVED_MS


def test_organizations_of_eventbridge_lead_to_accounts_too() -> None:
    event = {"meta": {"occurred_at": "2026-01-30T22:55:29Z"}, "type": "Custom Field Changed"}
    body = {"detail-type": "Support Organization: Custom Field Changed", "source": "aws.partner/zendesk.com/1/default"}
    body["detail"] = {"organization_event": {**event, "organization": {"id": 12345, "external_id": "AU123"}}}  # type: ignore[assignment]
    (alias,) = read(a_request(SOURCE, body)).aliases
    assert (alias.id, alias.to) == ("12345", ForeignId(ACCOUNT, "AU123"))
