"""The generic webhook."""

from __future__ import annotations

import base64
import time

import msgspec
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from alerts.gathered import Gathered, gathered_of
from alerts.sinks import http
from alerts.sinks.http import http_client
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, Message
from alerts.sinks.webhook import WebhookSink, signers
from alerts.step import AlertStep
from tests.builders import an_alert_step
from tests.support.fake_slack import FakeSlack, Post, Reply

IN_VAIN = (
    b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error %d with ContextId tcid=0"
)


async def deliver(reply: Reply, step: AlertStep | None = None) -> FakeSlack:
    with FakeSlack(reply) as receiver:
        async with http_client() as client:
            await WebhookSink(receiver.url, client).deliver(step or an_alert_step())
    return receiver


async def test_a_receiver_gets_the_whole_step_and_its_id() -> None:
    sent = an_alert_step(account_id="Zoë & <co>")
    (post,) = (await deliver(Reply(204, body=b""), sent)).posts
    assert msgspec.json.decode(post.body, type=AlertStep) == sent
    assert post.json()["from"] == "green"
    assert post.headers["webhook-id"] == sent.id
    assert post.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_is_success_whatever_it_says(status: int) -> None:
    await deliver(Reply(status, body=b"" if status == 204 else b"<p>thanks</p>"))


@pytest.mark.parametrize("status", [301, 302, 307, 308, 401, 402, 403, 404, 405, 406, 407, 410, 415, 451])
async def test_a_wrong_address_or_right_is_held(status: int) -> None:
    with pytest.raises(ChannelUnavailable, match=rf"{status} \(<html>gone</html>\): check"):
        await deliver(Reply(status, {"Location": "http://elsewhere.example/"}, body=b"<html>gone</html>\r\n"))


@pytest.mark.parametrize("status", [400, 409, 413, 422])
async def test_a_message_that_the_receiver_does_not_take_is_refused(status: int) -> None:
    with pytest.raises(DeliveryRefused, match=str(status)):
        await deliver(Reply(status))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520])
async def test_what_may_pass_is_a_failure(status: int) -> None:
    with pytest.raises(DeliveryFailed, match=str(status)):
        await deliver(Reply(status))


async def test_teams_says_in_a_200_that_it_could_not_pass_it_on() -> None:
    with pytest.raises(DeliveryFailed, match="429"):
        await deliver(Reply(200, body=IN_VAIN % 429))
    with pytest.raises(ChannelUnavailable, match="404"):
        await deliver(Reply(200, body=IN_VAIN % 404))


KEYS = [base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2, 3)]


async def signed(secrets: str, message: Message, *, now: float | None = None) -> Post:
    with FakeSlack() as receiver:
        async with http_client() as client:
            clock = time.time if now is None else lambda: now
            await WebhookSink(receiver.url, client, secrets=secrets, now=clock).deliver(message)
    (post,) = receiver.posts
    return post


async def test_a_post_is_signed_as_in_standard_webhooks() -> None:
    message = an_alert_step(account_id="Zoë & <co>")
    post = await signed(f"whsec_{KEYS[0]}", message)
    assert post.headers["webhook-id"] == message.id
    Webhook(f"whsec_{KEYS[0]}").verify(post.body, post.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(f"whsec_{KEYS[1]}").verify(post.body, post.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(f"whsec_{KEYS[0]}").verify(post.body.replace(b"red", b"blue"), post.headers)


async def test_while_a_secret_is_replaced_both_are_good() -> None:
    post = await signed(f"whsec_{KEYS[0]} {KEYS[1]}", an_alert_step())
    assert len(post.headers["webhook-signature"].split(" ")) == 2
    for key in KEYS[:2]:
        Webhook(key).verify(post.body, post.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(KEYS[2]).verify(post.body, post.headers)


async def test_the_signature_has_the_time_of_the_attempt_so_that_an_old_post_is_no_good() -> None:
    post = await signed(KEYS[0], an_alert_step(), now=1_000_000.9)
    assert post.headers["webhook-timestamp"] == "1000000"
    with pytest.raises(WebhookVerificationError, match="too old"):
        Webhook(KEYS[0]).verify(post.body, post.headers)


async def test_without_a_secret_nothing_is_signed() -> None:
    post = await signed("", an_alert_step())
    assert "webhook-signature" not in post.headers


@pytest.mark.parametrize("secret", ["whsec_", "short", base64.b64encode(b"x" * 23).decode(), "whsec_!"])
def test_a_secret_that_is_none_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="openssl rand") as caught:
        signers(f"{KEYS[0]} {secret}")
    assert len(secret) < 7 or secret not in str(caught.value)


async def test_a_message_about_many_is_posted_as_it_is() -> None:
    gathered = gathered_of([an_alert_step(account_id=name) for name in "abc"], "day/hook", "digest")
    post = await signed(KEYS[0], gathered)
    assert msgspec.json.decode(post.body, type=Gathered) == gathered
    assert post.headers["webhook-id"] == gathered.id


@pytest.mark.parametrize("asked", [1, 30, 600])
async def test_a_receiver_that_asks_for_a_pause_gets_it(asked: int) -> None:
    with pytest.raises(DeliveryFailed, match="429") as caught:
        await deliver(Reply(429, {"Retry-After": str(asked)}))
    assert (caught.value.retry_after_seconds, caught.value.reason) == (asked, "rate_limited")


async def test_a_receiver_that_hangs_is_given_up_on_and_may_have_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "EXCHANGE_SECONDS", 0.2)
    with pytest.raises(DeliveryFailed, match="no complete answer") as caught:
        await deliver(Reply(after_seconds=30.0))
    assert (caught.value.may_have_arrived, caught.value.reason) == (True, "timeout")


async def test_a_receiver_that_takes_the_post_and_hangs_up_may_have_it() -> None:
    with pytest.raises(DeliveryFailed, match="no answer") as caught:
        await deliver(Reply(hangs_up=True))
    assert caught.value.may_have_arrived
