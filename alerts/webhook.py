"""The generic webhook: each notification as one JSON POST. And the HTTP that every posting sink shares."""

from __future__ import annotations

import httpx
import msgspec

from alerts.notification import Notification
from alerts.sink import DeliveryFailed, DeliveryRefused
from alerts.words import plain

TIMEOUT_SECONDS = 5.0
# A 429 that does not say how long: long enough to be polite, short enough for an alert.
DEFAULT_RETRY_AFTER_SECONDS = 30.0
# A sink may ask for quiet, but a mistaken header must not silence alerts for a day.
MAX_RETRY_AFTER_SECONDS = 3_600.0
REASON_LIMIT = 200


def http_client() -> httpx.AsyncClient:
    """A client fit for sinks: 5 s for each of connecting, writing, reading; redirects are not followed."""
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS, follow_redirects=False)


async def post_json(client: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str]) -> None:
    """POST `body` to `url`; return when the answer is 2xx. Blocks on the network; not idempotent.

    No text raised here holds the URL: a webhook's URL is its secret.

    Raises:
        DeliveryRefused: on a redirect or 4xx, but 408 and 429.
        DeliveryFailed: on no answer, and on 408, 429 and 5xx, with the answer's `Retry-After` in seconds, where it
            has one; at most an hour. 429 without a readable one asks for 30 s.
    """
    try:
        response = await client.post(url, content=body, headers={"Content-Type": "application/json", **headers})
    except httpx.RequestError as error:
        raise DeliveryFailed(f"no answer: {type(error).__name__}") from error
    status = response.status_code
    if response.is_success:
        return
    if status in (408, 429) or status >= 500:
        raise DeliveryFailed(f"answered {status}", _retry_after_seconds(response))
    reason = plain(response.text, REASON_LIMIT)
    raise DeliveryRefused(f"answered {status} ({reason}): check that its URL is right, active and takes such posts.")


def _retry_after_seconds(response: httpx.Response) -> float | None:
    text = response.headers.get("Retry-After", "").strip()
    # Digits alone: the header may also be a date, but that is by the other side's clock, so it counts as absent.
    if text.isascii() and text.isdecimal():
        return min(float(text), MAX_RETRY_AFTER_SECONDS)
    return DEFAULT_RETRY_AFTER_SECONDS if response.status_code == 429 else None


class WebhookSink:
    """Posts the notification as it stands on the topic, as JSON, to any URL.

    `Webhook-Id` carries the notification's id, under the name Standard Webhooks gives it: one id, one content, so a
    receiver that drops ids it has seen gets each notification once, whatever is lost on the way.
    """

    name = "webhook"

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client

    async def deliver(self, notification: Notification, /) -> None:
        """See `Sink.deliver` and `post_json`."""
        body = msgspec.json.encode(notification)
        await post_json(self._client, self._url, body, {"Webhook-Id": notification.id})
