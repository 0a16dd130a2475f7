"""The generic webhook: each message as one JSON POST, and what the receiver's answer means."""

from __future__ import annotations

import re

import httpx
import msgspec

from alerts.sinks.http import Reply, post_json
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, Message, shows_news
from alerts.step import AlertStep

# These statuses concern the one message: it cannot be read, conflicts with another, or is too large.
OF_THE_MESSAGE = (400, 409, 413, 422)
# Teams answers 200 to a post that it could not pass on, and says so only in the body.
_PASSED_ON_IN_VAIN = "Webhook message delivery failed with error"


class WebhookSink:
    """Posts the message as JSON to any URL: a step exactly as it is on the topic, or a `Gathered`.

    The header `Webhook-Id`, named as in Standard Webhooks, carries the message's id. One id means one content, so a
    receiver that drops ids it has seen gets each message once, even if answers are lost.
    """

    is_gathering = True

    def __init__(self, url: str, client: httpx.AsyncClient, *, name: str = "webhook") -> None:
        self._url = url
        self._client = client
        self.name = name

    def shows(self, step: AlertStep, /) -> bool:
        """See `Sink.shows`."""
        return shows_news(step)

    async def deliver(self, message: Message, /) -> None:
        """See `Sink.deliver`, `post_json` and `judge`."""
        body = msgspec.json.encode(message)
        judge(await post_json(self._client, self._url, body, {"Webhook-Id": message.id}))


def judge(reply: Reply) -> None:
    """Return if `reply`, which is neither 408, 425, 429 nor 5xx, says that the post was accepted: any 2xx.

    Raises:
        DeliveryRefused: on 400, 409, 413 and 422, which concern the message.
        ChannelUnavailable: on everything else, which concerns the address or who may post there.
        DeliveryFailed: when a receiver that passes posts on (Teams) reports a temporary failure in a 200.

    >>> judge(Reply(status=204, body="", is_whole=True))
    """
    if 200 <= reply.status < 300:
        if reply.body.startswith(_PASSED_ON_IN_VAIN):
            _judge_passed_on(reply)
        return
    if reply.status in OF_THE_MESSAGE:
        raise DeliveryRefused(f"answered {reply.summary}: the receiver does not accept this message.")
    raise ChannelUnavailable(
        f"answered {reply.summary}: check that VITALS_WEBHOOK_URL is right and active, and accepts such posts."
    )


def _judge_passed_on(reply: Reply) -> None:
    status = re.search(r"HTTP error (\d{3})", reply.body)
    if status and (int(status[1]) in (408, 429) or int(status[1]) >= 500):
        raise DeliveryFailed(f"answered {reply.summary}")
    raise ChannelUnavailable(f"answered {reply.summary}: check that VITALS_WEBHOOK_URL is right and active.")
