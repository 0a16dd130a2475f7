"""What a mail says and what its headers say; that nothing from outside can forge either."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.gathered import gathered_of
from alerts.message_text import message_text
from alerts.sinks.mail.letter import Envelope, letter, message_id
from alerts.sinks.port import Message
from alerts.step import AlertStep
from tests.builders import an_alert_step

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Importance",
    "List-Id",
    "List-Unsubscribe",
    "MIME-Version",
    "Content-Type",
]


def mail(message: Message, **envelope: Any) -> EmailMessage:
    given_envelope = Envelope(
        **{
            "sender": "vitals@corp.example",
            "sender_name": "Vitals",
            "recipients": ("ann@corp.example", "bob@corp.example"),
            "message_id": message_id("alert", message.id, "vitals@corp.example"),
            "at": AT,
            **envelope,
        }
    )
    found = email.message_from_bytes(letter(message_text(message), given_envelope), policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def part(found: EmailMessage, subtype: str) -> str:
    body = found.get_body((subtype,))
    assert body is not None
    text: str = body.get_content()
    return text


def test_the_headers_say_what_it_is() -> None:
    step = an_alert_step()
    found = mail(step)
    assert found.keys() == HEADERS
    assert found["From"] == "Vitals <vitals@corp.example>"
    assert found["To"] == "ann@corp.example, bob@corp.example"
    assert found["Message-ID"] == f"<alert.{step.id}@corp.example>"
    assert found["Date"].datetime == AT
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["Importance"] == "high"
    assert found["List-Unsubscribe"] == "<mailto:vitals@corp.example?subject=unsubscribe%20alerts>"
    assert found["Subject"] == message_text(step).headline


def test_an_end_is_not_of_high_importance() -> None:
    assert mail(an_alert_step(step="resolved", status="resolved", reason="resolved"))["Importance"] is None


def test_a_later_mail_names_the_first_of_its_case() -> None:
    found = mail(an_alert_step(), root="<case.c0ffee@corp.example>", thread=("<alert.first@corp.example>",))
    assert found["In-Reply-To"] == "<alert.first@corp.example>"
    assert found["References"] == "<case.c0ffee@corp.example> <alert.first@corp.example>"


def test_an_unsubscribe_link_of_the_web_works_with_one_click() -> None:
    found = mail(an_alert_step(), unsubscribe="https://corp.example/quiet?list=1")
    assert found["List-Unsubscribe"] == "<https://corp.example/quiet?list=1>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail(an_alert_step(), unsubscribe="mailto:quiet@corp.example")["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "https://x.example/\r\nBcc: eve@evil.example", "https://a> <b"]
)
def test_an_unsubscribe_link_that_cannot_be_one_is_a_mail_to_the_sender(link: str) -> None:
    assert mail(an_alert_step(), unsubscribe=link)["List-Unsubscribe"].startswith("<mailto:vitals@corp.example")


def test_both_parts_say_what_matters() -> None:
    step = an_alert_step()
    words = message_text(step)
    found = mail(step)
    for subtype in ("plain", "html"):
        text = re.sub(r"\s+", " ", part(found, subtype))
        for expected in (words.headline, words.cause, words.mrr, words.action, *words.drivers, words.playbook):
            assert expected
            assert expected in text


def test_a_digest_shows_its_ten_accounts_and_how_many_more() -> None:
    steps = [an_alert_step(account_id=f"account-{number}", mrr=100.0 * number) for number in range(1, 40)]
    gathered = gathered_of(steps, "day/mail", "digest")
    found = mail(gathered)
    for subtype in ("plain", "html"):
        text = part(found, subtype)
        assert all(f"account-{number} " in text for number in range(30, 40))
        assert "account-29 " not in text
        assert "29 more" in text


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name in ("href", "src", "background"):
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(step: AlertStep) -> _Seen:
    parser = _Seen()
    parser.feed(part(mail(step), "html"))
    return parser


def test_the_html_loads_nothing_and_runs_nothing() -> None:
    found = seen(an_alert_step())
    assert set(found.tags) <= {
        *("html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "h1", "p", "a", "br", "strong"),
        "span",
    }
    assert all(link.startswith(("https://", "mailto:")) for link in found.links)
    raw = part(mail(an_alert_step()), "html")
    assert "url(" not in raw
    assert "@import" not in raw
    assert "prefers-color-scheme: dark" in raw


def test_texts_from_outside_stay_texts() -> None:
    plainly = seen(an_alert_step()).tags
    evil = "<img src=x onerror=alert(1)>\"'</td>{{ 7*7 }}"
    step = an_alert_step(account_id=evil, action=evil, plan=evil, traits={"owner": evil}, note=evil)
    found = seen(step)
    assert set(found.tags) == set(plainly)
    assert "49" not in found.text.replace("2026", "")


def test_a_page_that_is_no_web_address_is_no_link() -> None:
    found = seen(an_alert_step(page="javascript:alert(1)", playbook="data:text/html,x"))
    assert all(link.startswith("mailto:") for link in found.links)


ANY = st.text(max_size=60)


@given(account=ANY, owner=ANY, words=ANY, rule=ANY)
def test_no_text_can_add_a_header_or_a_recipient(account: str, owner: str, words: str, rule: str) -> None:
    step = an_alert_step(
        account_id=account + "\r\nBcc: eve@evil.example", traits={"owner": owner}, words=words, rule=rule
    )
    found = mail(step)
    assert found.keys() == HEADERS
    assert found["To"] == "ann@corp.example, bob@corp.example"
    assert [part.get_content_type() for part in found.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_no_line_of_a_mail_is_too_long_for_smtp() -> None:
    step = an_alert_step(account_id="ä" * 900, action="x" * 5_000)
    raw = letter(
        message_text(step),
        Envelope(
            sender="vitals@corp.example",
            sender_name="Vitals",
            recipients=tuple(f"p{number}@corp.example" for number in range(50)),
            message_id="<a@b>",
            at=AT,
        ),
    )
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    raw.decode("ascii")
