"""Composes the mail: its headers, and its text and HTML parts.

No text from outside can end a header or begin another: texts are one line (`alerts.text.plain`), addresses are checked,
and the library that writes headers refuses line breaks.
"""

from __future__ import annotations

import email.policy
import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from urllib.parse import quote

import jinja2
import msgspec

from alerts.message_text import MessageText
from alerts.sinks.mail.recipients import is_address
from alerts.text import plain

SUBJECT_LIMIT = 120
PREVIEW_LIMIT = 160
_COLOURS = {"critical": "#c9302c", "warning": "#b7791f", "info": "#2b6cb0", "good": "#2f855a"}
_LINK = re.compile(r"(https?://|mailto:)[^\s<>,\"]+", re.IGNORECASE)
_POLICY = email.policy.SMTP.clone(max_line_length=78)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What the headers say. `thread` are the ids of earlier mails of the case, oldest first, and `root` is one that all
    of its mails refer to, each in angle brackets. `act` is the link to acknowledge or snooze the case, "" for none."""

    sender: str
    sender_name: str
    recipients: Sequence[str]
    message_id: str
    at: datetime
    root: str = ""
    thread: Sequence[str] = ()
    unsubscribe: str = ""
    list_name: str = "alerts"
    act: str = ""


def letter(text: MessageText, envelope: Envelope) -> bytes:
    """The whole mail, as it goes over the line."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _address(envelope.sender, envelope.sender_name)
    mail["To"] = [_address(address) for address in envelope.recipients]
    mail["Subject"] = plain(text.headline, SUBJECT_LIMIT)
    mail["Date"] = envelope.at
    mail["Message-ID"] = envelope.message_id
    if references := [each for each in (envelope.root, *envelope.thread) if each]:
        mail["References"] = " ".join(references)
    if envelope.thread:
        mail["In-Reply-To"] = envelope.thread[-1]
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    if text.severity == "critical" and not text.is_over:
        mail["Importance"] = "high"
    mail["List-Id"] = f"<{re.sub('[^a-z0-9-]', '-', envelope.list_name.lower())}.vitals.{_domain(envelope.sender)}>"
    link = unsubscribe_link(envelope)
    mail["List-Unsubscribe"] = f"<{link}>"
    if link.lower().startswith("https://"):
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(text_part(text, link, envelope.act), cte="quoted-printable")
    mail.add_alternative(html_part(text, link, envelope.act), subtype="html", cte="quoted-printable")
    return bytes(mail)


def message_id(kind: str, identity: str, sender: str) -> str:
    """A Message-ID that is the same for the same `identity`.

    >>> message_id("alert", "0a1b", "vitals@corp.example")
    '<alert.0a1b@corp.example>'
    """
    return f"<{kind}.{re.sub('[^0-9A-Za-z_-]', '_', identity)}@{_domain(sender)}>"


def unsubscribe_link(envelope: Envelope) -> str:
    """The link of the rules file if it can be one, else a mail to the sender."""
    if _LINK.fullmatch(envelope.unsubscribe):
        return envelope.unsubscribe
    return f"mailto:{envelope.sender}?subject={quote('unsubscribe ' + envelope.list_name)}"


def text_part(text: MessageText, unsubscribe: str, act: str = "") -> str:
    """The mail as plain text: the headline, the lines, the links."""
    links = [f"{label}: {url}" for label, url in _links(text, act)]
    quiet = [part for part in (text.note and f"Note: {text.note}", text.history, text.small_print) if part]
    blocks = [[text.headline], list(text.lines), links, [*quiet, f"Unsubscribe: {unsubscribe}"]]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def html_part(text: MessageText, unsubscribe: str, act: str = "") -> str:
    """The mail as HTML: one column, colours for light and dark, no image, nothing loaded from elsewhere."""
    preview = " ".join(filter(None, (text.cause, text.facts, *text.counts)))
    return _template().render(
        text=text,
        colour=_COLOURS["good" if text.is_over else text.severity],
        preview=plain(preview, PREVIEW_LIMIT) if preview else "",
        links=_links(text, act),
        colours=_COLOURS,
        unsubscribe=unsubscribe,
    )


def _links(text: MessageText, act: str) -> list[tuple[str, str]]:
    named = (("Acknowledge or snooze", act), ("Open the account", text.page), ("Playbook", text.playbook))
    return [(label, url) for label, url in named if url]


@cache
def _template() -> jinja2.Template:
    folder = Path(__file__).parent / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    return environment.get_template("message.html")


def _address(address: str, name: str = "") -> Address:
    if not is_address(address):
        raise ValueError("not a mail address")
    return Address(name, addr_spec=address)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
