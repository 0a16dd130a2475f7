"""A Slack app: one message a case, edited in place; its history in its thread; what is lost is looked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from alerts.gathered import gathered_of
from alerts.sinks.http import http_client
from alerts.sinks.pace import Pace
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused
from alerts.sinks.slack_app import SlackAppSink
from alerts.sinks.slack_web_api import SlackWebApi
from alerts.step import AlertStep
from tests.builders import an_alert_step
from tests.fakes import InMemorySinkMemory, ManualClock
from tests.support.fake_slack import Reply
from tests.support.slack.api import CHANNEL, TOKEN, FakeSlackApi
from tests.support.slack.limits import words_of

PEOPLE = {"bo@example.com": "U024BE7LH", "team-east": "S0614TZR7", "eve": "<!channel>"}
OPENED = an_alert_step()
ACKNOWLEDGED = an_alert_step(
    sequence=2, step="acknowledged", status="acknowledged", reason="action", by="Ann", step_number=2
)
WORSE = an_alert_step(sequence=3, step="changed", reason="worse", from_tier="yellow", step_number=3)
ESCALATED = an_alert_step(
    sequence=4,
    step="escalated",
    status="escalated",
    reason="escalated",
    words="acme: nobody acted in 48 hours on health fell",
    cause=None,
    step_number=4,
)
RESOLVED = an_alert_step(
    sequence=5, step="resolved", status="resolved", reason="resolved", tier="green", score=80.0, step_number=5
)


@pytest.fixture
def slack() -> Iterator[FakeSlackApi]:
    with FakeSlackApi() as server:
        yield server


@pytest.fixture
def memory() -> InMemorySinkMemory:
    return InMemorySinkMemory()


@asynccontextmanager
async def opened(
    slack: FakeSlackApi, memory: InMemorySinkMemory, channel: str = CHANNEL
) -> AsyncIterator[SlackAppSink]:
    clock = ManualClock()
    async with http_client() as client:
        yield SlackAppSink(
            SlackWebApi(client, slack.api, TOKEN),
            channel,
            memory,
            people=PEOPLE,
            pace=Pace(1.0, monotonic=clock.monotonic, sleep=clock.sleep),
            now=lambda: clock.seconds,
        )


async def deliver(slack: FakeSlackApi, memory: InMemorySinkMemory, *steps: AlertStep) -> None:
    async with opened(slack, memory) as sink:
        for step in steps:
            await sink.deliver(step)


def heading(message: dict[str, Any]) -> str:
    return words_of(message)[0]


async def test_a_case_is_one_message_that_shows_how_it_stands_with_its_history_in_the_thread(
    slack: FakeSlackApi, memory: InMemorySinkMemory
) -> None:
    await deliver(slack, memory, OPENED, ACKNOWLEDGED, WORSE, ESCALATED, RESOLVED)
    (top,) = slack.top
    assert heading(top) == "✅ acme recovered to green: 80 (−37.2)"
    assert [heading(reply) for reply in slack.replies] == [
        "*acme: red acknowledged by Ann*",
        "<@U024BE7LH> *acme fell from yellow to red: 41.2 (−37.2)*\n412 events of 22 October left the 30-day window.",
        "<@U024BE7LH> *acme: nobody acted in 48 hours on health fell*",
        "*acme recovered to green: 80 (−37.2)*\n412 events of 22 October left the 30-day window.",
    ]
    assert {reply["thread_ts"] for reply in slack.replies} == {top["ts"]}
    assert [reply["reply_broadcast"] for reply in slack.replies] == [False, True, True, True]


async def test_an_edit_without_a_cause_of_its_own_keeps_the_one_before(
    slack: FakeSlackApi, memory: InMemorySinkMemory
) -> None:
    await deliver(slack, memory, OPENED, ESCALATED)
    (top,) = slack.top
    assert heading(top) == "🔴 acme is red: 41.2 (−37.2)"
    assert words_of(top)[1].startswith(
        "*Escalated: nobody acted in time*\n412 events of 22 October left the 30-day window.\n"
    )


async def test_the_token_is_a_header_and_the_owner_is_mentioned(
    slack: FakeSlackApi, memory: InMemorySinkMemory
) -> None:
    await deliver(slack, memory, OPENED)
    (post,) = slack.posts
    assert post.headers["authorization"] == f"Bearer {TOKEN}"
    assert post.json()["channel"] == CHANNEL
    assert "*Owner* <@U024BE7LH>" in post.body.decode()


@pytest.mark.parametrize(
    ("overrides", "mention"),
    [
        ({"traits": {"owner": "team-east"}}, "<!subteam^S0614TZR7>"),
        ({"assignee": "bo@example.com", "traits": {}}, "<@U024BE7LH>"),
        ({"traits": {"owner": "eve"}}, "*Owner* eve"),
        ({"traits": {"owner": "<@U024BE7LH>"}}, "&lt;@U024BE7LH&gt;"),
    ],
)
async def test_only_ids_of_the_mapping_are_mentions(
    slack: FakeSlackApi, memory: InMemorySinkMemory, overrides: dict[str, Any], mention: str
) -> None:
    await deliver(slack, memory, an_alert_step(**overrides))
    assert mention in words_of(slack.top[0])[1]


async def test_where_the_memory_is_empty_a_step_is_a_new_message(
    slack: FakeSlackApi, memory: InMemorySinkMemory
) -> None:
    await deliver(slack, memory, OPENED)
    memory.clear()
    await deliver(slack, memory, WORSE, RESOLVED)
    assert [heading(message) for message in slack.top] == [
        "🔴 acme fell from green to red: 41.2 (−37.2)",
        "✅ acme recovered to green: 80 (−37.2)",
    ]
    assert len(slack.replies) == 1


async def test_another_channel_is_another_message(slack: FakeSlackApi, memory: InMemorySinkMemory) -> None:
    await deliver(slack, memory, OPENED)
    async with opened(slack, memory, "#alerts") as sink:
        await sink.deliver(WORSE)
    assert [message["channel"] for message in slack.top] == [CHANNEL, "#alerts"]


@pytest.mark.parametrize("error", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_message_that_is_gone_is_made_again(
    slack: FakeSlackApi, memory: InMemorySinkMemory, error: str
) -> None:
    await deliver(slack, memory, OPENED)
    slack.fails("chat.update", error)
    await deliver(slack, memory, WORSE, RESOLVED)
    assert len(slack.top) == 2
    assert heading(slack.top[1]) == "✅ acme recovered to green: 80 (−37.2)"


async def test_a_thread_that_is_gone_holds_nothing_up(slack: FakeSlackApi, memory: InMemorySinkMemory) -> None:
    await deliver(slack, memory, OPENED)
    slack.fails("chat.postMessage", "thread_not_found")
    await deliver(slack, memory, RESOLVED)
    assert heading(slack.top[0]).startswith("✅")
    assert slack.replies == []


async def test_the_same_step_again_is_neither_a_second_message_nor_a_second_reply(
    slack: FakeSlackApi, memory: InMemorySinkMemory
) -> None:
    await deliver(slack, memory, OPENED, OPENED, WORSE, WORSE)
    assert (len(slack.top), len(slack.replies)) == (1, 1)


@pytest.mark.parametrize("step", [OPENED, gathered_of([OPENED], "l", "digest")])
async def test_a_post_whose_answer_was_lost_is_found_in_the_history_and_not_made_again(
    slack: FakeSlackApi, memory: InMemorySinkMemory, step: Any
) -> None:
    slack.fails("chat.postMessage", "lost")
    with pytest.raises(DeliveryFailed) as caught:
        await deliver(slack, memory, step)
    assert caught.value.may_have_arrived
    await deliver(slack, memory, step)
    assert slack.calls == ["chat.postMessage", "conversations.history"]
    assert len(slack.top) == 1


async def test_a_reply_whose_answer_was_lost_is_found_in_the_thread(
    slack: FakeSlackApi, memory: InMemorySinkMemory
) -> None:
    await deliver(slack, memory, OPENED)
    slack.fails("chat.postMessage", "lost")
    with pytest.raises(DeliveryFailed):
        await deliver(slack, memory, WORSE)
    await deliver(slack, memory, WORSE)
    assert (len(slack.top), len(slack.replies)) == (1, 1)
    await deliver(slack, memory, RESOLVED)
    assert (len(slack.top), len(slack.replies)) == (1, 2)


async def test_a_reply_that_did_not_arrive_is_made_again_though_the_edit_was(
    slack: FakeSlackApi, memory: InMemorySinkMemory
) -> None:
    await deliver(slack, memory, OPENED)
    slack.fails("chat.postMessage", Reply(500))
    with pytest.raises(DeliveryFailed):
        await deliver(slack, memory, WORSE)
    await deliver(slack, memory, WORSE)
    assert (len(slack.top), len(slack.replies)) == (1, 1)


async def test_a_post_that_did_not_arrive_is_made_again(slack: FakeSlackApi, memory: InMemorySinkMemory) -> None:
    slack.fails("chat.postMessage", Reply(500))
    with pytest.raises(DeliveryFailed):
        await deliver(slack, memory, OPENED)
    await deliver(slack, memory, OPENED)
    assert slack.calls == ["chat.postMessage", "conversations.history", "chat.postMessage"]
    assert len(slack.top) == 1


@pytest.mark.parametrize("error", ["missing_scope", "not_in_channel", "unheard_of"])
async def test_a_history_that_may_not_be_read_means_twice_rather_than_never(
    slack: FakeSlackApi, memory: InMemorySinkMemory, error: str
) -> None:
    slack.fails("chat.postMessage", "lost")
    slack.fails("conversations.history", error)
    with pytest.raises(DeliveryFailed):
        await deliver(slack, memory, OPENED)
    await deliver(slack, memory, OPENED)
    assert len(slack.top) == 2


@pytest.mark.parametrize(("error", "kind"), [("is_archived", ChannelUnavailable), ("invalid_blocks", DeliveryRefused)])
async def test_what_slack_said_no_to_is_not_looked_for(
    slack: FakeSlackApi, memory: InMemorySinkMemory, error: str, kind: type[Exception]
) -> None:
    slack.fails("chat.postMessage", error)
    with pytest.raises(kind):
        await deliver(slack, memory, OPENED)
    await deliver(slack, memory, OPENED)
    assert slack.calls == ["chat.postMessage", "chat.postMessage"]


async def test_what_was_only_slowed_down_is_not_looked_for(slack: FakeSlackApi, memory: InMemorySinkMemory) -> None:
    slack.fails("chat.postMessage", Reply(429, {"Retry-After": "600"}))
    with pytest.raises(DeliveryFailed) as caught:
        await deliver(slack, memory, OPENED)
    assert caught.value.retry_after_seconds == 600.0
    assert caught.value.reason == "rate_limited"
    await deliver(slack, memory, OPENED)
    assert slack.calls == ["chat.postMessage", "chat.postMessage"]


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        ("invalid_auth", ChannelUnavailable, "auth"),
        ("token_revoked", ChannelUnavailable, "auth"),
        ("missing_scope", ChannelUnavailable, "auth"),
        ("channel_not_found", ChannelUnavailable, "channel"),
        ("not_in_channel", ChannelUnavailable, "channel"),
        ("is_archived", ChannelUnavailable, "channel"),
        ("unheard_of", ChannelUnavailable, "channel"),
        ("msg_too_long", DeliveryRefused, "refused"),
        ("invalid_blocks", DeliveryRefused, "refused"),
        ("ratelimited", DeliveryFailed, "rate_limited"),
        ("internal_error", DeliveryFailed, "server"),
        (Reply(429, {"Retry-After": "30"}), DeliveryFailed, "rate_limited"),
        (Reply(500), DeliveryFailed, "server"),
        (Reply(413, body=b"<html>"), DeliveryRefused, "refused"),
        (Reply(200, body=b"<html>Sign in</html>"), ChannelUnavailable, "channel"),
        (Reply(302, {"Location": "https://elsewhere.example"}, body=b""), ChannelUnavailable, "channel"),
        (Reply(hangs_up=True), DeliveryFailed, "network"),
    ],
)
async def test_an_error_of_the_api_is_a_failure_a_refusal_or_a_fault_of_the_channel(
    slack: FakeSlackApi, memory: InMemorySinkMemory, error: Reply | str, kind: type[Exception], reason: str
) -> None:
    slack.fails("chat.postMessage", error)
    with pytest.raises(kind) as caught:
        await deliver(slack, memory, OPENED)
    assert getattr(caught.value, "reason", "") == reason
    assert "secret-" not in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert slack.messages == {}


async def test_a_memory_that_does_not_answer_sends_nothing(slack: FakeSlackApi, memory: InMemorySinkMemory) -> None:
    memory.is_down = True
    with pytest.raises(DeliveryFailed):
        await deliver(slack, memory, OPENED)
    assert slack.posts == []


async def test_a_memory_with_something_else_in_it_is_empty(slack: FakeSlackApi, memory: InMemorySinkMemory) -> None:
    await deliver(slack, memory, OPENED)
    memory.values = dict.fromkeys(memory.values, "")
    await deliver(slack, memory, WORSE)
    memory.values = {key: "{}" for key in memory.values if key.startswith("case:")}
    await deliver(slack, memory, RESOLVED)
    assert len(slack.top) == 3


async def test_calls_keep_a_pace_and_every_step_is_shown(slack: FakeSlackApi, memory: InMemorySinkMemory) -> None:
    clock = ManualClock(seconds=0.0)
    async with http_client() as client:
        pace = Pace(1.0, monotonic=clock.monotonic, sleep=clock.sleep)
        sink = SlackAppSink(SlackWebApi(client, slack.api, TOKEN), CHANNEL, memory, pace=pace)
        for step in (OPENED, ACKNOWLEDGED):
            assert sink.shows(step)
            await sink.deliver(step)
    assert clock.seconds == 2.0
