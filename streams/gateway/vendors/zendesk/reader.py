"""Reads a request of a webhook of Zendesk. Pure."""

from __future__ import annotations

from typing import Any

from streams.gateway.reading import Ignored, Reading, Request, Vendor
from streams.gateway.signatures.zendesk import SCHEME
from streams.gateway.vendors.fields import decoded_object, id_at, text_at
from streams.gateway.vendors.inbound import INVALID, refuse, without_fields
from streams.gateway.vendors.zendesk.envelopes import change_of
from streams.gateway.vendors.zendesk.people import read_organization, read_user
from streams.gateway.vendors.zendesk.tickets import WRITTEN, read_ticket
from streams.gateway.vendors.zendesk.triggers import read_trigger

_ANSWER_SECONDS = 8.0  # Zendesk waits longer, and stops after many failures in five minutes


def read(request: Request) -> Reading:
    """A webhook of Zendesk.

    Raises:
        BadRequest: when the body is not a JSON object.
    """
    body = decoded_object(request.body)
    reading = Reading()
    change = change_of(body)
    if change is None:
        _read_other(request, body, reading)
        return reading
    match change.domain:
        case "ticket":
            read_ticket(request, change, reading)
        case "user":
            read_user(request, change, reading)
        case "organization":
            read_organization(request, change, reading)
    return reading


def _read_other(request: Request, body: dict[str, Any], reading: Reading) -> None:
    if kind := text_at(body, "/type", "/detail-type"):
        reading.ignored.append(Ignored(what=kind.removeprefix("zen:event-type:")))
    elif text_at(body, "/event") and id_at(body, "/ticket_id"):
        read_trigger(request, body, reading)
    else:
        words = "the body of the trigger has no event and ticket_id: use the one of docs/connect/zendesk.md"
        refuse(reading, INVALID, words, without_fields(body, WRITTEN))


VENDOR = Vendor(read=read, scheme=SCHEME, answer_seconds=_ANSWER_SECONDS)
