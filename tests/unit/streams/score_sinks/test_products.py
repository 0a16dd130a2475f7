"""What each product gets."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from alerts.lifecycle.schema import ScoreSink
from streams.score_sinks.products import Product, Request
from streams.score_sinks.value import ScoreValue

VALUE = ScoreValue(
    account_id="acme/ü?x=1",
    score=61.25,
    tier="yellow",
    as_of="2026-11-21T10:00:00Z",
    generation=3,
    version=9,
    driver='Usage ("no login in 15 days")',
)
NONE = ScoreValue(account_id="acme", score=None, tier="churned", as_of="", generation=1, version=1)


def request(template: Any, url: str, value: ScoreValue = VALUE, **fields: Any) -> Request:
    return Product(ScoreSink(template=template, url_secret="X", **fields), url, "TOKEN").request(value)


def body(made: Request) -> Any:
    return json.loads(made.body)


def test_segment_gets_a_group_call() -> None:
    made = request("segment", "https://api.segment.io")
    assert (made.method, made.url) == ("POST", "https://api.segment.io/v1/group")
    assert made.headers == {"Authorization": "Basic " + base64.b64encode(b"TOKEN:").decode()}
    said = body(made)
    assert said["groupId"] == "acme/ü?x=1"
    assert said["traits"] == {"health_score": 61.25, "health_tier": "yellow", "health_driver": VALUE.driver}
    assert said["messageId"] == f"vitals-{VALUE.id}"
    assert said["timestamp"] == "2026-11-21T10:00:00Z"


def test_posthog_gets_a_group_identify_and_no_person() -> None:
    made = request("posthog", "https://eu.i.posthog.com/", key="organization")
    assert made.url == "https://eu.i.posthog.com/i/v0/e/"
    assert made.headers == {}
    said = body(made)
    assert (said["api_key"], said["event"]) == ("TOKEN", "$groupidentify")
    properties = said["properties"]
    assert (properties["$group_type"], properties["$group_key"]) == ("organization", "acme/ü?x=1")
    assert properties["$group_set"]["health_tier"] == "yellow"
    assert properties["$process_person_profile"] is False


def test_hubspot_gets_properties_of_a_company() -> None:
    made = request("hubspot", "https://api.hubapi.com", key="account_ref", names={"score": "vitals"})
    assert made.method == "PATCH"
    assert made.url == ("https://api.hubapi.com/crm/v3/objects/companies/acme%2F%C3%BC%3Fx%3D1?idProperty=account_ref")
    assert made.headers == {"Authorization": "Bearer TOKEN"}
    assert body(made) == {"properties": {"vitals": 61.25, "health_tier": "yellow", "health_driver": VALUE.driver}}


def test_hubspot_clears_the_score_of_an_account_that_has_none() -> None:
    assert body(request("hubspot", "https://api.hubapi.com", NONE))["properties"]["health_score"] == ""


def test_salesforce_gets_fields_by_an_external_id_and_makes_no_account() -> None:
    made = request("salesforce", "https://corp.my.salesforce.com")
    assert made.method == "PATCH"
    assert made.url == (
        "https://corp.my.salesforce.com/services/data/v61.0/sobjects/Account/Vitals_Account_Id__c/"
        "acme%2F%C3%BC%3Fx%3D1?updateOnly=true"
    )
    assert body(made) == {
        "Health_Score__c": 61.25,
        "Health_Tier__c": "yellow",
        "Health_Driver__c": VALUE.driver,
    }
    assert body(request("salesforce", "https://c.example", NONE))["Health_Score__c"] is None


def test_an_address_with_a_path_is_taken_as_it_is() -> None:
    made = request("generic", "https://crm.example/accounts/{account_id}/health?v=1", body='{"s": {score}}')
    assert made.url == "https://crm.example/accounts/acme%2F%C3%BC%3Fx%3D1/health?v=1"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"score": {score}}', {"score": 61.25}),
        ('{"a": "{account_id}", "t": {tier}}', {"a": "acme/ü?x=1", "t": "yellow"}),
        ('{"text": "at {score}: {driver}"}', {"text": f"at 61.25: {VALUE.driver}"}),
        ('{"quote": "\\"{tier}\\"", "braces": "{other}"}', {"quote": '"yellow"', "braces": "{other}"}),
        ("[{score}, {driver}]", [61.25, VALUE.driver]),
    ],
)
def test_places_in_a_generic_body(template: str, expected: Any) -> None:
    assert body(request("generic", "https://crm.example/x", body=template)) == expected


def test_a_score_that_is_none_is_null_or_nothing() -> None:
    made = request("generic", "https://crm.example/x", NONE, body='{"n": {score}, "t": "{score}"}')
    assert body(made) == {"n": None, "t": ""}


def test_text_of_an_account_cannot_end_the_body() -> None:
    evil = ScoreValue(account_id='","admin":true,"x":"', score=1.0, tier="t", as_of="", generation=1, version=1)
    made = request("generic", "https://crm.example/x", evil, body='{"a": "{account_id}"}')
    assert body(made) == {"a": evil.account_id}


def test_a_body_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="delimiter"):
        request("generic", "https://crm.example/x", body='{"a" {score}}')


def test_the_same_value_is_the_same_request() -> None:
    assert request("segment", "https://api.segment.io") == request("segment", "https://api.segment.io")
