"""Zendesk Support: tickets by the Ticketing API, known by their `external_id`."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote

import httpx

from alerts.message_text import MessageText
from alerts.sinks.port import DeliveryRefused
from alerts.sinks.tickets.api import Json, TicketGone, TicketHttp, body_text, external_id, text_of, unexpected
from alerts.step import AlertStep

_PRIORITIES = {"critical": "urgent", "warning": "high", "info": "normal", "good": "normal"}


class Zendesk:
    """`TicketApi` of a Zendesk. The token is "ADDRESS/token:KEY" for an API key, or an OAuth token. Of `fields`, names
    that are numbers are custom fields; the others are fields of a ticket, such as `group_id`. Comments are internal."""

    def __init__(self, url: str, token: str, fields: Mapping[str, str], client: httpx.AsyncClient) -> None:
        is_basic = ":" in token
        scheme = f"Basic {base64.b64encode(token.encode()).decode()}" if is_basic else f"Bearer {token}"
        self._http = TicketHttp(url, client, scheme if token else "")
        self._fields = fields

    async def find(self, case_id: str, /) -> str:
        """See `TicketApi.find`. By `external_id`, which is exact and at once up to date."""
        found = await self._http.send("GET", f"/api/v2/tickets.json?external_id={quote(external_id(case_id))}")
        tickets = found.get("tickets")
        if isinstance(tickets, list) and tickets and isinstance(tickets[0], dict):
            return text_of(tickets[0].get("id"))
        return ""

    async def open(self, step: AlertStep, text: MessageText, /) -> str:
        """See `TicketApi.open`. The idempotency key makes a repeat of the next two hours return the same ticket."""
        fields: Json = {name: value for name, value in self._fields.items() if not name.isdigit()}
        custom = [{"id": int(name), "value": value} for name, value in self._fields.items() if name.isdigit()]
        ticket: Json = {
            "subject": text.headline,
            "comment": {"body": body_text(text), "public": False},
            "external_id": external_id(step.case_id),
            "priority": _PRIORITIES[step.severity],
            "tags": ["vitals"],
            **({"custom_fields": custom} if custom else {}),
            **fields,
        }
        key = {"Idempotency-Key": external_id(step.case_id)}
        found = await self._http.send("POST", "/api/v2/tickets.json", {"ticket": ticket}, key)
        made = found.get("ticket")
        if isinstance(made, dict) and (ticket_id := text_of(made.get("id"))):
            return ticket_id
        raise unexpected("the ticket's id")

    async def comment(self, ticket: str, step: AlertStep, text: MessageText, /) -> None:
        """See `TicketApi.comment`."""
        await self._update(ticket, {"priority": _PRIORITIES[step.severity]}, text)

    async def close(self, ticket: str, step: AlertStep, text: MessageText, /) -> None:
        """See `TicketApi.close`: the ticket is solved, which Zendesk closes in time."""
        await self._update(ticket, {"status": "solved"}, text)

    async def _update(self, ticket: str, changes: Json, text: MessageText) -> None:
        body = {"ticket": {**changes, "comment": {"body": body_text(text), "public": False}}}
        try:
            await self._http.send("PUT", f"/api/v2/tickets/{quote(ticket, safe='')}.json", body)
        except DeliveryRefused as error:
            # A closed ticket takes no change: Zendesk answers 422 with the status in the details.
            if "closed" in str(error).lower():
                raise TicketGone(str(error)) from None
            raise
