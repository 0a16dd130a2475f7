"""A notifier with the sinks of an `alerts.toml`: mail, a signed webhook, PagerDuty and tickets, all at once."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from standardwebhooks import Webhook

from alerts.delivery_record import DeliveryRecord
from alerts.step import AlertStep
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.notifier.process import run_notifier
from streams.operations.metrics import NotifierMetrics
from streams.topics import ALERTS, DELIVERIES
from tests.builders import an_alert_step
from tests.support.fake_slack import FakeSlack, Reply
from tests.support.kafka.topic import read_all
from tests.support.receivers.fake_smtp import FakeSmtp
from tests.support.receivers.ticket_systems import TOKEN, FakeZendesk

KEY = base64.b64encode(b"k" * 32).decode()
RULES = """
[alerts]
name = "ours"

[traits]
owner = "owner"

[rules.tier]
kind = "tier"
severities = {{ red = "critical" }}
ticket = "helpdesk"

[routes.all]
to = ["team", "hook", "pager"]
storm = {{ messages = 1000, within = "10m" }}

[sinks.team]
kind = "mail"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "vitals@corp.example"
to = ["ann@corp.example", "bob@corp.example"]

[sinks.hook]
kind = "webhook"
url_secret = "VITALS_SECRET_HOOK"
signing_secret = "VITALS_SECRET_SIGN"
allow_private = true

[sinks.pager]
kind = "pagerduty"
routing_secret = "VITALS_SECRET_PAGER"
url = "{pager}"
allow_private = true

[sinks.helpdesk]
kind = "ticket"
system = "zendesk"
url_secret = "VITALS_SECRET_DESK"
token_secret = "VITALS_SECRET_DESK_TOKEN"
allow_private = true
"""
STEPS = [
    an_alert_step(),
    an_alert_step(sequence=2, step_number=2, step="escalated", status="escalated", reason="escalated"),
    an_alert_step(sequence=3, step_number=3, step="resolved", status="resolved", reason="resolved"),
]


async def publish(settings: Settings, steps: Sequence[AlertStep]) -> None:
    await ensure_topics(settings)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for step in steps:
            key = step.account_id.encode()
            await producer.send_and_wait(settings.topic(ALERTS), msgspec.json.encode(step), key=key)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110  # other threads take the posts
            await asyncio.sleep(0.05)


async def test_a_case_reaches_every_sink_of_its_route_and_its_ticket(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITALS_SECRET_SIGN", KEY)
    monkeypatch.setenv("VITALS_SECRET_PAGER", "routing-key")
    monkeypatch.setenv("VITALS_SECRET_DESK_TOKEN", TOKEN)
    refusal = {"bob@corp.example": ["550 5.1.1 no such user"]}
    with FakeSlack(Reply(503)) as hook, FakeSlack() as pager, FakeZendesk() as desk:
        async with FakeSmtp(recipients=refusal) as smtp:
            monkeypatch.setenv("VITALS_SECRET_HOOK", hook.url)
            monkeypatch.setenv("VITALS_SECRET_DESK", desk.base)
            file = tmp_path / "alerts.toml"
            file.write_text(RULES.format(port=smtp.server().port, pager=pager.url))
            await publish(settings, STEPS)
            stop = asyncio.Event()
            own = msgspec.structs.replace(settings, alerts=str(file))
            running = asyncio.create_task(run_notifier(own, stop=stop, metrics=NotifierMetrics()))
            await until(
                lambda: (
                    running.done()
                    or (
                        len(smtp.mails) >= 3
                        and len(hook.accepted()) >= 3
                        and len(pager.posts) >= 3
                        and any(not ticket["is_open"] for ticket in desk.tickets.values())
                    )
                )
            )
            stop.set()
            await running
    mails = smtp.mails
    assert [mail.recipients for mail in mails] == [
        ["ann@corp.example"],
        *[["ann@corp.example", "bob@corp.example"]] * 2,
    ]
    assert {mail.header("In-Reply-To") for mail in mails[1:]} == {mails[0].header("Message-ID")}
    for post, step in zip(hook.accepted(), STEPS, strict=True):
        Webhook(KEY).verify(post.body, post.headers)
        assert msgspec.json.decode(post.body, type=AlertStep) == step
    assert [post.json()["event_action"] for post in pager.posts] == ["trigger", "trigger", "resolve"]
    assert {post.json()["dedup_key"] for post in pager.posts} == {"c0ffee"}
    (ticket,) = desk.tickets.values()
    assert len(ticket["notes"]) == 3
    records = [msgspec.json.decode(raw, type=DeliveryRecord) for raw in await read_all(settings, DELIVERIES)]
    assert {record.outcome for record in records} == {"delivered"}
    assert {(record.sink, record.step_id) for record in records} == {
        (sink, step.id) for sink in ("team", "hook", "pager", "helpdesk") for step in STEPS
    }
    (partly,) = {record.why for record in records if record.why}
    assert partly.startswith("1 of 2 refused: bob@corp.example (answered 550")
