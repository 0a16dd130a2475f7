"""What Zendesk puts around an event: that of its webhooks, and that of EventBridge and its flows. Pure."""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from streams.gateway.vendors.fields import clean_id, found_at, id_at, object_at, text_at

Domain = Literal["ticket", "user", "organization"]
_TYPE = re.compile(r"zen:event-type[:/](ticket|user|organization)\.(\w+)")
_SUBJECT = re.compile(r"zen:\w+:(\d+)")
_DOMAINS: tuple[Domain, ...] = ("ticket", "user", "organization")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One event: `what` happened to `thing`, as in "status_changed" of a ticket, from `previous` to `current`.

    `times` are the places of its time, best first. `body` is as it was sent, without the words that people wrote.
    """

    domain: Domain
    what: str
    thing: dict[str, Any]
    thing_id: str
    event: dict[str, Any]
    event_id: str
    times: tuple[object, ...]
    body: dict[str, Any]

    @property
    def current(self) -> object:
        return self.event.get("current")

    @property
    def previous(self) -> object:
        return self.event.get("previous")


def change_of(body: dict[str, Any]) -> Change | None:
    """The event in a body; None when it is in no envelope of Zendesk."""
    if found := _TYPE.fullmatch(text_at(body, "/type")):
        return _of_webhook(body, found)
    for pointer in ("/input", "/detail"):
        for domain in _DOMAINS:
            if event := object_at(body, f"{pointer}/{domain}_event"):
                return _of_flow(body, domain, event)
    return None


def _of_webhook(body: dict[str, Any], found: re.Match[str]) -> Change:
    thing, event = object_at(body, "/detail"), object_at(body, "/event")
    subject = _SUBJECT.fullmatch(text_at(body, "/subject"))
    return Change(
        domain=found[1],  # type: ignore[arg-type]  # the pattern allows these alone
        what=found[2],
        thing=thing,
        thing_id=id_at(thing, "/id") or (subject[1] if subject else ""),
        event=event,
        event_id=clean_id(body.get("id")),
        times=(body.get("time"), thing.get("updated_at")),
        body=body,
    )


def _of_flow(body: dict[str, Any], domain: Domain, event: dict[str, Any]) -> Change:
    """`type` is words here, such as "Ticket Created" or "Status Changed"."""
    words = text_at(event, "/type").lower().replace(" ", "_")
    thing = object_at(event, f"/{domain}")
    sequence, position = id_at(event, "/meta/sequence/id"), id_at(event, "/meta/sequence/position")
    return Change(
        domain=domain,
        what=words.removeprefix(f"{domain}_"),
        thing=thing,
        thing_id=id_at(thing, "/id"),
        event=event,
        event_id=f"{sequence}-{position}" if sequence else clean_id(body.get("id")),
        times=(found_at(event, "/meta/occurred_at"), body.get("time"), thing.get("updated_at")),
        body=body,
    )
