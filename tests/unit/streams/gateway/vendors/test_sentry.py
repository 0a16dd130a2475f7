"""What becomes of Sentry's webhooks."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from streams.gateway.reading import BadRequest, Inbound, Reading, Request
from streams.gateway.sources.schema import AccountRule, SentrySource
from streams.gateway.vendors.sentry import VENDOR, read
from streams.identity.alias import ACCOUNT, ForeignId
from tests.support.gateway.fixtures import fixture, fixtures
from tests.support.gateway.memory_door import MemoryDoor
from tests.support.gateway.requests import RECEIVED_MS, a_request

SOURCE = SentrySource(insecure=True)
AT = "2026-03-01T09:59:00.250000Z"


def an_error(**fields: Any) -> dict[str, Any]:
    return {
        "event_id": "bb78c1407cea4519aa397afc059c793d",
        "datetime": AT,
        "level": "error",
        "tags": [["os", "Linux"], ["account_id", "acme"]],
        "exception": {"values": [{"type": "TypeError", "value": "x is undefined", "mechanism": {"handled": False}}]},
        **fields,
    }


def hook(error: dict[str, Any], resource: str = "error", source: SentrySource = SOURCE) -> Request:
    part = "event" if resource == "event_alert" else "error"
    body = {"action": "created", "data": {part: error}, "installation": {"uuid": "u"}}
    return a_request(source, body, headers={"Sentry-Hook-Resource": resource, "Request-ID": "r-1"})


def only(reading: Reading) -> tuple[Inbound, dict[str, Any]]:
    (event,) = reading.events
    assert not reading.refused
    assert not reading.ignored
    return event, msgspec.json.decode(event.value)


# --- the fixtures


def test_an_error_of_the_documentation_names_nobody_and_is_refused_with_a_remedy() -> None:
    reading = read(fixture("sentry/docs_error_created.json").request(SOURCE))
    (refused,) = reading.refused
    assert refused.reason == "no_account"
    assert 'Sentry.setTag("account_id", …)' in refused.words
    assert not reading.events


@pytest.mark.parametrize(
    "path",
    [
        "sentry/docs_event_alert_triggered.json",
        "sentry/ipe_event_alert_triggered.json",
        "sentry/ipe_event_alert_triggered_with_alert_rule_action.json",
    ],
)
def test_alerts_on_events_are_read_as_the_errors_that_they_are_about(path: str) -> None:
    found = fixture(path)
    (refused,) = read(found.request(SOURCE)).refused
    assert refused.reason == "no_account"
    found.body["data"]["event"]["tags"] = [["account_id", "acme"]]
    event, value = only(read(a_request(SOURCE, found.body, headers=found.headers)))
    assert (event.topic, event.event, value["id"]) == (
        "exceptions",
        "$exception",
        found.body["data"]["event"]["event_id"],
    )


def test_everything_else_is_ignored_and_counted() -> None:
    about_errors = ("docs_error", "docs_event_alert", "ipe_event_alert")
    others = [each for each in fixtures("sentry") if not each.path.removeprefix("sentry/").startswith(about_errors)]
    assert len(others) == 16
    for each in others:
        reading = read(each.request(SOURCE))
        (ignored,) = reading.ignored
        assert ignored.what == f"{each.headers['sentry-hook-resource']}.{each.body['action']}"
        assert reading == Reading(ignored=reading.ignored)


def test_the_tagged_error_of_the_documentation_is_one_error_of_the_account() -> None:
    found = fixture("sentry/docs_error_created.json")
    found.body["data"]["error"]["tags"].append(["account_id", "acme"])
    door = MemoryDoor()
    door.take(a_request(SOURCE, found.body, headers=found.headers))
    assert door.facts()["errors_14d"] == 1
    value = msgspec.json.decode(door.events["acme"][0].value)
    assert value["properties"]["type"] == "ReferenceError"
    assert value["properties"]["message"] == "blooopy is not defined"
    assert "162.2" not in str(value)


# --- an error


def test_an_error_is_an_exception_of_the_account_in_its_tag() -> None:
    event, value = only(read(hook(an_error(user={"id": 42, "ip_address": "10.0.0.1"}, environment="production"))))
    assert event.accounts == (ForeignId(ACCOUNT, "acme"), ForeignId("sentry.user", "42"))
    assert event.topic == "exceptions"
    assert value == {
        "event": "$exception",
        "timestamp": "2026-03-01T09:59:00.250Z",
        "id": "bb78c1407cea4519aa397afc059c793d",
        "user_id": "42",
        "properties": {
            "type": "TypeError",
            "message": "x is undefined",
            "level": "error",
            "handled": False,
            "environment": "production",
        },
    }


def test_an_error_and_its_alert_count_once() -> None:
    door = MemoryDoor()
    for resource in ("error", "event_alert", "error"):
        door.take(hook(an_error(), resource))
    assert len(door.events["acme"]) == 3
    assert door.facts()["errors_14d"] == 1
    door.take(hook(an_error(event_id="e4874d664c3540c1a32eab185f12c5ab"), "event_alert"))
    assert door.facts()["errors_14d"] == 2


@pytest.mark.parametrize(
    "tags",
    [[["org", "acme"]], [{"key": "org", "value": "acme"}], {"org": "acme"}, [["os"], 7, None, ["org", " acme "]]],
)
def test_tags_may_be_pairs_or_objects_and_have_any_name(tags: object) -> None:
    event, _ = only(read(hook(an_error(tags=tags), source=SentrySource(tag_name="org"))))
    assert event.accounts == (ForeignId(ACCOUNT, "acme"),)


def test_without_a_tag_the_user_may_lead_to_the_account() -> None:
    user = {"id": None, "email": "ann@acme.io", "username": "ann"}
    event, value = only(
        read(hook(an_error(tags=[["account_id", "undefined"]], user=user), source=SentrySource(ids="eu")))
    )
    assert event.accounts == (ForeignId("eu.user", "ann@acme.io"), ForeignId("eu.user", "ann"))
    assert value["user_id"] == "ann@acme.io"


def test_the_rules_of_the_source_replace_tag_and_user() -> None:
    source = SentrySource(account=(AccountRule(pointer="/contexts/account/id", kind="app.org"),))
    event, _ = only(read(hook(an_error(contexts={"account": {"id": 7}}), source=source)))
    assert event.accounts == (ForeignId("app.org", "7"),)


@pytest.mark.parametrize("fields", [{"level": "info"}, {"level": "warning"}, {"type": "transaction"}])
def test_what_is_no_error_is_ignored(fields: dict[str, str]) -> None:
    reading = read(hook(an_error(**fields)))
    ((field, value),) = fields.items()
    assert [each.what for each in reading.ignored] == [f"error of {field} {value}"]
    assert not reading.events


def test_a_webhook_without_what_it_is_about_is_ignored() -> None:
    for body, headers, what in (
        ({"action": "created", "data": {}}, {"Sentry-Hook-Resource": "error"}, "error.created"),
        ({"data": {"thing": {}}}, {}, "unknown.unknown"),
    ):
        reading = read(a_request(SOURCE, body, headers=headers))
        assert [each.what for each in reading.ignored] == [what]


def test_the_environment_may_be_a_tag() -> None:
    _, value = only(read(hook(an_error(tags=[["account_id", "acme"], ["environment", "staging"]]))))
    assert value["properties"]["environment"] == "staging"


def test_texts_are_cut_and_stacks_left_out() -> None:
    exception = {"type": "E" * 900, "value": "x" * 900, "stacktrace": {"frames": [{"vars": {"card": "4242"}}]}}
    event, value = only(read(hook(an_error(exception={"values": [exception]}, breadcrumbs=[{"message": "4242"}]))))
    assert len(value["properties"]["message"]) == len(value["properties"]["type"]) == 200
    assert b"4242" not in event.value


def test_a_refused_error_can_be_read_again_and_holds_no_stack_and_no_address() -> None:
    error = an_error(tags=[["org", "acme"]], user={"ip_address": "10.0.0.1"}, request={"data": "4242"})
    (refused,) = read(hook(error)).refused
    assert b"4242" not in refused.value
    assert b"10.0.0.1" not in refused.value
    again = a_request(SentrySource(tag_name="org"), refused.value, headers={"Sentry-Hook-Resource": "error"})
    event, _ = only(read(again))
    assert event.accounts == (ForeignId(ACCOUNT, "acme"),)


def test_the_time_may_be_seconds_and_one_that_is_none_is_refused() -> None:
    event, _ = only(read(hook(an_error(datetime=None, timestamp=1_772_359_140.25))))
    assert event.occurred_at_ms == 1_772_359_140_250
    event, _ = only(read(hook(an_error(datetime=None))))
    assert event.occurred_at_ms == RECEIVED_MS
    (refused,) = read(hook(an_error(datetime="yesterday"))).refused
    assert refused.reason == "bad_timestamp"


def test_a_resource_that_a_proxy_dropped_is_seen_by_the_body() -> None:
    body = {"action": "triggered", "data": {"event": an_error()}}
    only(read(a_request(SOURCE, body)))


def test_an_error_without_an_id_has_one_by_its_content() -> None:
    ids = {only(read(hook(an_error(event_id=None, datetime=at))))[1]["id"] for at in (AT, AT, "2026-03-01T09:58:00Z")}
    assert len(ids) == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
def test_a_body_that_is_no_object_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read(a_request(SOURCE, body))


def test_sentry_is_answered_within_its_second() -> None:
    assert VENDOR.answer_seconds < 1
    assert not VENDOR.reads_answers
