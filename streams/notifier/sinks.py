"""Makes the sinks of a deployment from its settings, and the HTTP clients that they use."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import certifi
import httpx

from alerts.sinks.http import http_client
from alerts.sinks.port import Sink
from alerts.sinks.slack import SlackSink
from alerts.sinks.terminal import TerminalSink
from alerts.sinks.webhook import WebhookSink
from streams.deployment.settings import Settings
from streams.errors import UserError

SCHEMES = ("http", "https")
POSTING: dict[str, Callable[[str, httpx.AsyncClient], Sink]] = {sink.name: sink for sink in (SlackSink, WebhookSink)}
"""The sinks that post to a URL, by name. A new one is a class here and a field `NAME_url` of `Settings`."""


async def open_sinks(settings: Settings, stack: AsyncExitStack) -> list[Sink]:
    """Slack, the webhook or both, as `settings` say; the terminal if they name neither. Does not connect yet.

    `stack` closes what is opened. No HTTP client is made if nothing is posted.

    Raises:
        UserError: when a URL, the proxy or the certificates cannot be used. No text contains the secret in them.
    """
    sinks: list[Sink] = []
    for name, sink in POSTING.items():
        if url := _url_of(settings, name):
            _check_url(f"VITALS_{name.upper()}_URL", url)
            sinks.append(sink(url, await stack.enter_async_context(_client(settings, url))))
    return sinks or [TerminalSink()]


def sink_names(settings: Settings) -> tuple[str, ...]:
    """The names of the sinks that `open_sinks` opens.

    >>> sink_names(Settings(webhook_url="https://example.com/hook")), sink_names(Settings())
    (('webhook',), ('terminal',))
    """
    return tuple(name for name in POSTING if _url_of(settings, name)) or (TerminalSink.name,)


def _url_of(settings: Settings, sink: str) -> str:
    url: str = getattr(settings, f"{sink}_url")
    return url


def _client(settings: Settings, url: str) -> httpx.AsyncClient:
    proxy = _proxy(settings.http_proxy)
    if bypasses_proxy(httpx.URL(url).host, settings.http_no_proxy):
        proxy = None
    return http_client(proxy=proxy, verify=trusting_context(settings.http_ca_location))


def bypasses_proxy(host: str, no_proxy: str) -> bool:
    """Whether `no_proxy` names `host`: host names separated by commas, each including its subdomains; "*" means all.

    >>> bypasses_proxy("hooks.corp.example", "localhost, corp.example"), bypasses_proxy("slack.com", "lack.com")
    (True, False)
    """
    names = [name.strip().strip(".[]").lower() for name in no_proxy.split(",")]
    return any(name == "*" or host.lower() == name or host.lower().endswith(f".{name}") for name in names if name)


def trusting_context(location: str) -> ssl.SSLContext:
    """A TLS context that trusts the public CAs, and those in the file or folder `location` unless it is "".

    Raises:
        UserError: when no certificate can be read there.
    """
    # `create_default_context` would read environment variables that are not ours.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(certifi.where())
    if location:
        try:
            is_folder = Path(location).is_dir()
            context.load_verify_locations(
                cafile=None if is_folder else location, capath=location if is_folder else None
            )
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            why = error.strerror if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) else None
            raise UserError(
                f"VITALS_HTTP_CA_LOCATION is {location!r}, which cannot be read "
                f"({why or 'no PEM certificates'}): set it to a file of PEM certificates, or a folder of them."
            ) from None
    return context


def _proxy(url: str) -> str | None:
    if not url:
        return None
    parsed = _parsed(url)
    if parsed.scheme.startswith("socks"):
        raise UserError("VITALS_HTTP_PROXY is a SOCKS proxy, which is not supported: name an http:// or https:// one.")
    if parsed.scheme not in SCHEMES or not parsed.host:
        raise UserError("VITALS_HTTP_PROXY is not a proxy URL: set it to a URL such as http://proxy.example:3128.")
    return url


def _check_url(variable: str, url: str) -> None:
    parsed = _parsed(url)
    if parsed.scheme not in SCHEMES or not parsed.host:
        raise UserError(f"{variable} is not a web address: set it to the whole URL, starting with https://.")


def _parsed(url: str) -> httpx.URL:
    """`url` parsed; an empty URL if it is not valid, which includes a port beyond 65535."""
    try:
        parsed = httpx.URL(url)
    # A host that IDNA cannot encode is a UnicodeError.
    except (httpx.InvalidURL, UnicodeError):
        return httpx.URL()
    return parsed if parsed.port is None or 0 < parsed.port < 65_536 else httpx.URL()
