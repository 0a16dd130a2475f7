"""Slack's Block Kit as values, and its limits. What a message says is in `alerts.message_text`, how it is laid out in
`alerts.sinks.slack_message`.

Slack does not define a character, so we count UTF-16 units, the strictest reading.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

import msgspec

HEADER_LIMIT = 150
TEXT_LIMIT = 3_000
BUTTON_TEXT_LIMIT = 75
VALUE_LIMIT = 2_000
URL_LIMIT = 3_000


class PlainText(msgspec.Struct, frozen=True, tag_field="type", tag="plain_text"):
    """Text that Slack shows unchanged."""

    text: str
    emoji: bool = False


class Mrkdwn(msgspec.Struct, frozen=True, tag_field="type", tag="mrkdwn"):
    """Text in Slack's markup. With `verbatim`, bare names and links in it stay text."""

    text: str
    verbatim: bool = True


class Confirm(msgspec.Struct, frozen=True):
    """The question that Slack asks before a button acts."""

    title: PlainText
    text: PlainText
    confirm: PlainText
    deny: PlainText


class Button(msgspec.Struct, frozen=True, tag_field="type", tag="button", omit_defaults=True):
    """A button that opens `url`, or else sends `action_id` and `value` to the app."""

    text: PlainText
    action_id: str
    value: str = ""
    url: str = ""
    style: str = ""
    confirm: Confirm | None = None


class Header(msgspec.Struct, frozen=True, tag_field="type", tag="header"):
    """The message's title."""

    text: PlainText


class Section(msgspec.Struct, frozen=True, tag_field="type", tag="section"):
    """A paragraph."""

    text: Mrkdwn


class Context(msgspec.Struct, frozen=True, tag_field="type", tag="context"):
    """Small print: up to ten texts."""

    elements: tuple[Mrkdwn, ...]


class Actions(msgspec.Struct, frozen=True, tag_field="type", tag="actions"):
    """Up to 25 buttons."""

    elements: tuple[Button, ...]


Block = Header | Section | Context | Actions


class SlackMessage(msgspec.Struct, frozen=True):
    """The body of a post. Phones and screen readers show `text`; the flags turn off names, links and previews in it."""

    text: str
    blocks: tuple[Block, ...]
    parse: str = "none"
    link_names: bool = False
    unfurl_links: bool = False
    unfurl_media: bool = False


def escaped(text: str) -> str:
    """`text` with Slack's three control characters, & < >, as entities: `<!channel>` is then plain text. Slack has no
    escape for its marks of style: a name such as `*acme*` may be set in bold.

    >>> escaped("<!channel> & co")
    '&lt;!channel&gt; &amp; co'
    """
    return html.escape(text, quote=False)


def paragraph(lines: Iterable[str]) -> Section | None:
    """A paragraph of as many `lines`, already escaped, as Slack accepts, and how many are left out; None for none."""
    kept: list[str] = []
    all_lines = [line for line in lines if line]
    for index, line in enumerate(all_lines):
        left = len(all_lines) - index
        if units("\n".join([*kept, line, f"… and {left} more"])) > TEXT_LIMIT:
            kept.append(f"… and {left} more")
            break
        kept.append(line)
    return Section(Mrkdwn("\n".join(kept))) if kept else None


def title(text: str) -> Header:
    """A header of at most 150 units."""
    return Header(PlainText(cut(text, HEADER_LIMIT)))


def link(url: str, label: str) -> str:
    """A link in Slack's markup. `url` must have passed `alerts.message_text.web_address`."""
    return f"<{escaped(url)}|{escaped(label)}>"


def cut(text: str, limit: int) -> str:
    """The beginning of `text`, at most `limit` units."""
    return text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
