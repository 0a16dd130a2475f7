"""The HTTP clients of sinks, as the settings say."""

from __future__ import annotations

import httpx

from alerts.sinks.public_address import rules_client
from streams.deployment.http import proxy_for, trusting_context
from streams.deployment.settings import Settings


def client_for(settings: Settings, url: str, *, allow_private: bool) -> httpx.AsyncClient:
    """A client for posts to `url`, through the proxy and with the certificates of `settings`. Not connected yet.

    Unless `allow_private`, it reaches public addresses over https only (`alerts.sinks.public_address`).

    Raises:
        UserError: when the proxy or the certificates cannot be used. No text contains the secret in them.
    """
    proxy, verify = proxy_for(settings, url), trusting_context(settings.http_ca_location)
    return rules_client(allow_private=allow_private, proxy=proxy, verify=verify)
