"""The mail sink: one mail for a message, to the addresses of the rules file and the account's owner."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from alerts.case_links import CaseLinks
from alerts.lifecycle import schema
from alerts.message_text import message_text
from alerts.sinks.mail.letter import Envelope, letter, message_id
from alerts.sinks.mail.recipients import recipients_of
from alerts.sinks.mail.smtp import GREYLIST_SECONDS, Sending, Server, Taken, send
from alerts.sinks.port import DeliveryFailed, DeliveryRefused, Message, PartlyDelivered, SinkMemory, shows_news
from alerts.step import AlertStep

SENDER_NAME = "Vitals"
THREAD_SECONDS = 400 * 86_400
PROGRESS_SECONDS = 7 * 86_400
PATIENCE_MS = 3_600_000
"""How long a recipient may be put off after others got the mail. Then it counts as refused: the mails after wait."""


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far one mail got: who has it, who refused it (with the answer), and since when others are put off."""

    taken: tuple[str, ...] = ()
    refused: dict[str, str] = {}
    since_ms: int = 0


class MailSink:
    """Sends each message as one mail to all its recipients.

    A mail's Message-ID follows from the message's id, so a repeat is recognised as one by clients and servers. Mails of
    a case share a thread. If some recipients are put off or refuse it, the others do not get it again: who has it is
    remembered. A mail whose line was lost after its text was sent may have arrived: it is sent again, and counted.
    """

    is_gathering = True

    def __init__(
        self,
        rules: schema.MailSink,
        server: Server,
        memory: SinkMemory,
        *,
        name: str = "mail",
        links: CaseLinks | None = None,
        sending: Sending = send,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`links` makes the links by which people act on a case; `now` is the wall clock in seconds."""
        self.name = name
        self._rules = rules
        self._server = server
        self._memory = memory
        self._links = links
        self._send = sending
        self._now = now
        self._latest = ("", Progress())

    def shows(self, step: AlertStep, /) -> bool:
        """See `Sink.shows`."""
        return shows_news(step)

    async def deliver(self, message: Message, /) -> None:
        """See `Sink.deliver` and `alerts.sinks.mail.smtp.send`."""
        recipients = recipients_of(message, self._rules.to, self._rules.people, self._rules.from_)
        if not recipients:
            raise DeliveryRefused("no address to write to: the account's owner has none in `people` of this sink.")
        before = await self._progress(message.id)
        left = [each for each in recipients if each not in before.taken and each not in before.refused]
        own_id = message_id("alert", message.id, self._rules.from_)
        thread = await self._thread(message, own_id)
        found = Taken(taken=(), refused={}, later={})
        if left:
            envelope = Envelope(
                sender=self._rules.from_,
                sender_name=SENDER_NAME,
                recipients=recipients,
                message_id=own_id,
                at=datetime.fromtimestamp(int(self._now()), UTC),
                root=self._root(message),
                thread=thread,
                unsubscribe=self._rules.unsubscribe,
                list_name=self.name,
                act=self._links.link(message) if self._links and isinstance(message, AlertStep) else "",
            )
            found = await self._send(self._server, self._rules.from_, left, letter(message_text(message), envelope))
        left_out = await self._settle(message, before, found)
        if isinstance(message, AlertStep) and message.case_id and not thread:
            await self._memory.set(f"thread:{message.case_id}", own_id, seconds=THREAD_SECONDS)
        if left_out:
            raise PartlyDelivered(left_out)

    async def _settle(self, message: Message, before: Progress, found: Taken) -> str:
        """Judge who has the mail by now, and remember it while somebody is put off. Who is left out, "" for nobody."""
        now_ms = round(1_000 * self._now())
        after = Progress(
            taken=(*before.taken, *found.taken),
            refused={**before.refused, **found.refused},
            since_ms=before.since_ms or now_ms,
        )
        late = {}
        if found.later:
            if not after.taken or now_ms - after.since_ms < PATIENCE_MS:
                if after.taken or after.refused:
                    await self._remember(message.id, after)
                pause = GREYLIST_SECONDS if found.is_greylisted else None
                raise DeliveryFailed(f"put off {_named(found.later)}", pause, reason="server")
            late = found.later
        refused = {**after.refused, **late}
        if not after.taken:
            raise DeliveryRefused(f"nobody can get it: {_named(refused)}")
        if not refused:
            return ""
        await self._remember(message.id, after)
        return f"{len(refused)} of {len(refused) + len(after.taken)} refused: {_named(refused)}"

    async def _progress(self, mail: str) -> Progress:
        if self._latest[0] == mail:
            return self._latest[1]
        text = await self._memory.get(f"mail:{mail}")
        try:
            return msgspec.json.decode(text, type=Progress) if text else Progress()
        except msgspec.DecodeError:
            return Progress()

    async def _remember(self, mail: str, progress: Progress) -> None:
        # Also here, so that nobody gets it twice from us when the memory is down.
        self._latest = (mail, progress)
        text = msgspec.json.encode(progress).decode()
        await self._memory.set(f"mail:{mail}", text, seconds=PROGRESS_SECONDS)

    async def _thread(self, message: Message, own_id: str) -> tuple[str, ...]:
        """The id of the case's first mail; nothing for the first itself, also when it is repeated."""
        if not isinstance(message, AlertStep) or not message.case_id:
            return ()
        first = await self._memory.get(f"thread:{message.case_id}")
        return (first,) if first and first != own_id and _is_message_id(first) else ()

    def _root(self, message: Message) -> str:
        """A name that all mails of the case refer to: it holds the thread together when the memory is lost."""
        if not isinstance(message, AlertStep) or not message.case_id:
            return ""
        return message_id("case", message.case_id, self._rules.from_)


def _is_message_id(text: str) -> bool:
    return text.startswith("<") and text.endswith(">") and text.isprintable() and " " not in text


def _named(answers: dict[str, str]) -> str:
    """«ann@corp.example (answered 550 …)», for each of up to five recipients."""
    shown = [f"{address} ({answer})" for address, answer in list(answers.items())[:5]]
    rest = len(answers) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
