"""Slack: a notification as a Block Kit message, and the sink that posts it to an incoming webhook.

Account names cannot trigger mentions: names are `plain_text`, everything else is escaped and `verbatim`, and names and
links in the fallback text are not parsed.
"""

from __future__ import annotations

import asyncio
import html
import time
from collections.abc import Awaitable, Callable, Iterable

import httpx
import msgspec

from alerts.gathered import Gathered
from alerts.notification import Delta, Notification
from alerts.sinks.http import post_json
from alerts.sinks.port import Message, shows_news
from alerts.sinks.slack_answer import judge
from alerts.step import AlertStep
from alerts.text import (
    NAME_LIMIT,
    WORDS_LIMIT,
    arrow,
    driver_words,
    headline,
    money,
    plain,
    scores,
    sentence,
    signed,
    tiers,
)

# Slack's own limits. Slack does not define a character, so we count UTF-16 units, the strictest reading.
HEADER_LIMIT = 150
TEXT_LIMIT = 3_000
# Slack accepts about one message a second on a webhook, and answers 429 to more.
SECONDS_A_MESSAGE = 1.0


class PlainText(msgspec.Struct, frozen=True, tag_field="type", tag="plain_text"):
    """Text that Slack shows unchanged."""

    text: str
    emoji: bool = False


class Mrkdwn(msgspec.Struct, frozen=True, tag_field="type", tag="mrkdwn"):
    """Text in Slack's markup. With `verbatim`, bare names and links in it stay text."""

    text: str
    verbatim: bool = True


class Header(msgspec.Struct, frozen=True, tag_field="type", tag="header"):
    """The message's title."""

    text: PlainText


class Section(msgspec.Struct, frozen=True, tag_field="type", tag="section"):
    """A paragraph."""

    text: Mrkdwn


class Fields(msgspec.Struct, frozen=True, tag_field="type", tag="section"):
    """Up to ten short texts in two columns."""

    fields: tuple[Mrkdwn, ...]


class Context(msgspec.Struct, frozen=True, tag_field="type", tag="context"):
    """Small print: up to ten texts."""

    elements: tuple[Mrkdwn, ...]


Block = Header | Section | Fields | Context


class SlackMessage(msgspec.Struct, frozen=True):
    """The body of a post. Phones and screen readers show `text`; the flags turn off names, links and previews in it."""

    text: str
    blocks: tuple[Block, ...]
    parse: str = "none"
    link_names: bool = False
    unfurl_links: bool = False
    unfurl_media: bool = False


def slack_message(notification: Notification) -> SlackMessage:
    """`notification` as a Slack message of at most six blocks, each within Slack's limits for any input."""
    cause = sentence(notification.cause.words)
    title = f"{arrow(notification)} {plain(notification.account_id, NAME_LIMIT)}: {tiers(notification)}"
    blocks: list[Block] = [Header(PlainText(_cut(title, HEADER_LIMIT))), Fields(_fields(notification))]
    blocks.append(Section(_list("Why", [cause])))
    if moved := _delta_words(notification.deltas):
        blocks.append(Section(_list("What moved the score", moved, "• ")))
    if notification.drivers:
        blocks.append(Section(_list("What holds it down", driver_words(notification.drivers), "• ")))
    judged = f"{notification.as_of} · model {notification.model} {notification.model_version} · {notification.id}"
    blocks.append(Context((Mrkdwn(_escaped(plain(judged, WORDS_LIMIT))),)))
    return SlackMessage(text=_escaped(f"{headline(notification)}. {cause}"), blocks=tuple(blocks))


def message_of(message: Message) -> SlackMessage:
    """`message` in a few blocks, each within Slack's limits for any input."""
    if isinstance(message, Gathered):
        title = f"{message.count} steps of {message.accounts} accounts ({message.why})"
        lines = [f"{plain(step.account_id, NAME_LIMIT)}: {sentence(step.words)}" for step in message.top]
        judged = f"{message.to} · {message.id}"
    else:
        title = f"{plain(message.account_id, NAME_LIMIT)}: {plain(message.rule, NAME_LIMIT)}"
        lines = [sentence(message.words), *driver_words(message.drivers)]
        judged = f"{message.as_of} · model {message.model} {message.model_version} · {message.id}"
    blocks: list[Block] = [Header(PlainText(_cut(title, HEADER_LIMIT))), Section(_list("Why", lines))]
    blocks.append(Context((Mrkdwn(_escaped(plain(judged, WORDS_LIMIT))),)))
    return SlackMessage(text=_escaped(f"{title}: {lines[0]}"), blocks=tuple(blocks))


def _fields(notification: Notification) -> tuple[Mrkdwn, ...]:
    mrr = "unknown" if notification.mrr is None else money(notification.mrr)
    pairs = [("Tier", tiers(notification)), ("Score", scores(notification)), ("MRR", mrr)]
    if notification.plan is not None:
        pairs.append(("Plan", plain(notification.plan, NAME_LIMIT)))
    return tuple(Mrkdwn(f"*{title}*\n{_escaped(value)}") for title, value in pairs)


def _delta_words(deltas: Iterable[Delta]) -> list[str]:
    """Each component's part in the change, largest first; components without a part are left out."""
    moved = sorted((delta for delta in deltas if delta.points), key=lambda delta: -abs(delta.points))
    return [f"{plain(delta.label, NAME_LIMIT)} {signed(delta.points)}" for delta in moved]


def _list(title: str, lines: list[str], bullet: str = "") -> Mrkdwn:
    """A titled paragraph with as many of `lines` as Slack accepts, and the number of lines left out."""
    text = f"*{title}*"
    for index, line in enumerate(lines):
        longer = f"{text}\n{bullet}{_escaped(line)}"
        rest = f"\n… and {len(lines) - index} more"
        if _units(longer + rest) > TEXT_LIMIT:
            return Mrkdwn(text + rest)
        text = longer
    return Mrkdwn(text)


def _escaped(text: str) -> str:
    """`text` with Slack's three control characters, & < >, as entities: `<!channel>` is then plain text."""
    return html.escape(text, quote=False)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _cut(text: str, limit: int) -> str:
    return text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")


class SlackSink:
    """Posts to an incoming webhook, at most one message a second.

    The pace is per sink: two notifiers on one webhook may exceed it together, and Slack then slows them down with 429.
    Slack has no idempotency key, so a post whose answer is lost and which is retried may appear twice. `monotonic` is a
    clock in seconds and `sleep` waits for seconds; tests pass their own.
    """

    is_gathering = True

    def __init__(
        self,
        url: str,
        client: httpx.AsyncClient,
        *,
        name: str = "slack",
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._url = url
        self._client = client
        self._monotonic = monotonic
        self._sleep = sleep
        self._next_slot_seconds = monotonic()

    def shows(self, step: AlertStep, /) -> bool:
        """See `Sink.shows`."""
        return shows_news(step)

    async def deliver(self, message: Message, /) -> None:
        """See `Sink.deliver`, `post_json` and `judge`. Waits up to a second for its turn first."""
        now = self._monotonic()
        slot = max(now, self._next_slot_seconds)
        # Reserved before the wait, so that two concurrent callers get two turns.
        self._next_slot_seconds = slot + SECONDS_A_MESSAGE
        if slot > now:
            await self._sleep(slot - now)
        judge(await post_json(self._client, self._url, msgspec.json.encode(message_of(message)), {}))
