"""A real SMTP server on loopback that takes, refuses and loses mails as a test says."""

from __future__ import annotations

import asyncio
import email.policy
import ssl
import warnings
from email import message_from_bytes
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from alerts.sinks.mail.smtp import Server

PASSWORD = "hunter2-and-more"


class Mail:
    """One mail that was taken: for whom, and what it says."""

    def __init__(self, envelope: Envelope) -> None:
        self.sender = envelope.mail_from
        self.recipients = list(envelope.rcpt_tos)
        content = envelope.content or b""
        self.raw = content.encode() if isinstance(content, str) else content
        parsed = message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.message: EmailMessage = parsed

    def header(self, name: str) -> str:
        return str(self.message[name] or "")

    def part(self, subtype: str) -> str:
        """The text of the part text/`subtype`."""
        part = self.message.get_body((subtype,))
        assert part is not None
        text: str = part.get_content()
        return text


class FakeSmtp:
    """Answers a recipient, or the end of a mail, with what is scripted, once each in order; then takes all.

    `recipients` are by address. "lost" as the answer to a mail cuts the line after it was received. A context manager.
    """

    def __init__(
        self,
        *,
        recipients: dict[str, list[str]] | None = None,
        ends: list[str] | None = None,
        sender: str = "",
        context: ssl.SSLContext | None = None,
        demands_password: bool = False,
        hangs_seconds: float = 0.0,
    ) -> None:
        self.mails: list[Mail] = []
        self.offered: list[str] = []
        self.logins = 0
        self._recipients = {address: list(answers) for address, answers in (recipients or {}).items()}
        self._ends = list(ends or [])
        self._sender = sender
        self._hangs_seconds = hangs_seconds
        self._options: dict[str, Any] = {} if context is None else {"tls_context": context}
        if demands_password:
            self._options |= {"authenticator": self._authenticate, "auth_required": True, "auth_require_tls": False}
        self._lines: list[SMTP] = []

    def server(self, **options: Any) -> Server:
        """Where to hand mails in, without TLS unless `options` say otherwise."""
        return Server(**{"host": "127.0.0.1", "port": self._port, "tls": "none", **options})

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(self._line, "127.0.0.1", 0)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for line in self._lines:
            if line.transport is not None and not line.transport.is_closing():
                assert isinstance(line.transport, asyncio.Transport)
                line.transport.abort()
        await asyncio.sleep(0)

    def _line(self) -> SMTP:
        with warnings.catch_warnings(action="ignore"):  # of passwords without TLS, which tests want
            line = SMTP(self, hostname="mail.corp.example", loop=asyncio.get_running_loop(), **self._options)
        self._lines.append(line)
        return line

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await asyncio.sleep(self._hangs_seconds)
        if self._sender:
            return self._sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.offered.append(address)
        answers = self._recipients.get(address)
        answer = answers.pop(0) if answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self._ends.pop(0) if self._ends else "250 OK"
        if answer.startswith("250") or answer == "lost":
            self.mails.append(Mail(envelope))
        if answer == "lost":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "250 OK"
        return answer

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins += 1
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)
