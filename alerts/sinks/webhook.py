"""The generic webhook: each message as one JSON POST, and what the receiver's answer means."""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import msgspec
from standardwebhooks import Webhook

from alerts.sinks.http import Reply, post_json
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, Message, shows_news
from alerts.step import AlertStep

LEAST_KEY_BYTES = 24
"""The least that Standard Webhooks allows."""
# These statuses concern the one message: it cannot be read, conflicts with another, or is too large.
OF_THE_MESSAGE = (400, 409, 413, 422)
# Teams answers 200 to a post that it could not pass on, and says so only in the body.
_PASSED_ON_IN_VAIN = "Webhook message delivery failed with error"


class WebhookSink:
    """Posts the message as JSON to any URL: a step exactly as it is on the topic, or a `Gathered`.

    The headers are those of Standard Webhooks. `Webhook-Id` carries the message's id. One id means one content, so a
    receiver that drops ids it has seen gets each message once, even if answers are lost. With secrets, the post is
    signed by each, so that a receiver may take the old or the new one while they are replaced.
    """

    is_gathering = True

    def __init__(
        self,
        url: str,
        client: httpx.AsyncClient,
        *,
        secrets: str = "",
        name: str = "webhook",
        now: Callable[[], float] = time.time,
    ) -> None:
        """`secrets` are separated by spaces; `now` is the wall clock in seconds.

        Raises:
            ValueError: when a secret is not one of Standard Webhooks.
        """
        self._url = url
        self._client = client
        self._signers = signers(secrets)
        self._now = now
        self.name = name

    def shows(self, step: AlertStep, /) -> bool:
        """See `Sink.shows`."""
        return shows_news(step)

    async def deliver(self, message: Message, /) -> None:
        """See `Sink.deliver`, `post_json` and `judge`."""
        body = msgspec.json.encode(message)
        judge(await post_json(self._client, self._url, body, self._headers(message.id, body)))

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        headers = {"Webhook-Id": message_id}
        if self._signers:
            seconds = int(self._now())
            headers["Webhook-Timestamp"] = str(seconds)
            headers["Webhook-Signature"] = " ".join(
                # With the time of this attempt: a receiver does not take what is five minutes old.
                signer.sign(message_id, datetime.fromtimestamp(seconds, UTC), body.decode())
                for signer in self._signers
            )
        return headers


def signers(secrets: str) -> tuple[Webhook, ...]:
    """One for each of these secrets, which are separated by spaces: base64 of 24 to 64 bytes, after "whsec_" or not.

    Raises:
        ValueError: when one is none. The text does not contain it.
    """
    return tuple(_signer(secret) for secret in secrets.split())


def _signer(secret: str) -> Webhook:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_") + "==", validate=False)
    except binascii.Error:
        key = b""
    if len(key) < LEAST_KEY_BYTES:
        raise ValueError(
            f"a signing secret is base64 of at least {LEAST_KEY_BYTES} bytes, which may begin with whsec_: make one "
            "with `openssl rand -base64 32`."
        )
    return Webhook(key)


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
        f"answered {reply.summary}: check that its URL is right and active, and accepts such posts."
    )


def _judge_passed_on(reply: Reply) -> None:
    status = re.search(r"HTTP error (\d{3})", reply.body)
    if status and (int(status[1]) in (408, 429) or int(status[1]) >= 500):
        raise DeliveryFailed(f"answered {reply.summary}")
    raise ChannelUnavailable(f"answered {reply.summary}: check that its URL is right and active.")
