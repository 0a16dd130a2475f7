"""Tells a person something after a click, at the address that Slack gives for it."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import httpx
import msgspec

from alerts.lifecycle.schema import AlertRules, SlackAppSink
from alerts.sinks.http import post_json
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed
from alerts.sinks.slack_blocks import escaped

SLACK_HOST = "slack.com"
_LOG = logging.getLogger(__name__)


class Answers:
    """Tells people something where Slack says that they can be told: at addresses of Slack, and of the apps' APIs."""

    def __init__(self, rules: AlertRules) -> None:
        apps = [sink for sink in rules.sinks.values() if isinstance(sink, SlackAppSink)]
        self._also = {urlsplit(sink.api).netloc for sink in apps if sink.allow_private}

    def may_be_told(self, url: str) -> bool:
        """Whether `url` is one of Slack's: signed requests name it, but a stolen secret must not reach our network."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_slack = parts.scheme == "https" and (host == SLACK_HOST or host.endswith(f".{SLACK_HOST}"))
        return is_slack or parts.netloc in self._also

    async def tell(self, client: httpx.AsyncClient, url: str, words: str) -> None:
        """Post `words` to `url`, for this person alone. Never raises; takes 15 s at most."""
        if not self.may_be_told(url):
            _LOG.warning("a person cannot be told something: the answer URL is not Slack's")
            return
        body = msgspec.json.encode({"response_type": "ephemeral", "replace_original": False, "text": escaped(words)})
        try:
            await post_json(client, url, body, {})
        except (DeliveryFailed, ChannelUnavailable) as error:
            _LOG.warning("a person was not told something: %s", error)
