"""The generic webhook."""

from __future__ import annotations

import msgspec
import pytest

from alerts.notification import Notification
from alerts.sink import DeliveryRefused
from alerts.webhook import WebhookSink, http_client
from tests.builders import a_notification
from tests.support.fake_slack import FakeSlack, Reply


async def test_a_receiver_gets_the_whole_notification_and_its_id() -> None:
    sent = a_notification(account_id="Zoë & <co>")
    with FakeSlack(Reply(204, body=b"")) as receiver:
        async with http_client() as client:
            await WebhookSink(receiver.url, client).deliver(sent)
    (post,) = receiver.posts
    assert msgspec.json.decode(post.body, type=Notification) == sent
    assert post.json()["from"] == "green"
    assert post.headers["webhook-id"] == sent.id
    assert post.headers["content-type"] == "application/json"


async def test_gone_is_refused() -> None:
    with FakeSlack(Reply(410, body=b"<html>gone</html>\r\n")) as receiver:
        async with http_client() as client:
            with pytest.raises(DeliveryRefused, match=r"410 \(<html>gone</html>\): check"):
                await WebhookSink(receiver.url, client).deliver(a_notification())
