"""Checks of `[sinks.NAME]`, by kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import assert_never

import msgspec

from alerts.lifecycle.checks.values import (
    DAY,
    MINUTE,
    check_different,
    check_link,
    check_secret,
    check_span,
    check_text,
)
from alerts.lifecycle.schema import (
    MailSink,
    PagerDutySink,
    ScoreSink,
    Sink,
    SlackAppSink,
    SlackSink,
    TerminalSink,
    TicketSink,
    WebhookSink,
)
from scoring.model.rule_checks import ModelRuleError, check_not_empty, check_within, numbered

PEOPLE_MAX, ADDRESSES_MAX = 2_000, 50
BODY_PLACES = ("account_id", "score", "tier", "driver")
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,255}")
_PROPERTY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_SLACK_USER = re.compile(r"[UWS][A-Z0-9]{2,20}")


def check_sink(key: str, sink: Sink) -> None:
    """Check a sink.

    Raises:
        ModelRuleError: when it breaks a rule.
    """
    match sink:
        case SlackSink():
            check_secret(f"{key}.url_secret", sink.url_secret)
        case SlackAppSink():
            check_secret(f"{key}.token_secret", sink.token_secret)
            check_secret(f"{key}.signing_secret", sink.signing_secret, needed=False)
            check_not_empty(f"{key}.channel", sink.channel, "name the channel, by its id, such as 'C0123456789'")
            check_text(f"{key}.channel", sink.channel)
            _check_url(f"{key}.api", sink.api)
            _check_people(f"{key}.people", sink.people)
            for owner, user in sink.people.items():
                if not _SLACK_USER.fullmatch(user):
                    words = f"{user!r} is not the id of a Slack user; write one like 'U0123456789', or a group's"
                    raise ModelRuleError(f"{key}.people.{owner}", words)
        case MailSink():
            _check_mail(key, sink)
        case WebhookSink():
            check_secret(f"{key}.url_secret", sink.url_secret)
            check_secret(f"{key}.signing_secret", sink.signing_secret, needed=False)
        case PagerDutySink():
            check_secret(f"{key}.routing_secret", sink.routing_secret)
            _check_url(f"{key}.url", sink.url)
        case TicketSink():
            check_secret(f"{key}.url_secret", sink.url_secret)
            check_secret(f"{key}.token_secret", sink.token_secret, needed=False)
            for name, value in sink.fields.items():
                check_text(f"{key}.fields.{name}", value)
        case ScoreSink():
            _check_scores(key, sink)
        case TerminalSink():
            pass
        case _:
            assert_never(sink)


def _check_mail(key: str, sink: MailSink) -> None:
    if not _HOST.fullmatch(sink.host):
        raise ModelRuleError(f"{key}.host", f"{sink.host[:80]!r} is not a host; write the name of the mail server")
    check_within(f"{key}.port", sink.port, 1, 65_535, "a port")
    _check_address(f"{key}.from", sink.from_)
    check_not_empty(f"{key}.to", sink.to, "nobody would get it; write an address, or '{owner}'")
    if len(sink.to) > ADDRESSES_MAX:
        raise ModelRuleError(f"{key}.to", f"there are more than {ADDRESSES_MAX} addresses; write that of a list")
    check_different(f"{key}.to", sink.to)
    for each_key, address in numbered(f"{key}.to", sink.to):
        if address == "{owner}":
            check_not_empty(each_key, sink.people, "nothing says who an owner is; add people = { 'Ann' = 'ann@…' }")
        else:
            _check_address(each_key, address)
    _check_people(f"{key}.people", sink.people)
    for owner, address in sink.people.items():
        _check_address(f"{key}.people.{owner}", address)
    check_secret(f"{key}.password_secret", sink.password_secret, needed=bool(sink.user))
    if sink.password_secret and sink.tls == "none":
        words = "the password would cross the network in plain text; write 'starttls' or 'tls'"
        raise ModelRuleError(f"{key}.tls", words)
    if sink.password_secret and not sink.user:
        raise ModelRuleError(f"{key}.user", "there is a password but no user; write the user")
    if sink.unsubscribe and not sink.unsubscribe.startswith("mailto:"):
        check_link(f"{key}.unsubscribe", sink.unsubscribe, ())


def _check_scores(key: str, sink: ScoreSink) -> None:
    check_secret(f"{key}.url_secret", sink.url_secret)
    check_secret(f"{key}.token_secret", sink.token_secret, needed=False)
    if not 0 < sink.points <= 100:
        raise ModelRuleError(f"{key}.points", f"{sink.points:g} must be above 0 and at most 100; 5 is usual")
    check_span(f"{key}.every", sink.every, MINUTE, 31 * DAY)
    check_within(f"{key}.per_second", sink.per_second, 0.01, 100, "messages a second")
    for name, value in (("key", sink.key), *((f"names.{name}", value) for name, value in sink.names.items())):
        if value and not _PROPERTY.fullmatch(value):
            words = f"{value[:80]!r} is not the name of a property; write letters, digits and underscores"
            raise ModelRuleError(f"{key}.{name}", words)
    if sink.template != "generic":
        if sink.body:
            words = f"the template {sink.template!r} has a body of its own; leave it out, or write template = 'generic'"
            raise ModelRuleError(f"{key}.body", words)
        return
    check_not_empty(f"{key}.body", sink.body, "a generic sink needs one; write JSON, such as '{\"score\": {score}}'")
    filled = sink.body
    for name in BODY_PLACES:
        filled = filled.replace(f"{{{name}}}", "0")
    try:
        msgspec.json.decode(filled)
    except msgspec.DecodeError as error:
        raise ModelRuleError(f"{key}.body", f"it is not JSON ({error}); correct it") from None


def _check_people(key: str, people: Mapping[str, str]) -> None:
    if len(people) > PEOPLE_MAX:
        raise ModelRuleError(key, f"there are more than {PEOPLE_MAX:,}; leave out those who own nothing")


def _check_address(key: str, address: str) -> None:
    if not _ADDRESS.fullmatch(address) or not address.isprintable():
        raise ModelRuleError(key, f"{address[:80]!r} is not an address; write one like 'team@example.com'")


def _check_url(key: str, url: str) -> None:
    check_not_empty(key, url, "it is empty; leave it out, for the usual one")
    check_link(key, url, ())
