"""Reads a request of Intercom. Pure."""

from __future__ import annotations

from streams.gateway.reading import Ignored, Reading, Request, Vendor
from streams.gateway.signatures.intercom import SCHEME
from streams.gateway.vendors.fields import decoded_object
from streams.gateway.vendors.inbound import INVALID, refuse, without_fields
from streams.gateway.vendors.intercom.conversations import read_conversation
from streams.gateway.vendors.intercom.notification import WRITTEN, notification_of
from streams.gateway.vendors.intercom.people import read_company, read_contact

_ANSWER_SECONDS = 0.45  # after half a second Intercom sends with a lower priority, after five it repeats


def read(request: Request) -> Reading:
    """A notification of Intercom. Its `ping` is ignored, and so answered with a 200, which is all that it wants.

    Raises:
        BadRequest: when the body is not a JSON object.
    """
    sent = notification_of(decoded_object(request.body))
    reading = Reading()
    match sent.topic.partition(".")[0]:
        case "conversation" | "ticket":
            read_conversation(request, sent, reading)
        case "company":
            read_company(request, sent, reading)
        case "contact":
            read_contact(request, sent, reading)
        case "":
            words = "the body has no topic: send Intercom's notifications as they are"
            refuse(reading, INVALID, words, without_fields(sent.body, WRITTEN))
        case _:
            reading.ignored.append(Ignored(what=sent.topic))
    return reading


VENDOR = Vendor(read=read, scheme=SCHEME, answer_seconds=_ANSWER_SECONDS)
