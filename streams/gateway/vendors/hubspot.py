"""HubSpot's notifications: properties of companies as traits, and tickets. Pure.

A notification names an object by HubSpot's id, and one property. A company leads to an account by its property that
the source names as `account_property`; a ticket leads to the company that it is associated with, until it is closed or
deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streams.gateway.reading import BadRequest, Ignored, Reading, Request, Vendor
from streams.gateway.signatures.hubspot import SCHEME
from streams.gateway.sources.schema import HubSpotSource
from streams.gateway.vendors.fields import check_count, clean_id, decoded, fingerprint, found_at, text_at
from streams.gateway.vendors.inbound import (
    INVALID,
    NO_ACCOUNT,
    alias,
    candidates,
    event,
    foreign,
    kind_of,
    refuse,
    said_ms,
    timely,
)
from streams.gateway.vendors.plain_properties import plain_properties
from streams.identity.alias import ACCOUNT, ForeignId

VENDOR_NAME = "hubspot"
_ANSWER_SECONDS = 4.0  # HubSpot waits five seconds
_OBJECTS = {"0-1": "contact", "0-2": "company", "0-3": "deal", "0-5": "ticket"}
"""The types of objects that notifications of `object.…` name by number."""
_TRAITS = {"hubspot_owner_id": "account_owner", "lifecyclestage": "lifecycle_stage", "numberofemployees": "employees"}
"""Properties of HubSpot's own, under the names of traits; others keep their names."""
_OWN_NUMBERS = ("annualrevenue", "employees", "total_revenue", "recent_deal_amount", "num_associated_contacts")
_NUMBERS = frozenset((*_OWN_NUMBERS, "mrr", "arr", "seats", "seat_count", "nps", "nps_score", "csat", "csat_score"))
_DATES = frozenset(("renewal_date", "renewalDate", "renews_at", "contract_renewal_date", "contract_end_date"))
_DIGITS_MAX = 15
_CLOSE_DATE, _PRIORITY = "closed_date", "hs_ticket_priority"
Part = dict[str, Any]


def read(request: Request) -> Reading:
    """A batch of notifications, or one.

    Raises:
        BadRequest: when the body is neither a JSON object nor a list.
    """
    body = decoded(request.body)
    if not isinstance(body, dict | list):
        raise BadRequest("the body must be a list of notifications")
    check_count(len(body))
    reading = Reading()
    for position, part in enumerate(body if isinstance(body, list) else [body]):
        if isinstance(part, dict) and (what := what_of(part)):
            before = _size(reading)
            _read_part(request, part, what, reading, position)
            if _size(reading) == before:
                reading.ignored.append(Ignored(what=f"{what} without an id", position=position))
        else:
            words = "this is no notification: it has no subscriptionType"
            refuse(reading, INVALID, words, [part], position)
    return reading


def _size(reading: Reading) -> int:
    taken = (reading.events, reading.aliases, reading.forgotten, reading.refused, reading.ignored)
    return sum(len(each) for each in taken)


def what_of(part: Part) -> str:
    """What happened to which kind of object, as in "company.propertyChange"; "" for no notification.

    >>> what_of({"subscriptionType": "object.propertyChange", "objectTypeId": "0-2"})
    'company.propertyChange'
    """
    kind, _, action = text_at(part, "/subscriptionType", "/eventType").partition(".")
    if kind == "object":
        kind = _OBJECTS.get(text_at(part, "/objectTypeId", "/fromObjectTypeId"), "object")
    return f"{kind}.{action}" if action else kind


def _read_part(request: Request, part: Part, what: str, reading: Reading, position: int) -> None:
    match what:
        case "company.propertyChange":
            _company_changed(request, part, reading, position)
        case "company.merge":
            _companies_merged(request, part, reading)
        case "ticket.creation":
            _ticket(request, part, "ticket_opened", reading, position)
        case "ticket.propertyChange":
            _ticket_changed(request, part, reading, position)
        case "ticket.associationChange":
            _ticket_associated(request, part, reading, position)
        case "ticket.deletion":
            _ticket(request, part, "ticket_deleted", reading, position)
        case _:
            reading.ignored.append(Ignored(what=what, position=position))


def _company_changed(request: Request, part: Part, reading: Reading, position: int) -> None:
    source = request.source
    kind, name = kind_of(source, VENDOR_NAME, "company"), text_at(part, "/propertyName")
    account_property = source.account_property if isinstance(source, HubSpotSource) else ""
    if account_property and name == account_property:
        account = foreign(ACCOUNT, part.get("propertyValue"))
        said = said_ms(request, part.get("occurredAt"))
        reading.aliases += alias(request, kind, part.get("objectId"), account, said)
        if account is None and (company := foreign(kind, part.get("objectId"))):
            reading.forgotten.append(company)
        return
    trait = _TRAITS.get(name, name)
    if not (traits := plain_properties({trait: _value(trait, part)})):
        reading.ignored.append(Ignored(what="company.propertyChange without a value for a model", position=position))
        return
    accounts = candidates(source, part, (kind, part.get("objectId")))
    _add(request, part, "account_updated", "analytics", accounts, traits, reading, position)


def _companies_merged(request: Request, part: Part, reading: Reading) -> None:
    """The companies that were merged into one, and the new one where HubSpot makes one, are the primary one."""
    kind = kind_of(request.source, VENDOR_NAME, "company")
    primary = foreign(kind, part.get("primaryObjectId"))
    merged = found_at(part, "/mergedObjectIds")
    said = said_ms(request, part.get("occurredAt"))
    for each in [*(merged if isinstance(merged, list) else ()), part.get("newObjectId")]:
        reading.aliases += alias(request, kind, each, primary, said)


def _ticket_changed(request: Request, part: Part, reading: Reading, position: int) -> None:
    name, value = text_at(part, "/propertyName"), text_at(part, "/propertyValue")
    if name == _PRIORITY and value:
        _ticket(request, part, "ticket_priority_changed", reading, position, {"priority": value.lower()})
    elif name == _CLOSE_DATE and value:
        _ticket(request, part, "ticket_closed", reading, position)
    else:
        reading.ignored.append(Ignored(what=f"ticket.propertyChange of {name}"[:100], position=position))


def _ticket(
    request: Request, part: Part, name: str, reading: Reading, position: int, more: dict[str, Any] | None = None
) -> None:
    own = foreign(kind_of(request.source, VENDOR_NAME, "ticket"), part.get("objectId"))
    accounts = candidates(request.source, part, *([(own.kind, own.id)] if own else []))
    about = {"ticket_id": clean_id(part.get("objectId")), **(more or {})}
    _add(request, part, name, "tickets", accounts, about, reading, position)
    if own and name in ("ticket_closed", "ticket_deleted"):
        reading.ended.append(own)


def _ticket_associated(request: Request, part: Part, reading: Reading, position: int) -> None:
    """A ticket belongs to a company from now on. HubSpot sends it from both sides; this is that of the ticket."""
    is_company = part.get("associationType") == "TICKET_TO_COMPANY" or part.get("toObjectTypeId") == "0-2"
    if not is_company or part.get("associationRemoved") is True:
        reading.ignored.append(Ignored(what="ticket.associationChange", position=position))
        return
    to = foreign(kind_of(request.source, VENDOR_NAME, "company"), part.get("toObjectId"))
    kind = kind_of(request.source, VENDOR_NAME, "ticket")
    reading.aliases += alias(request, kind, part.get("fromObjectId"), to, said_ms(request, part.get("occurredAt")))


def _add(
    request: Request,
    part: Part,
    name: str,
    topic: str,
    accounts: tuple[ForeignId, ...],
    properties: dict[str, Any],
    reading: Reading,
    position: int,
) -> None:
    if not accounts:
        refuse(reading, NO_ACCOUNT, "the notification has no objectId", [part], position)
        return
    at_ms = timely(reading, request, [part], part.get("occurredAt"), position=position)
    if at_ms is not None:
        reading.events.append(
            event(
                request,
                name,
                topic=topic,
                at_ms=at_ms,
                event_id=_event_id(part),
                accounts=accounts,
                properties=properties,
                position=position,
            )
        )


def _event_id(part: Part) -> str:
    """Made of what changed: HubSpot's `eventId` is not always unique, and a repetition has another `attemptNumber`."""
    fields = ("portalId", "objectId", "occurredAt", "propertyName", "propertyValue")
    return fingerprint([what_of(part), *(part.get(field) for field in fields)])


def _value(trait: str, part: Part) -> object:
    """A property's value, which HubSpot always sends as a text: numbers and dates as such, where a trait is one."""
    found = part.get("propertyValue")
    if not isinstance(found, str) or not found.strip():
        return found
    text = found.strip()
    digits = text.removeprefix("-").replace(".", "", 1)
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS_MAX
    convert: Callable[[str], object] = float if "." in text else int
    return convert(text) if is_number and (trait in _NUMBERS or trait in _DATES) else text


VENDOR = Vendor(read=read, scheme=SCHEME, answer_seconds=_ANSWER_SECONDS)
