"""The tables of `alerts.toml` as values. `alerts.lifecycle.loader` reads and checks them."""

from __future__ import annotations

from typing import Literal

import msgspec

from alerts.step import Severity
from scoring.model.schema.rules import Condition

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table `[alerts]`. `page` and `playbook` are links with `{account_id}` and `{rule}` in them, "" for none.
    `zone` is an IANA time zone, the default of every table that has one."""

    name: str
    version: int = 1
    page: str = ""
    playbook: str = ""
    zone: str = "UTC"


class Calendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_": "from"}):
    """A table `[calendars.NAME]`: the open hours of a business, by the wall clock of `zone`. `to` is exclusive."""

    zone: str = ""
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    from_: str = "09:00"
    to: str = "17:00"
    holidays: tuple[str, ...] = ()
    """Dates, YYYY-MM-DD."""


class Only(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which accounts a rule is for. Empty means all. An account whose MRR is unknown is below every `min_mrr`."""

    tiers: tuple[str, ...] = ()
    min_mrr: float = 0.0
    traits: dict[str, tuple[str, ...]] = {}


class RuleBase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What all rules have. `dwell` is how long it must hold before the case opens, `exit_dwell` how long it must not
    hold before the case is resolved, "" for at once.

    `escalate_after` is the time to act before the case escalates, "" for never; with a `calendar` it counts that
    calendar's open hours only, where one day is one open day. `action` is what is recommended, in a few words.
    `guarded`: a fleet alarm holds it back. `ticket` names a sink of kind "ticket": a ticket is opened with the case and
    closed with it.
    """

    label: str = ""
    severity: Severity = "warning"
    only: Only = Only()
    dwell: str = ""
    exit_dwell: str = ""
    escalate_after: str = ""
    calendar: str = ""
    action: str = ""
    playbook: str = ""
    ticket: str = ""
    guarded: bool = True


class TierRule(RuleBase, frozen=True, kw_only=True, tag="tier"):
    """The account is in one of the tiers of `severities`, each with its severity. It enters a worse tier below its
    bound (after `dwell`), and leaves it at `margin` points above the bound (after `exit_dwell`). `escalations` is
    `escalate_after` by tier."""

    severities: dict[str, Severity]
    escalations: dict[str, str] = {}
    margin: float = 3.0


class DropRule(RuleBase, frozen=True, kw_only=True, tag="drop"):
    """The score fell by more than `points` (0-100) within `within`. It is over when the score is within `points` of the
    highest of that span again."""

    points: float = 15.0
    within: str = "24h"


class FlagRule(RuleBase, frozen=True, kw_only=True, tag="flag"):
    """One of the model's flags or floors holds. `["*"]` names all of them."""

    flags: tuple[str, ...]


class ConditionRule(RuleBase, frozen=True, kw_only=True, tag="condition"):
    """All of `when`, conditions on the model's signals, hold."""

    when: tuple[Condition, ...]


class MrrRule(RuleBase, frozen=True, kw_only=True, tag="mrr"):
    """The MRR changed by more than `share` (0-1 of what it was) within `within`: "fell" or "rose". With `only.tiers` it
    is a disagreement of score and money."""

    direction: Literal["fell", "rose"] = "fell"
    share: float = 0.0
    within: str = "30d"


class ForecastRule(RuleBase, frozen=True, kw_only=True, tag="forecast"):
    """Without any event, the account falls into one of `tiers` within `lead`. Looked at once a day, for accounts at
    most `near` points above the bound."""

    tiers: tuple[str, ...]
    lead: str = "3d"
    near: float = 10.0


Rule = TierRule | DropRule | FlagRule | ConditionRule | MrrRule | ForecastRule


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which steps a route takes. All given tests must hold; empty means any."""

    rules: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    tiers: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    traits: dict[str, tuple[str, ...]] = {}
    min_mrr: float = 0.0


class Digest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One message for all steps of a day or a week, at `at` (HH:MM) of `zone`, on `days`."""

    at: str = "09:00"
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    zone: str = ""


class Quiet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_": "from"}):
    """Hours in which nothing is sent, by the wall clock of `zone`; `to` is exclusive, and may be of the next day. What
    waited is one message afterwards."""

    from_: str
    to: str
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    zone: str = ""


class Volume(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """At most `messages` within `within`; what is more becomes one message."""

    messages: int
    within: str = "10m"


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"continue_": "continue"}):
    """A table `[routes.NAME]`. The routes are tried in the file's order; the first that takes a step ends the search,
    unless it says `continue`. `to` names sinks, or "none": recorded, and told nobody. "default" is Slack and the
    webhook of the settings, else the terminal. `storm` is about steps that arrive, `rate` about messages that are sent.
    """

    to: tuple[str, ...] = ("default",)
    match: Match = Match()
    continue_: bool = False
    digest: Digest | None = None
    quiet: Quiet | None = None
    storm: Volume | None = Volume(messages=20, within="10m")
    rate: Volume | None = None


class SinkBase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What all sinks have. A secret is the name of a variable that begins with `VITALS_SECRET_`, which holds it, or
    whose name with `_FILE` names a file that does."""


class PostingSink(SinkBase, frozen=True, kw_only=True):
    """A sink that posts to a web address. `allow_private` permits addresses that are not public, and http."""

    allow_private: bool = False


class SlackSink(PostingSink, frozen=True, kw_only=True, tag="slack"):
    """A Slack incoming webhook."""

    url_secret: str


class SlackAppSink(PostingSink, frozen=True, kw_only=True, tag="slack_app"):
    """A Slack app with a bot token: a message is edited in place, updates go to its thread, buttons act. `people` maps
    owners to Slack user ids, which are mentioned."""

    token_secret: str
    channel: str
    signing_secret: str = ""
    people: dict[str, str] = {}
    api: str = "https://slack.com/api"


class MailSink(SinkBase, frozen=True, kw_only=True, tag="mail", rename={"from_": "from"}):
    """E-mail over SMTP. `to` are addresses; `{owner}` in one is the account's owner, by `people`. `tls` is "starttls",
    "tls" or "none"."""

    host: str
    from_: str
    to: tuple[str, ...]
    port: int = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_secret: str = ""
    people: dict[str, str] = {}
    unsubscribe: str = ""
    """A link or a mailto: for the header List-Unsubscribe; "" for the sender's address."""


class WebhookSink(PostingSink, frozen=True, kw_only=True, tag="webhook"):
    """A POST of the step as JSON, signed as in Standard Webhooks when `signing_secret` is given; several secrets,
    separated by spaces, sign each, so that a secret can be replaced."""

    url_secret: str
    signing_secret: str = ""


class PagerDutySink(PostingSink, frozen=True, kw_only=True, tag="pagerduty"):
    """PagerDuty Events v2: trigger, acknowledge and resolve, with the case's id as `dedup_key`."""

    routing_secret: str
    url: str = "https://events.pagerduty.com/v2/enqueue"


class TicketSink(PostingSink, frozen=True, kw_only=True, tag="ticket"):
    """A ticket system: one ticket a case. `system` says which API `url_secret` leads to. "generic" posts `open` and
    `close` bodies."""

    system: Literal["zendesk", "linear", "hubspot", "generic"]
    url_secret: str
    token_secret: str = ""
    fields: dict[str, str] = {}


class TerminalSink(SinkBase, frozen=True, kw_only=True, tag="terminal"):
    """Lines on the notifier's standard output."""


class ScoreSink(PostingSink, frozen=True, kw_only=True, tag="scores"):
    """Writes score, tier and first driver of each account back to another product. It takes no alerts, so no route
    leads to it. `template` is that product, or "generic" with `body` (JSON with `{account_id}`, `{score}`, `{tier}`,
    `{driver}`). Sent when the tier changes or the score moves by `points`, at most once an account and `every`, and
    `per_second` at most. `names` are the names of the properties score, tier and driver there; `key` is how accounts
    are known there: PostHog's group type, HubSpot's property or Salesforce's external id with the account's id."""

    template: Literal["segment", "posthog", "hubspot", "salesforce", "generic"]
    url_secret: str
    token_secret: str = ""
    points: float = 5.0
    every: str = "1h"
    per_second: float = 5.0
    names: dict[Literal["score", "tier", "driver"], str] = {}
    key: str = ""
    body: str = ""


Sink = SlackSink | SlackAppSink | MailSink | WebhookSink | PagerDutySink | TicketSink | TerminalSink | ScoreSink


class Guard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table `[guard]`: when a feed counts as stopped, and the fleet as falling together.

    A feed has stopped when nothing came for as long as usually brings `expected` events, and at least for `least`. The
    fleet falls when more than `share` (0-1) of all accounts, and more than `accounts`, fell within `within`.
    """

    expected: float = 20.0
    least: str = "15m"
    share: float = 0.05
    accounts: int = 10
    within: str = "10m"


class AlertRules(msgspec.Struct, frozen=True, kw_only=True):
    """A whole `alerts.toml`, checked. Names are keys of the tables; `traits` maps a trait's name to a text signal."""

    header: Header
    rules: dict[str, Rule]
    routes: dict[str, Route]
    sinks: dict[str, Sink] = {}
    calendars: dict[str, Calendar] = {}
    traits: dict[str, str] = {}
    guard: Guard = Guard()
