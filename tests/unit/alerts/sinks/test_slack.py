"""Slack messages: what they say, that they keep to Slack's limits, and that no name can ping anybody."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.notification import Cause, Delta, Notification
from alerts.sinks.http import http_client
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused
from alerts.sinks.slack import SlackSink, message_of, slack_message
from scoring.result import Driver
from tests.builders import a_notification, an_alert_step
from tests.fakes import ManualClock
from tests.support.fake_slack import FakeSlack, Reply


def body_of(notification: Notification) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(msgspec.json.encode(slack_message(notification)))
    return body


def texts(body: dict[str, Any], kind: str) -> list[str]:
    """All texts of one kind, plain_text or mrkdwn, anywhere in the blocks."""
    found: list[str] = []
    for block in body["blocks"]:
        parts = [block.get("text"), *block.get("fields", []), *block.get("elements", [])]
        found += [part["text"] for part in parts if part and part["type"] == kind]
    return found


def test_a_message_says_who_from_where_to_where_why_and_what_is_at_stake() -> None:
    body = body_of(a_notification())
    assert [block["type"] for block in body["blocks"]] == [
        "header", "section", "section", "section", "section", "context",
    ]  # fmt: skip
    assert texts(body, "plain_text") == ["▼ acme: green ▸ yellow"]
    assert texts(body, "mrkdwn") == [
        "*Tier*\ngreen ▸ yellow",
        "*Score*\n78.4 ▸ 61.2 (−17.2)",
        "*MRR*\n5,000",
        "*Plan*\nscale",
        "*Why*\n412 events of 22 October left the 30-day window.",
        "*What moved the score*\n• Usage −12\n• Tickets −5.2",
        "*What holds it down*\n• Usage (no login in 15 days)",
        f"2026-11-21T10:00:00Z · model default 1 · {a_notification().id}",
    ]
    assert body["text"] == (
        "acme fell from green to yellow: 78.4 ▸ 61.2 (−17.2). 412 events of 22 October left the 30-day window."
    )


def test_the_greatest_delta_comes_first_and_those_of_nothing_stay_away() -> None:
    deltas = tuple(
        Delta(component=label, label=label, points=points) for label, points in [("a", 0.0), ("b", 1.5), ("c", -18.7)]
    )
    assert "*What moved the score*\n• c −18.7\n• b +1.5" in texts(body_of(a_notification(deltas=deltas)), "mrkdwn")


def test_what_is_not_known_is_left_out_or_said_to_be_unknown() -> None:
    body = body_of(a_notification(mrr=None, plan=None, drivers=(), deltas=()))
    assert [block["type"] for block in body["blocks"]] == ["header", "section", "section", "context"]
    assert "*MRR*\nunknown" in texts(body, "mrkdwn")


def test_an_account_called_channel_is_only_a_name() -> None:
    body = body_of(a_notification(account_id="<!channel> & <@U1|joe>", cause=Cause(kind="event", words="<!here> came")))
    assert texts(body, "plain_text") == ["▼ <!channel> & <@U1|joe>: green ▸ yellow"]
    assert body["text"].startswith("&lt;!channel&gt; &amp; &lt;@U1|joe&gt; fell")
    assert "*Why*\n&lt;!here&gt; came." in texts(body, "mrkdwn")
    assert (body["parse"], body["link_names"], body["unfurl_links"]) == ("none", False, False)
    assert "verbatim" not in re.sub(r'"verbatim":\s*true', "", json.dumps(body))


WORDS = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("&<>@😀")), max_size=700)


@example("😀" * 80, "&" * 280, 60, 1e308)
@given(WORDS, WORDS, st.integers(0, 60), st.floats(allow_nan=False))
def test_slacks_limits_hold_whatever_the_words(name: str, words: str, parts: int, mrr: float) -> None:
    notification = a_notification(
        id="x",
        account_id=name,
        from_tier=words,
        to_tier=name,
        cause=Cause(kind="event", words=words),
        deltas=tuple(Delta(component="c", label=words, points=-1.0) for _ in range(parts)),
        drivers=tuple(Driver(component="c", label=name, lost=1.0, words=words) for _ in range(parts)),
        mrr=mrr,
        plan=name,
    )
    body = body_of(notification)
    units = {
        kind: [len(text.encode("utf-16-le")) // 2 for text in texts(body, kind)] for kind in ("plain_text", "mrkdwn")
    }
    assert all(1 <= length <= 150 for length in units["plain_text"])
    assert all(1 <= length <= 2_000 for length in units["mrkdwn"][:4])
    assert all(1 <= length <= 3_000 for length in units["mrkdwn"])
    assert len(body["text"]) <= 4_000
    assert len(body["blocks"]) <= 50
    for text in [*texts(body, "mrkdwn"), body["text"]]:
        assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", text)


def test_a_list_too_long_for_slack_says_how_much_is_missing() -> None:
    drivers = tuple(Driver(component="c", label="Usage", lost=1.0, words="w" * 270) for _ in range(60))
    (text,) = (t for t in texts(body_of(a_notification(drivers=drivers)), "mrkdwn") if t.startswith("*What holds"))
    assert text.endswith(f"\n… and {60 - text.count('•')} more")
    assert 2_700 < len(text) <= 3_000


async def post(slack: FakeSlack, *, times: int = 1, clock: ManualClock | None = None) -> None:
    clock = clock or ManualClock()
    async with http_client() as client:
        sink = SlackSink(slack.url, client, monotonic=clock.monotonic, sleep=clock.sleep)
        for sequence in range(1, times + 1):
            await sink.deliver(an_alert_step(sequence=sequence))


async def test_a_delivery_is_one_json_post_to_the_webhook() -> None:
    with FakeSlack() as slack:
        await post(slack)
    (received,) = slack.posts
    assert received.path == "/services/T0/B0/secret"
    assert received.headers["content-type"] == "application/json"
    assert received.json() == json.loads(msgspec.json.encode(message_of(an_alert_step())))


async def test_one_message_a_second_and_the_first_at_once() -> None:
    clock = ManualClock(seconds=0.0)
    with FakeSlack() as slack:
        await post(slack, times=4, clock=clock)
    assert len(slack.posts) == 4
    assert clock.seconds == 3.0


async def test_a_sink_at_rest_for_a_while_does_not_save_up_turns() -> None:
    clock = ManualClock(seconds=0.0)
    with FakeSlack() as slack:
        async with http_client() as client:
            sink = SlackSink(slack.url, client, monotonic=clock.monotonic, sleep=clock.sleep)
            clock.seconds = 60.0
            for _ in range(3):
                await sink.deliver(an_alert_step())
    assert clock.seconds == 62.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "1"}, 1.0),
        ({"Retry-After": "600"}, 600.0),
        ({}, 30.0),
        ({"Retry-After": "soon"}, 30.0),
        ({"Retry-After": "-5"}, 30.0),
        ({"Retry-After": "nan"}, 30.0),
        ({"Retry-After": "0"}, 30.0),
        ({"Retry-After": "2.5"}, 2.5),
        ({"Retry-After": "Sat, 21 Nov 2026 10:02:00 GMT", "Date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 120.0),
        ({"Retry-After": "Sat, 21 Nov 2026 09:00:00 GMT", "Date": "Sat, 21 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"Retry-After": "Sat, 21 Nov 2099 10:00:00 GMT"}, 3_600.0),
        ({"Retry-After": "Sat, 99 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"Retry-After": "9" * 400}, 3_600.0),
    ],
)
async def test_a_429_says_how_long_to_wait_and_rubbish_is_half_a_minute(
    headers: dict[str, str], seconds: float
) -> None:
    with FakeSlack(Reply(429, headers)) as slack, pytest.raises(DeliveryFailed) as caught:
        await post(slack)
    assert caught.value.retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (Reply(500), None),
        (Reply(503, {"Retry-After": "7"}), 7.0),
        (Reply(408), None),
        (Reply(hangs_up=True), None),
    ],
)
async def test_what_may_pass_is_a_failure(reply: Reply, seconds: float | None) -> None:
    with FakeSlack(reply) as slack, pytest.raises(DeliveryFailed) as caught:
        await post(slack)
    assert caught.value.retry_after_seconds == seconds


async def outcome_of(reply: Reply) -> type[Exception] | None:
    with FakeSlack(reply) as slack:
        try:
            await post(slack)
        except (DeliveryFailed, DeliveryRefused, ChannelUnavailable) as error:
            told = error
        else:
            return None
    assert "secret" not in str(told)
    return type(told)


@pytest.mark.parametrize(
    "body", [b"ok", b"ok\n", b'{"ok": true}', b'{"ok":true,"ts":"1"}', gzip.compress(b"ok", mtime=0)]
)
async def test_slacks_success_is_its_word(body: bytes) -> None:
    packed = {"Content-Encoding": "gzip"} if body[:1] == b"\x1f" else {}
    assert await outcome_of(Reply(200, packed, body)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Please sign in</html>",
        b"OK",
        b"okay",
        b"ok, please sign in",
        b"1",
        b"true",
        b'{"success": true}',
        b'{"ok": "true"}',
        b'{"ok": false, "error": "channel_not_found"}',
        b'{"ok": false}',
        b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
        b"\xff\xfe\x00",
        b"[" * 4_000,
        b"ok" * 100_000,
    ],
)
async def test_a_200_that_is_not_ok_is_held(body: bytes) -> None:
    assert await outcome_of(Reply(200, body=body)) is ChannelUnavailable


@pytest.mark.parametrize("reply", [Reply(200, body=b""), Reply(204, body=b"")])
async def test_a_200_without_a_word_is_held(reply: Reply) -> None:
    assert await outcome_of(reply) is ChannelUnavailable


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (302, ""),
        (301, ""),
        (307, ""),
        (304, ""),
        (400, "user_not_found"),
        (400, "<html>The plain HTTP request was sent to HTTPS port</html>"),
        (401, "invalid_auth"),
        (403, "action_prohibited"),
        (403, "invalid_token"),
        (404, "channel_not_found"),
        (404, "no_service"),
        (404, "no_team"),
        (405, ""),
        (407, ""),
        (410, "channel_is_archived"),
        (418, "team_disabled"),
    ],
)
async def test_what_a_person_must_mend_is_held_with_slacks_own_words(status: int, word: str) -> None:
    reply = Reply(status, {"Location": "http://elsewhere.example/"}, body=word.encode() if status != 304 else b"")
    with FakeSlack(reply) as slack, pytest.raises(ChannelUnavailable) as caught:
        await post(slack)
    assert f"answered {status}" in str(caught.value)
    assert word in str(caught.value)
    assert len(slack.posts) == 1, "a redirect is not followed"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b"invalid_payload"),
        (400, b"invalid_blocks"),
        (400, b"no_text"),
        (400, b"msg_blocks_too_long"),
        (200, b'{"ok": false, "error": "invalid_blocks"}'),
        (413, b"<html>Request Entity Too Large</html>"),
    ],
)
async def test_a_message_at_fault_is_refused(status: int, body: bytes) -> None:
    assert await outcome_of(Reply(status, body=body)) is DeliveryRefused


async def test_a_passing_fault_told_with_200_is_tried_again() -> None:
    assert await outcome_of(Reply(200, body=b'{"ok": false, "error": "ratelimited"}')) is DeliveryFailed


async def test_an_error_page_that_repeats_the_address_does_not_tell_the_secret() -> None:
    page = b"The requested URL /services/T0/B0/secret was not found on this server. secret"
    assert await outcome_of(Reply(404, body=page)) is ChannelUnavailable


async def test_nobody_there_is_a_failure_that_does_not_tell_the_secret() -> None:
    with FakeSlack() as slack:
        url = slack.url
    async with http_client() as client:
        with pytest.raises(DeliveryFailed) as caught:
            await SlackSink(url, client).deliver(an_alert_step())
    assert str(caught.value) == "no answer: ConnectError"


async def test_a_slow_answer_is_given_up_on() -> None:
    with FakeSlack(Reply(after_seconds=60.0)) as slack:
        async with httpx.AsyncClient(timeout=0.1) as client:
            with pytest.raises(DeliveryFailed, match="ReadTimeout"):
                await SlackSink(slack.url, client).deliver(an_alert_step())


def test_the_client_waits_five_seconds_and_follows_nothing() -> None:
    client = http_client()
    assert client.timeout == httpx.Timeout(5.0)
    assert not client.follow_redirects
    assert not client.trust_env
