"""What a product's answer means for one account's score."""

from __future__ import annotations

import pytest

from alerts.lifecycle.schema import ScoreSink
from alerts.sinks import http
from alerts.sinks.http import http_client
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused
from alerts.sinks.public_address import rules_client
from streams.score_sinks.post import Post
from streams.score_sinks.products import Product
from streams.score_sinks.value import ScoreValue
from tests.support.fake_slack import FakeSlack, Reply

VALUE = ScoreValue(account_id="acme", score=50.0, tier="yellow", as_of="", generation=1, version=1)
TOKEN = "token-of-the-sink"
SINK = ScoreSink(template="generic", url_secret="X", body='{"score": {score}}')


async def post(reply: Reply) -> FakeSlack:
    with FakeSlack(reply) as fake:
        async with http_client() as client:
            await Post(Product(SINK, fake.url, TOKEN), client, TOKEN)(VALUE)
    return fake


async def test_the_score_is_posted_with_the_token() -> None:
    (made,) = (await post(Reply(204, body=b""))).posts
    assert made.json() == {"score": 50.0}
    assert made.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        *((Reply(status), DeliveryRefused) for status in (400, 404, 409, 410, 413, 422)),
        *((Reply(status), ChannelUnavailable) for status in (401, 402, 403, 405, 301)),
        (Reply(302, {"Location": "http://169.254.169.254/"}), ChannelUnavailable),
        *((Reply(status), DeliveryFailed) for status in (408, 500, 503)),
        (Reply(hangs_up=True), DeliveryFailed),
    ],
)
async def test_what_each_answer_means(reply: Reply, failure: type[Exception]) -> None:
    said = Reply(reply.status, reply.headers, f"no {TOKEN}".encode(), hangs_up=reply.hangs_up)
    with pytest.raises(failure) as caught:
        await post(said)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("asked", [1, 30, 600])
async def test_a_pause_is_passed_on(asked: int) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        await post(Reply(429, {"Retry-After": str(asked)}))
    assert caught.value.retry_after_seconds == asked


async def test_a_hang_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "EXCHANGE_SECONDS", 0.2)
    with pytest.raises(DeliveryFailed, match="no complete answer"):
        await post(Reply(after_seconds=30.0))


async def test_an_address_in_the_own_network_is_held() -> None:
    with FakeSlack() as fake:
        async with rules_client() as client:
            with pytest.raises(ChannelUnavailable, match="https"):
                await Post(Product(SINK, fake.url), client)(VALUE)
            with pytest.raises(ChannelUnavailable, match="not public"):
                await Post(Product(SINK, fake.url.replace("http:", "https:")), client)(VALUE)
    assert fake.posts == []
