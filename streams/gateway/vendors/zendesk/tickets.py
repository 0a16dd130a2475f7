"""Tickets of Zendesk as events under the names that models know, each with the ticket's id. Pure.

An event that names no organization finds it by an alias from its ticket. The alias ends when the ticket is closed, from
which it never comes back, or deleted for good.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from streams.gateway.reading import Ignored, Reading, Request
from streams.gateway.vendors.fields import clean_id, fingerprint, found_at, known_ids, text_at
from streams.gateway.vendors.inbound import (
    INVALID,
    alias,
    candidates,
    event,
    foreign,
    kind_of,
    refuse,
    said_ms,
    timely,
    without_fields,
)
from streams.gateway.vendors.zendesk.envelopes import Change
from streams.identity.alias import ForeignId

VENDOR_NAME = "zendesk"
OPENED, REOPENED, RATED, MOVED_AWAY = "ticket_opened", "ticket_reopened", "ticket_rated", "ticket_closed"
_DONE = {"solved": "ticket_solved", "closed": "ticket_closed"}
_REMOVED = {"soft_deleted": "ticket_soft_deleted", "marked_as_spam": "ticket_marked_as_spam"}
_NOBODY = frozenset(("0", "-1"))
"""What Zendesk writes for no organization."""
WRITTEN = frozenset(("description", "subject", "raw_subject", "comment", "comments", "body", "name", "email", "notes"))
"""What people wrote, and who they are: a dead letter does not keep it."""
Named = tuple[str, dict[str, Any]]


def organization_of(found: object) -> str:
    """The id of an organization; "" for none.

    >>> organization_of("8447346622462"), organization_of("0"), organization_of(None)
    ('8447346622462', '', '')
    """
    cleaned = clean_id(found)
    return "" if cleaned in _NOBODY else cleaned


def csat_of(found: object) -> object:
    """A satisfaction rating as models read it: "good", "bad" or a number; None for none, and for one only offered.

    >>> csat_of("GOOD"), csat_of("Bad, with a reason"), csat_of("4"), csat_of("offered"), csat_of({})
    ('good', 'bad', 4, None, None)
    """
    if isinstance(found, int | float) and not isinstance(found, bool):
        return found
    words = found.lower().replace(",", " ").split() if isinstance(found, str) else []
    if words and words[0] in ("good", "bad"):
        return words[0]
    return int(words[0]) if len(words) == 1 and words[0] in ("1", "2", "3", "4", "5") else None


def read_ticket(request: Request, change: Change, reading: Reading) -> None:
    """Add what a ticket's event says."""
    named = _named(change)
    if not change.thing_id:
        refuse(reading, INVALID, "the event names no ticket", without_fields(change.body, WRITTEN))
        return
    learn(request, change, reading)
    if change.what == "organization_changed":
        _move(request, change, reading)
    elif change.what == "csat_received" and not named:
        words = "the rating is not good, bad or 1 to 5"
        refuse(reading, INVALID, words, without_fields(change.body, WRITTEN))
    elif not named:
        reading.ignored.append(Ignored(what=f"ticket.{change.what}"))
    else:
        publish(request, change, reading, named, accounts_of(request, change))


def accounts_of(request: Request, change: Change) -> tuple[ForeignId, ...]:
    """Whose the ticket is: its organization's if the event names one, else that of the ticket or of its requester."""
    source, ticket = request.source, change.thing
    moved_to = organization_of(change.current) if change.what == "organization_changed" else ""
    organization = moved_to or organization_of(ticket.get("organization_id"))
    if surest := candidates(source, change.body, (kind_of(source, VENDOR_NAME, "organization"), organization)):
        return surest
    own = (kind_of(source, VENDOR_NAME, "ticket"), change.thing_id)
    requester = (kind_of(source, VENDOR_NAME, "user"), ticket.get("requester_id"))
    return known_ids(own) if source.account else known_ids(own, requester)


def learn(request: Request, change: Change, reading: Reading) -> None:
    """Say where the ticket leads, or that it has ended."""
    kind = kind_of(request.source, VENDOR_NAME, "ticket")
    if change.what == "permanently_deleted" or _status(change) == "closed":
        reading.ended.append(ForeignId(kind, change.thing_id))
        return
    to: ForeignId | None = accounts_of(request, change)[0]
    if to is not None and to.kind == kind:
        is_first = change.what == "created" and not request.source.account
        requester = change.thing.get("requester_id") if is_first else None
        to = foreign(kind_of(request.source, VENDOR_NAME, "user"), requester)
    reading.aliases += alias(request, kind, change.thing_id, to, said_ms(request, *change.times))


def publish(
    request: Request, change: Change, reading: Reading, named: list[Named], accounts: tuple[ForeignId, ...]
) -> None:
    """Add an event under each name."""
    kept = partial(without_fields, change.body, WRITTEN)
    at_ms = timely(reading, request, kept, *change.times)
    if at_ms is None:
        return
    ticket = change.thing
    about = {
        "ticket_id": change.thing_id,
        "priority": text_at(ticket, "/priority").lower(),
        "status": text_at(ticket, "/status").lower(),
        "type": text_at(ticket, "/type").lower(),
        "channel": text_at(ticket, "/via/channel"),
    }
    reading.events += [
        event(
            request,
            name,
            topic="tickets",
            at_ms=at_ms,
            event_id=change.event_id or fingerprint(change.body),
            accounts=accounts,
            user=clean_id(ticket.get("requester_id")),
            properties={**about, **more},
        )
        for name, more in named
    ]


def _named(change: Change) -> list[Named]:
    """The names of the events that a change is, with their own properties; none for one without use."""
    match change.what:
        case "created":
            status = text_at(change.thing, "/status").lower()
            return [(OPENED, {}), *([(_DONE[status], {})] if status in _DONE else [])]
        case "status_changed":
            return _status_changed(change)
        case "priority_changed" if _status(change) not in _DONE:
            previous = change.previous if isinstance(change.previous, str) else ""
            return [("ticket_priority_changed", {"previous_priority": previous.lower()})]
        case "soft_deleted" | "marked_as_spam":
            return [(_REMOVED[change.what], {})]
        case "undeleted":
            return [] if _status(change) in _DONE else [(REOPENED, {})]
        case "csat_received":
            csat = _csat(change)
            return [] if csat is None else [(RATED, {"csat": csat})]
    return []


def _status_changed(change: Change) -> list[Named]:
    current, previous = _status(change), _status_in(change.previous)
    if current in _DONE:
        return [(_DONE[current], {})]
    return [(REOPENED, {})] if current and previous in _DONE else []


def _status(change: Change) -> str:
    """The ticket's status after the event."""
    said = _status_in(change.current) if change.what == "status_changed" else ""
    return said or text_at(change.thing, "/status").lower()


def _status_in(found: object) -> str:
    """A status in lower case, from a text or an object with one."""
    return (found if isinstance(found, str) else text_at(found, "/status")).strip().lower()


def _csat(change: Change) -> object:
    places = ("/satisfaction_score/score", "/satisfaction_score", "/current/score", "/current", "/rating", "/score")
    return next((csat for place in places if (csat := csat_of(found_at(change.event, place))) is not None), None)


def _move(request: Request, change: Change, reading: Reading) -> None:
    """A ticket that goes to another organization is no longer open at the one before, and is a ticket of the other."""
    if _status(change) in _DONE or request.source.account:
        reading.ignored.append(Ignored(what=f"ticket.{change.what}"))
        return
    kind = kind_of(request.source, VENDOR_NAME, "organization")
    before, now = (known_ids((kind, organization_of(side))) for side in (change.previous, change.current))
    if before:
        publish(request, change, reading, [(MOVED_AWAY, {})], before)
        if now:
            publish(request, change, reading, [(OPENED, {})], now)
    else:
        reading.ignored.append(Ignored(what=f"ticket.{change.what}"))
