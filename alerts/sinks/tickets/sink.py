"""The ticket sink: what each step of a case does to its ticket."""

from __future__ import annotations

import msgspec

from alerts.message_text import message_text
from alerts.sinks.port import ChannelUnavailable, DeliveryRefused, Message, SinkMemory, shows_news
from alerts.sinks.tickets.api import TicketApi, TicketGone
from alerts.step import AlertStep

TICKET_SECONDS = 400 * 86_400
_OVER = ("resolved", "retracted")


class Known(msgspec.Struct, frozen=True):
    """What is remembered of a case's ticket: its id in the system, "" if it has none there, the step that opened it,
    and whether it is closed."""

    ticket: str
    opened_by: str = ""
    is_closed: bool = False


class TicketSink:
    """Opens a ticket with a case, comments on it when the case gets worse or escalates, and closes it with the case.

    A ticket that is not remembered is looked for before one is opened, so a repeat, or a memory that was emptied, makes
    no second one where the system can find tickets. A ticket that a person closed or deleted is left alone.
    """

    is_gathering = False

    def __init__(self, api: TicketApi, memory: SinkMemory, *, name: str = "tickets") -> None:
        self.name = name
        self._api = api
        self._memory = memory

    def shows(self, step: AlertStep, /) -> bool:
        """See `Sink.shows`: steps of a case, without what people did to it themselves but end it."""
        if not step.case_id:
            return False
        return step.status in _OVER or (step.reason != "better" and shows_news(step))

    async def deliver(self, message: Message, /) -> None:
        """See `Sink.deliver`."""
        if not isinstance(message, AlertStep) or not message.case_id:
            raise DeliveryRefused("a ticket is about one case: leave ticket sinks out of digests.")
        known = await self._known(message)
        is_over = message.status in _OVER
        try:
            if known is None and not is_over:
                await self._remember(message, Known(await self._opened(message), message.id))
            elif known is not None and not known.is_closed:
                await self._change(known, message, is_over)
        except TicketGone:
            await self._remember(message, msgspec.structs.replace(known or Known(""), is_closed=True))

    async def _opened(self, step: AlertStep) -> str:
        """A new ticket's id."""
        try:
            return await self._api.open(step, message_text(step))
        except TicketGone as error:
            raise ChannelUnavailable(f"{error}: check the address of this sink.", reason="address") from None

    async def _change(self, known: Known, step: AlertStep, is_over: bool) -> None:
        if is_over:
            await self._api.close(known.ticket, step, message_text(step))
            await self._remember(step, msgspec.structs.replace(known, is_closed=True))
        # The step that opened the ticket, repeated, has nothing to add.
        elif step.step_number > 1 and step.id != known.opened_by:
            await self._api.comment(known.ticket, step, message_text(step))

    async def _known(self, step: AlertStep) -> Known | None:
        text = await self._memory.get(f"ticket:{step.case_id}")
        if text is not None:
            try:
                return msgspec.json.decode(text, type=Known)
            except msgspec.DecodeError:
                pass
        try:
            found = await self._api.find(step.case_id)
        except TicketGone as error:
            raise ChannelUnavailable(f"{error}: check the address of this sink.", reason="address") from None
        if not found:
            return None
        await self._remember(step, Known(found))
        return Known(found)

    async def _remember(self, step: AlertStep, known: Known) -> None:
        text = msgspec.json.encode(known).decode()
        await self._memory.set(f"ticket:{step.case_id}", text, seconds=TICKET_SECONDS)
