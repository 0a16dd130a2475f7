"""The HTML of mails as they came in at a real SMTP server, sent by the real sink."""

from __future__ import annotations

from alerts.case_links import CaseLinks, CaseTokens
from alerts.lifecycle import schema
from alerts.sinks.mail.sink import MailSink
from alerts.sinks.port import Message
from tests.fakes import InMemorySinkMemory
from tests.support.receivers.fake_smtp import FakeSmtp

KEY = "a key for pictures"


async def mail_html(message: Message) -> str:
    """The HTML part of the mail about `message`."""
    async with FakeSmtp() as fake:
        server = fake.server()
        rules = schema.MailSink(host=server.host, port=server.port, from_="vitals@example.com", to=("bo@example.com",))
        links = CaseLinks("https://vitals.example", CaseTokens([KEY]))
        await MailSink(rules, server, InMemorySinkMemory(), links=links).deliver(message)
    return fake.mails[0].part("html")
