"""Makes the sinks of a deployment from `alerts.toml` and the settings: a table from a sink's kind to its factory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx

from alerts.case_links import CaseLinks
from alerts.lifecycle import schema
from alerts.lifecycle.schema import AlertRules
from alerts.sinks.mail.recipients import is_address
from alerts.sinks.mail.sink import MailSink
from alerts.sinks.mail.smtp import Server
from alerts.sinks.pagerduty import PagerDutySink
from alerts.sinks.port import Sink, SinkMemory
from alerts.sinks.slack import SlackSink
from alerts.sinks.slack_app import SlackAppSink
from alerts.sinks.slack_web_api import SlackWebApi
from alerts.sinks.terminal import TerminalSink
from alerts.sinks.tickets.sink import TicketSink
from alerts.sinks.tickets.systems import TICKET_SYSTEMS
from alerts.sinks.webhook import WebhookSink
from streams.deployment.http import check_url, trusting_context
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.notifier.http_clients import client_for

DEFAULT = "default"
NONE = "none"
"""The targets of a route that are no tables `[sinks.NAME]`."""
DEFAULTS: Mapping[str, Callable[[str, httpx.AsyncClient, CaseLinks | None], Sink]] = {
    "slack": lambda url, client, links: SlackSink(url, client, links=links),
    "webhook": lambda url, client, _: WebhookSink(url, client),
}
"""What "default" leads to, by the field `NAME_url` of `Settings`; the terminal when none is set."""


@dataclass(frozen=True, kw_only=True)
class SinkTools:
    """What a factory may use. `secret` gives the value of a variable that begins with `VITALS_SECRET_`, and raises
    `UserError` when it has none; `memory` gives the memory of the sink of that name; `stack` closes what is opened.
    `links` makes signed links to cases, None when there is no key or no address for them."""

    settings: Settings
    rules: AlertRules
    stack: AsyncExitStack
    secret: Callable[[str], str]
    memory: Callable[[str], SinkMemory]
    links: CaseLinks | None = None

    async def url(self, variable: str) -> str:
        """The web address in a secret variable. Raises `UserError` when it is none."""
        url = self.secret(variable)
        check_url(variable, url)
        return url

    async def client(self, url: str, *, allow_private: bool) -> httpx.AsyncClient:
        """A client for posts to `url`, through the proxy and with the certificates of the settings. A table
        `[sinks.NAME]` says whether it may be private; an address of the settings may."""
        return await self.stack.enter_async_context(client_for(self.settings, url, allow_private=allow_private))


async def _slack(name: str, sink: schema.SlackSink, tools: SinkTools) -> Sink:
    url = await tools.url(sink.url_secret)
    return SlackSink(url, await tools.client(url, allow_private=sink.allow_private), name=name, links=tools.links)


async def _slack_app(name: str, sink: schema.SlackAppSink, tools: SinkTools) -> Sink:
    check_url(f"sinks.{name}.api", sink.api)
    api = SlackWebApi(
        await tools.client(sink.api, allow_private=sink.allow_private), sink.api, tools.secret(sink.token_secret)
    )
    return SlackAppSink(api, sink.channel, tools.memory(name), name=name, people=sink.people)


async def _webhook(name: str, sink: schema.WebhookSink, tools: SinkTools) -> Sink:
    url = await tools.url(sink.url_secret)
    client = await tools.client(url, allow_private=sink.allow_private)
    secrets = tools.secret(sink.signing_secret) if sink.signing_secret else ""
    try:
        return WebhookSink(url, client, secrets=secrets, name=name)
    except ValueError as error:
        raise UserError(f"{sink.signing_secret}: {error}") from None


async def _mail(name: str, sink: schema.MailSink, tools: SinkTools) -> Sink:
    for key, addresses in (("from", (sink.from_,)), ("to", sink.to), ("people", sink.people.values())):
        for address in addresses:
            if "{" not in address and not is_address(address):
                words = f"{address[:80]!r} cannot be written to: write a plain address of ASCII letters."
                raise UserError(f"sinks.{name}.{key}: {words}")
    server = Server(
        host=sink.host,
        port=sink.port,
        tls=sink.tls,
        user=sink.user,
        password=tools.secret(sink.password_secret) if sink.password_secret else "",
        greeting=sink.from_.rpartition("@")[2],
        context=trusting_context(tools.settings.http_ca_location),
    )
    return MailSink(sink, server, tools.memory(name), name=name, links=tools.links)


async def _pagerduty(name: str, sink: schema.PagerDutySink, tools: SinkTools) -> Sink:
    check_url(f"sinks.{name}.url", sink.url)
    client = await tools.client(sink.url, allow_private=sink.allow_private)
    return PagerDutySink(sink.url, tools.secret(sink.routing_secret), client, name=name)


async def _ticket(name: str, sink: schema.TicketSink, tools: SinkTools) -> Sink:
    url = await tools.url(sink.url_secret)
    token = tools.secret(sink.token_secret) if sink.token_secret else ""
    client = await tools.client(url, allow_private=sink.allow_private)
    return TicketSink(TICKET_SYSTEMS[sink.system](url, token, sink.fields, client), tools.memory(name), name=name)


async def _terminal(name: str, _: schema.TerminalSink, __: SinkTools) -> Sink:
    return TerminalSink(name=name)


FACTORIES: Mapping[type, Callable[[str, Any, SinkTools], Awaitable[Sink]]] = {
    schema.SlackSink: _slack,
    schema.SlackAppSink: _slack_app,
    schema.WebhookSink: _webhook,
    schema.MailSink: _mail,
    schema.PagerDutySink: _pagerduty,
    schema.TicketSink: _ticket,
    schema.TerminalSink: _terminal,
}
"""By the kind of the table `[sinks.NAME]`: (name, table, tools) ▸ the sink, not connected yet. A new kind is a factory
and a line here."""


async def open_sinks(names: tuple[str, ...], tools: SinkTools) -> dict[str, Sink]:
    """The sinks of these names, as `target_names` gives them. Does not connect yet.

    Raises:
        UserError: when a URL, a secret, the proxy or the certificates cannot be used. No text contains the secret.
    """
    return {name: await _open(name, tools) for name in names}


async def _open(name: str, tools: SinkTools) -> Sink:
    if (sink := tools.rules.sinks.get(name)) is not None:
        factory = FACTORIES.get(type(sink))
        if factory is None:
            raise UserError(
                f"sinks.{name}: alerts cannot be sent to this kind of sink: change the routes that name it."
            )
        return await factory(name, sink, tools)
    if name in DEFAULTS:
        url: str = getattr(tools.settings, f"{name}_url")
        check_url(f"VITALS_{name.upper()}_URL", url)
        return DEFAULTS[name](url, await tools.client(url, allow_private=True), tools.links)
    return TerminalSink()


def target_names(settings: Settings, to: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the sinks that a route leads to, without "none" and with "default" resolved; each once.

    >>> target_names(Settings(webhook_url="https://example.com/hook"), ("default", "mail", "none"))
    ('webhook', 'mail')
    >>> target_names(Settings(), ("default",))
    ('terminal',)
    """
    names: list[str] = []
    for target in to:
        names += default_names(settings) if target == DEFAULT else [target]
    return tuple(name for name in dict.fromkeys(names) if name != NONE)


def default_names(settings: Settings) -> tuple[str, ...]:
    """The names of the sinks of the settings."""
    return tuple(name for name in DEFAULTS if getattr(settings, f"{name}_url")) or ("terminal",)
