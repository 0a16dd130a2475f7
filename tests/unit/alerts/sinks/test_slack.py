"""The sink of a Slack incoming webhook: its pace, and what it makes of Slack's answers."""

from __future__ import annotations

import gzip

import httpx
import pytest

from alerts.case_links import CaseLinks, CaseTokens
from alerts.sinks.http import http_client
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused
from alerts.sinks.slack import SlackSink
from alerts.sinks.slack_message import slack_message
from tests.builders import an_alert_step
from tests.fakes import ManualClock
from tests.support.fake_slack import FakeSlack, Reply
from tests.support.slack.limits import body_of, words_of


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
    assert received.json() == body_of(slack_message(an_alert_step()))


async def test_with_signed_links_a_message_can_be_acted_on_from_a_page() -> None:
    links = CaseLinks("https://vitals.example/", CaseTokens(["0123456789abcdef"]))
    with FakeSlack() as slack:
        async with http_client() as client:
            sink = SlackSink(slack.url, client, links=links)
            await sink.deliver(an_alert_step())
    (received,) = slack.posts
    assert "Acknowledge, snooze …" in words_of(received.json())
    assert f'"url":"{links.link(an_alert_step())}"' in received.body.decode()


def test_a_webhook_shows_news_and_not_what_people_did() -> None:
    sink = SlackSink("https://hooks.slack.example/", http_client())
    assert sink.shows(an_alert_step())
    assert not sink.shows(an_alert_step(step="acknowledged", reason="action"))


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
    assert caught.value.may_have_arrived == reply.hangs_up


async def test_what_was_never_sent_has_not_arrived() -> None:
    with FakeSlack() as slack:
        url = slack.url
    async with http_client() as client:
        with pytest.raises(DeliveryFailed) as nobody:
            await SlackSink(url, client).deliver(an_alert_step())
    with FakeSlack(Reply(429)) as slack, pytest.raises(DeliveryFailed) as refused:
        await post(slack)
    assert not nobody.value.may_have_arrived
    assert not refused.value.may_have_arrived


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
