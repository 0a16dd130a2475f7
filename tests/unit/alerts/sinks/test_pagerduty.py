"""PagerDuty: an incident a case."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.gathered import gathered_of
from alerts.sinks import http
from alerts.sinks.http import http_client
from alerts.sinks.pagerduty import SUMMARY_LIMIT, PagerDutySink, event_of
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, Message
from tests.builders import an_alert_step
from tests.support.fake_slack import FakeSlack, Reply

KEY = "routing-key-0123456789"
TAKEN = Reply(202, body=b'{"status":"success","message":"Event processed","dedup_key":"c0ffee"}')


async def deliver(message: Message, reply: Reply = TAKEN) -> dict[str, Any]:
    with FakeSlack(reply) as fake:
        async with http_client() as client:
            await PagerDutySink(fake.url, KEY, client).deliver(message)
    body: dict[str, Any] = fake.posts[0].json()
    return body


async def test_a_case_opens_an_incident_under_its_own_id() -> None:
    event = await deliver(an_alert_step(page="https://vitals.example/a/acme"))
    assert (event["event_action"], event["dedup_key"], event["routing_key"]) == ("trigger", "c0ffee", KEY)
    content = event["payload"]
    assert content["severity"] == "critical"
    assert "acme" in content["summary"]
    assert content["timestamp"] == "2026-11-21T10:00:00Z"
    assert content["custom_details"]["MRR"] == "5,000"
    assert len(content["custom_details"]) <= 7
    assert [link["text"] for link in event["links"]] == ["Account", "Playbook"]
    assert event["client_url"] == "https://vitals.example/a/acme"


@pytest.mark.parametrize(
    ("step", "status", "action"),
    [
        ("opened", "open", "trigger"),
        ("changed", "open", "trigger"),
        ("escalated", "escalated", "trigger"),
        ("acknowledged", "acknowledged", "acknowledge"),
        ("resolved", "resolved", "resolve"),
        ("retracted", "retracted", "resolve"),
        ("snooze_ended", "open", "trigger"),
        ("snooze_ended", "resolved", "resolve"),
    ],
)
def test_each_step_is_an_action(step: str, status: str, action: str) -> None:
    event = event_of(an_alert_step(step=step, status=status), KEY)
    assert (event.event_action, event.dedup_key) == (action, "c0ffee")
    assert (event.content is None) == (action != "trigger")


@pytest.mark.parametrize(
    ("severity", "status", "expected"),
    [
        ("critical", "open", "critical"),
        ("warning", "open", "warning"),
        ("warning", "escalated", "error"),
        ("critical", "escalated", "critical"),
        ("info", "open", "info"),
    ],
)
def test_severities(severity: str, status: str, expected: str) -> None:
    content = event_of(an_alert_step(severity=severity, status=status), KEY).content
    assert content is not None
    assert content.severity == expected


def test_a_step_without_a_case_is_an_incident_of_its_own() -> None:
    step = an_alert_step(case_id="")
    assert event_of(step, KEY).dedup_key == step.id


def test_a_message_about_many_is_one_incident() -> None:
    gathered = gathered_of([an_alert_step(account_id=name) for name in "abc"], "day/pager", "storm")
    event = event_of(gathered, KEY)
    assert (event.event_action, event.dedup_key) == ("trigger", gathered.id)


def test_a_summary_is_never_too_long() -> None:
    content = event_of(an_alert_step(account_id="ä" * 5_000), KEY).content
    assert content is not None
    assert len(content.summary) <= SUMMARY_LIMIT


async def test_good_news_and_what_concerns_no_incident_page_nobody() -> None:
    async with http_client() as client:
        sink = PagerDutySink("https://events.example", KEY, client)
    assert sink.shows(an_alert_step())
    assert sink.shows(an_alert_step(step="acknowledged", reason="action"))
    assert not sink.shows(an_alert_step(severity="good"))
    assert not sink.shows(an_alert_step(step="assigned", reason="action"))
    assert not sink.is_gathering


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (Reply(400, body=b'{"status":"invalid event","errors":["summary is missing"]}'), DeliveryRefused),
        (Reply(400, body=b'{"status":"invalid event","errors":["Invalid routing key"]}'), ChannelUnavailable),
        (Reply(403), ChannelUnavailable),
        (Reply(404), ChannelUnavailable),
        (Reply(302, {"Location": "http://169.254.169.254/"}), ChannelUnavailable),
        (Reply(500), DeliveryFailed),
        (Reply(503), DeliveryFailed),
        (Reply(hangs_up=True), DeliveryFailed),
    ],
)
async def test_what_each_answer_means(reply: Reply, failure: type[Exception]) -> None:
    with pytest.raises(failure) as caught:
        await deliver(an_alert_step(), reply)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("asked", [1, 30, 600])
async def test_a_pause_is_honoured(asked: int) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        await deliver(an_alert_step(), Reply(429, {"Retry-After": str(asked)}))
    assert caught.value.retry_after_seconds == asked


async def test_a_hang_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "EXCHANGE_SECONDS", 0.2)
    with pytest.raises(DeliveryFailed) as caught:
        await deliver(an_alert_step(), Reply(after_seconds=30.0))
    assert caught.value.may_have_arrived
