"""The generic webhook."""

from __future__ import annotations

import msgspec
import pytest

from alerts.sinks.http import http_client
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused
from alerts.sinks.webhook import WebhookSink
from alerts.step import AlertStep
from tests.builders import an_alert_step
from tests.support.fake_slack import FakeSlack, Reply

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
