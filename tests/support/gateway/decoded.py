"""What the worker reads of an event that a vendor's reader made."""

from __future__ import annotations

from scoring.event.event import Event, EventDecoder
from streams.gateway.reading import Inbound
from tests.support.gateway.requests import RECEIVED_MS

PROPERTIES = ("plan", "mrr", "seats", "ticket_id", "amount")


def under_its_account(inbound: Inbound, account: str = "") -> bytes:
    """The bytes on the input topic, once the account is known: by default the best of its ids."""
    named = (account or inbound.accounts[0].id).replace("\\", "\\\\").replace('"', '\\"')
    return b'{"account_id":"%s",%s' % (named.encode(), inbound.value[1:])


def as_decoded(inbound: Inbound, account: str = "") -> tuple[Event, dict[str, object]]:
    """The event, and those of its properties that `PROPERTIES` names."""
    decoder = EventDecoder(PROPERTIES)
    event = decoder.decode(inbound.topic, under_its_account(inbound, account), RECEIVED_MS, RECEIVED_MS)
    read = {name: decoder.reader(name)(event.properties) for name in PROPERTIES}
    return event, {name: value for name, value in read.items() if value.__class__.__name__ != "UnsetType"}
