"""What readers of vendors' webhooks make alike: events, aliases, candidates for an account and refusals. Pure."""

from __future__ import annotations

from typing import Any

from streams.gateway.reading import Inbound, Reading, Refused, Request
from streams.gateway.sources.schema import Source
from streams.gateway.vendors.account_rules import accounts_by
from streams.gateway.vendors.fields import (
    Untimely,
    chosen_topic,
    clean_id,
    encode,
    instant_ms,
    known_ids,
    stamp,
    without_empty,
)
from streams.identity.alias import Alias, ForeignId

NO_ACCOUNT, BAD_TIMESTAMP, INVALID = "no_account", "bad_timestamp", "invalid"
"""Reasons of refusals, in the words of the worker's."""


def kind_of(source: Source, vendor: str, what: str) -> str:
    """The kind of a foreign id: "zendesk.ticket", or after the source's `ids`.

    >>> from streams.gateway.sources.schema import ZendeskSource
    >>> kind_of(ZendeskSource(ids="helpdesk-eu"), "zendesk", "ticket")
    'helpdesk-eu.ticket'
    """
    return f"{source.ids or vendor}.{what}"


def candidates(source: Source, body: object, *own: tuple[str, object]) -> tuple[ForeignId, ...]:
    """The ids that may name the account, best first: by the source's `account` rules, else the vendor's `own`."""
    if source.account:
        return accounts_by(source.account, body)
    return known_ids(*own)


def event(
    request: Request,
    name: str,
    *,
    topic: str,
    at_ms: int,
    event_id: str,
    accounts: tuple[ForeignId, ...],
    properties: dict[str, Any],
    user: str = "",
    position: int = 0,
) -> Inbound:
    """An event under this name; properties without a value are left out."""
    value = {"event": name, "timestamp": stamp(at_ms), "id": event_id, "user_id": user}
    return Inbound(
        topic=chosen_topic(name, request.source.topics, topic),
        event=name,
        value=encode({**without_empty(value), "properties": without_empty(properties)}),
        occurred_at_ms=at_ms,
        accounts=accounts,
        position=position,
    )


def alias(request: Request, kind: str, found: object, to: ForeignId | None, at_ms: int) -> list[Alias]:
    """The alias from an id of this kind, said at `at_ms`; none when the id is none, or leads to nothing or itself."""
    cleaned = clean_id(found)
    if not cleaned or to is None or to == ForeignId(kind, cleaned):
        return []
    return [Alias(kind=kind, id=cleaned, to=to, author=request.name, at_ms=at_ms)]


def said_ms(request: Request, *stamps: object) -> int:
    """When something was said: the first of these times that is given, else the arrival; never after it."""
    try:
        return min(instant_ms(*stamps, otherwise_ms=request.received_ms), request.received_ms)
    except Untimely:
        return request.received_ms


def foreign(kind: str, found: object) -> ForeignId | None:
    """The foreign id in a value; None when it is no id."""
    cleaned = clean_id(found)
    return ForeignId(kind, cleaned) if cleaned else None


def timely(reading: Reading, request: Request, part: object, *stamps: object, position: int = 0) -> int | None:
    """The instant of the first of these that is given, else of the arrival; None after a refusal of what is no time."""
    try:
        return instant_ms(*stamps, otherwise_ms=request.received_ms)
    except Untimely as error:
        refuse(reading, BAD_TIMESTAMP, f"{error}", part, position)
        return None


def refuse(reading: Reading, reason: str, words: str, part: object, position: int = 0) -> None:
    """Add a refusal of `part` of the body, or of what it answers, which is then made only for a refusal."""
    found = part() if callable(part) else part
    value = found if isinstance(found, bytes) else encode(found)
    reading.refused.append(Refused(reason=reason, words=words, value=value, position=position))


def without_fields(part: Any, names: frozenset[str]) -> Any:
    """A part of a body without the fields of these names, at any depth: what a dead letter keeps of it.

    >>> without_fields({"id": 1, "subject": "x", "parts": [{"body": "y", "id": 2}]}, frozenset(("subject", "body")))
    {'id': 1, 'parts': [{'id': 2}]}
    """
    if isinstance(part, dict):
        return {name: without_fields(value, names) for name, value in part.items() if name not in names}
    return [without_fields(value, names) for value in part] if isinstance(part, list) else part
