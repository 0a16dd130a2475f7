"""Any ticket system behind a web address: a post for opening, commenting and closing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import httpx
import msgspec

from alerts.message_text import MessageText
from alerts.sinks.port import DeliveryRefused
from alerts.sinks.tickets.api import TicketGone, TicketHttp, body_text, external_id, text_of
from alerts.step import AlertStep

Action = Literal["open", "comment", "close"]


class TicketPost(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a post. `external_id` is the same for all posts of a case; `ticket` is the `id` that the receiver
    answered to "open", "" if it did not."""

    action: Action
    external_id: str
    ticket: str
    title: str
    text: str
    fields: Mapping[str, str]
    step: AlertStep


class GenericTickets:
    """`TicketApi` of a receiver of posts. The header `Idempotency-Key` is the step's id: a receiver that drops what it
    has seen makes no second ticket. It cannot be asked for a ticket."""

    def __init__(self, url: str, token: str, fields: Mapping[str, str], client: httpx.AsyncClient) -> None:
        self._http = TicketHttp(url, client, f"Bearer {token}" if token else "")
        self._fields = fields

    async def find(self, case_id: str, /) -> str:
        """See `TicketApi.find`."""
        return ""

    async def open(self, step: AlertStep, text: MessageText, /) -> str:
        """See `TicketApi.open`."""
        try:
            return await self._post("open", "", step, text)
        except TicketGone as error:
            raise DeliveryRefused(f"{error}: the receiver takes no new ticket there: check its address.") from None

    async def comment(self, ticket: str, step: AlertStep, text: MessageText, /) -> None:
        """See `TicketApi.comment`."""
        await self._post("comment", ticket, step, text)

    async def close(self, ticket: str, step: AlertStep, text: MessageText, /) -> None:
        """See `TicketApi.close`."""
        await self._post("close", ticket, step, text)

    async def _post(self, action: Action, ticket: str, step: AlertStep, text: MessageText) -> str:
        post = TicketPost(
            action=action,
            external_id=external_id(step.case_id),
            ticket=ticket,
            title=text.headline,
            text=body_text(text),
            fields=self._fields,
            step=step,
        )
        answer = await self._http.send("POST", "", post, {"Idempotency-Key": step.id})
        return text_of(answer.get("id"))
