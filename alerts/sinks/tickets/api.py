"""What all ticket systems have in common: the port, and one JSON exchange."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Literal, Protocol

import httpx
import msgspec

from alerts.message_text import MessageText
from alerts.sinks.http import Reply, post_json
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused
from alerts.step import AlertStep

ANSWER_BYTES = 262_144
"""A ticket comes back whole, with its history."""
OF_THE_MESSAGE = (400, 409, 413, 422)
Json = dict[str, Any]


class TicketGone(Exception):
    """The ticket does not exist any more, or takes no more changes: a person deleted or closed it."""


class TicketApi(Protocol):
    """One ticket system. Every method may take 15 s on the network, and raises as `Sink.deliver` does."""

    async def find(self, case_id: str, /) -> str:
        """The id of the case's ticket, if the system can look for it; "" if there is none."""
        ...

    async def open(self, step: AlertStep, text: MessageText, /) -> str:
        """Open a ticket, and return its id; "" if the system does not say."""
        ...

    async def comment(self, ticket: str, step: AlertStep, text: MessageText, /) -> None:
        """Add what happened. Raises also `TicketGone`."""
        ...

    async def close(self, ticket: str, step: AlertStep, text: MessageText, /) -> None:
        """Add what happened, and close the ticket. Raises also `TicketGone`."""
        ...


class TicketHttp:
    """Requests to one ticket system, with its credentials, which are never shown."""

    def __init__(self, url: str, client: httpx.AsyncClient, authorization: str = "") -> None:
        """`url` is the address that paths are added to; `authorization` the value of that header."""
        self._url = url.rstrip("/")
        self._client = client
        self._headers = {"Authorization": authorization} if authorization else {}

    async def send(
        self,
        method: Literal["GET", "POST", "PUT", "PATCH"],
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
        *,
        also: int = 0,
    ) -> Json:
        """The JSON object of a successful answer, or of one with the status `also`; {} if it has none.

        Raises:
            DeliveryRefused: on 400, 409, 413 and 422, which concern the ticket.
            TicketGone: on 404 and 410.
            ChannelUnavailable: on everything else but 408, 425, 429 and 5xx.
            DeliveryFailed: on those, and without an answer.
        """
        raw = b"" if body is None else msgspec.json.encode(body)
        reply = await post_json(
            self._client,
            self._url + path,
            raw,
            {**self._headers, **(headers or {})},
            method=method,
            body_bytes=ANSWER_BYTES,
            is_url_secret=not path,
        )
        if not 200 <= reply.status < 300 and reply.status != also:
            raise self._fault(reply)
        try:
            found = msgspec.json.decode(reply.body) if reply.body.strip() else {}
        except (msgspec.DecodeError, RecursionError):
            found = {}
        return found if isinstance(found, dict) else {}

    def _fault(self, reply: Reply) -> Exception:
        words = f"answered {reply.summary}"
        for secret in self._headers.values():
            words = words.replace(secret.removeprefix("Bearer "), "…")
        if reply.status in (404, 410):
            return TicketGone(words)
        if reply.status in OF_THE_MESSAGE:
            return DeliveryRefused(f"{words}: the ticket system does not accept this ticket: check `fields`.")
        return ChannelUnavailable(
            f"{words}: check the address and the token of this sink, and what the token may do.",
            reason="auth" if reply.status in (401, 403) else "address",
        )


def external_id(case_id: str) -> str:
    """The case's id as an id in a ticket system.

    >>> external_id("c0ffee")
    'vitals-c0ffee'
    """
    return f"vitals-{case_id}"


def uuid_of(case_id: str) -> str:
    """A UUID (version 4 in its form) that follows from the case's id.

    >>> uuid_of("c0ffee")
    'bec55f22-b2e7-4bce-ab35-0cf53c11e7f8'
    """
    digits = sha256(f"vitals ticket\0{case_id}".encode()).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def body_text(text: MessageText) -> str:
    """What a ticket or a comment says, as plain text."""
    links = [f"{label}: {url}" for label, url in (("Account", text.page), ("Playbook", text.playbook)) if url]
    tail = [part for part in (text.note and f"Note: {text.note}", text.history, text.small_print) if part]
    blocks = [[text.headline], list(text.lines), links, tail]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def text_of(value: object) -> str:
    """An id of a ticket system as text, "" for anything that is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    return str(value)


def unexpected(what: str) -> DeliveryFailed:
    """A success that does not say what it should: it is tried again, and then found."""
    return DeliveryFailed(f"the ticket system answered without {what}", reason="server", may_have_arrived=True)
