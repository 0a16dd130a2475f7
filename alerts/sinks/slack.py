"""The sink that posts to a Slack incoming webhook. Such a message cannot be edited: `alerts.sinks.slack_app` can."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx
import msgspec

from alerts.case_links import CaseLinks
from alerts.sinks.http import post_json
from alerts.sinks.pace import Pace
from alerts.sinks.port import Message, shows_news
from alerts.sinks.slack_answer import judge
from alerts.sinks.slack_message import slack_message
from alerts.step import AlertStep

# Slack accepts about one message a second on a webhook, and answers 429 to more.
SECONDS_A_MESSAGE = 1.0


class SlackSink:
    """Posts to an incoming webhook, at most one message a second.

    The pace is per sink: two notifiers on one webhook may exceed it together, and Slack then slows them down with 429.
    Slack has no idempotency key, so a post whose answer is lost and which is retried may appear twice. With `links`, a
    message has a link to act on its case. `monotonic` is a clock in seconds and `sleep` waits for seconds; tests pass
    their own.
    """

    is_gathering = True

    def __init__(
        self,
        url: str,
        client: httpx.AsyncClient,
        *,
        name: str = "slack",
        links: CaseLinks | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._url = url
        self._client = client
        self._links = links
        self._pace = Pace(SECONDS_A_MESSAGE, monotonic=monotonic, sleep=sleep)

    def shows(self, step: AlertStep, /) -> bool:
        """See `Sink.shows`."""
        return shows_news(step)

    async def deliver(self, message: Message, /) -> None:
        """See `Sink.deliver`, `post_json` and `judge`. Waits up to a second for its turn first."""
        await self._pace.turn()
        link = self._links.link(message) if self._links is not None and isinstance(message, AlertStep) else ""
        body = msgspec.json.encode(slack_message(message, case_link=link))
        judge(await post_json(self._client, self._url, body, {}))
