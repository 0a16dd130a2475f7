"""One mail over SMTP: one exchange with the server, and what each of its answers means."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, Protocol

import msgspec
from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPNotSupported,
    SMTPResponseException,
    SMTPSenderRefused,
)

from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused
from alerts.text import plain

STEP_SECONDS = 10.0
EXCHANGE_SECONDS = 25.0
ANSWER_LIMIT = 200
GREYLIST_SECONDS = 120.0
"""When to try again after 450 or 451: servers that greylist take a mail from a minute or a few on."""
_BUSY, _GREYLISTED, _TOO_LARGE = 421, (450, 451), 552


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """Where mails are handed in. `password` is never shown."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"]
    user: str = ""
    password: str = ""
    greeting: str = "localhost"
    context: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port}, {self.tls}, user={self.user!r})"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Who got a mail: `taken` did; `refused` did not and will not, `later` may at another attempt. Each of the two maps
    a recipient to the server's answer. `is_greylisted`: the server asks for a later attempt."""

    taken: tuple[str, ...]
    refused: dict[str, str]
    later: dict[str, str]
    is_greylisted: bool = False


class Sending(Protocol):
    """How `MailSink` sends. See `send`."""

    async def __call__(self, server: Server, sender: str, recipients: Sequence[str], mail: bytes, /) -> Taken: ...


async def send(server: Server, sender: str, recipients: Sequence[str], mail: bytes, /) -> Taken:
    """Hand in `mail` for `recipients`, at least one. Takes 25 s at most. Not idempotent.

    Nothing is sent when no recipient is taken.

    Raises:
        DeliveryFailed: when a retry may succeed; with `may_have_arrived` when the line was lost after the mail began.
        DeliveryRefused: when the server does not take this mail.
        ChannelUnavailable: when it does not take ours at all: user or password, TLS, the sender.
    """
    exchange = _Exchange(server)
    try:
        async with asyncio.timeout(EXCHANGE_SECONDS):
            return await exchange.run(sender, recipients, mail)
    # Before SMTPResponseException, of which it is one.
    except SMTPAuthenticationError as error:
        if 400 <= error.code < 500:
            raise DeliveryFailed(exchange.text(error), reason="server") from None
        raise ChannelUnavailable(
            f"{exchange.text(error)}: check `user` and the password of this sink.", reason="auth"
        ) from None
    except SMTPResponseException as error:
        raise exchange.meaning(error) from None
    except (SMTPException, OSError) as error:  # TimeoutError is an OSError
        # Without STARTTLS on the server the library raises the bare class.
        if type(error) is SMTPException or isinstance(error, SMTPNotSupported):
            words = plain(error.message, ANSWER_LIMIT)
            raise ChannelUnavailable(f"{words} Check `tls` and `user` of this sink.", reason="auth") from None
        raise exchange.lost(error) from error
    finally:
        exchange.close()


class _Exchange:
    """One connection. `is_mail_under_way` from when the mail itself may have reached the server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._is_mail_under_way = False
        self._smtp = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            # Else the library asks the DNS for our own name, and blocks meanwhile.
            local_hostname=server.greeting,
            timeout=STEP_SECONDS,
            use_tls=server.tls == "tls",
            # Never «if the server offers it»: somebody in between could take the offer away, and read the password.
            start_tls=server.tls == "starttls",
            tls_context=server.context,
        )

    async def run(self, sender: str, recipients: Sequence[str], mail: bytes) -> Taken:
        await self._smtp.connect()
        await self._smtp.mail(sender)
        found = await self._offer(recipients)
        if not found.taken:
            with suppress(SMTPException, OSError):
                await self._smtp.quit()
            return found
        self._is_mail_under_way = True
        await self._smtp.data(mail)
        # The mail is taken. Whatever happens to the farewell changes nothing.
        with suppress(SMTPException, OSError):
            await self._smtp.quit()
        return found

    async def _offer(self, recipients: Sequence[str]) -> Taken:
        taken: list[str] = []
        refused: dict[str, str] = {}
        later: dict[str, str] = {}
        is_greylisted = False
        for recipient in recipients:
            try:
                await self._smtp.rcpt(recipient)
            except SMTPResponseException as error:
                if error.code == _BUSY:
                    raise
                is_greylisted = is_greylisted or error.code in _GREYLISTED
                (later if 400 <= error.code < 500 else refused)[recipient] = self.text(error)
            else:
                taken.append(recipient)
        return Taken(taken=tuple(taken), refused=refused, later=later, is_greylisted=is_greylisted)

    def meaning(self, error: SMTPResponseException) -> Exception:
        """What an answer to anything but a recipient means."""
        if 400 <= error.code < 500:
            pause = GREYLIST_SECONDS if error.code in _GREYLISTED else None
            return DeliveryFailed(self.text(error), pause, reason="server")
        if self._is_mail_under_way or error.code == _TOO_LARGE:
            return DeliveryRefused(f"{self.text(error)}: the server does not take this mail.")
        if isinstance(error, SMTPSenderRefused):
            return ChannelUnavailable(
                f"{self.text(error)}: check that this server may send for the address in `from`.", reason="auth"
            )
        return ChannelUnavailable(f"{self.text(error)}: check host, port and `tls` of this sink.")

    def lost(self, error: Exception) -> Exception:
        """What it means that there is no answer."""
        if (why := _distrust(error)) is not None:
            return ChannelUnavailable(
                f"the server's certificate is not trusted ({why}): check `host`; if a private CA signed it, set "
                "VITALS_HTTP_CA_LOCATION to its certificate.",
                reason="certificate",
            )
        what = "no answer in time" if isinstance(error, TimeoutError) else f"no answer: {type(error).__name__}"
        reached = " after the mail was sent, which may have arrived" if self._is_mail_under_way else ""
        return DeliveryFailed(
            f"{what}{reached}",
            reason="timeout" if isinstance(error, TimeoutError) else "network",
            may_have_arrived=self._is_mail_under_way,
        )

    def text(self, error: SMTPResponseException) -> str:
        """The server's answer in one line, without our password."""
        words = error.message
        if self._server.password:
            words = words.replace(self._server.password, "…")
        return f"answered {error.code} ({plain(words, ANSWER_LIMIT)})"

    def close(self) -> None:
        self._smtp.close()


def _distrust(error: BaseException | None) -> str | None:
    """Why TLS failed, if that is the cause."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        if isinstance(error, ssl.SSLError):
            return error.reason or "no TLS there"
        if isinstance(error, SMTPConnectError) and "SSL" in error.message:
            return plain(error.message, ANSWER_LIMIT)
        error = error.__cause__ or error.__context__
    return None
