"""Any JSON, by a small table of JSON pointers in `gateway.toml`. Pure."""

from __future__ import annotations

from typing import Any

from streams.gateway.reading import BadRequest, Inbound, Reading, Refused, Request, Vendor
from streams.gateway.sources.schema import GenericSource
from streams.gateway.vendors.account_rules import accounts_by
from streams.gateway.vendors.bearer import bearer_key
from streams.gateway.vendors.fields import (
    MISSING,
    Untimely,
    check_count,
    chosen_topic,
    clean_id,
    decoded,
    encode,
    fingerprint,
    found_at,
    instant_ms,
    pointer_parts,
    stamp,
    text_at,
)


def read(request: Request) -> Reading:
    """The events of a request: one, or those of a list. One that cannot be used is refused alone.

    Raises:
        BadRequest: when the body is not JSON, or holds nothing where `map.events` says.
    """
    source = request.source
    assert isinstance(source, GenericSource)
    found = found_at(decoded(request.body), source.map.events)
    if found is MISSING:
        raise BadRequest(f"there is nothing at {source.map.events}, where map.events says that the events stand")
    check_count(len(found) if isinstance(found, list) else 1)
    reading = Reading()
    for position, event in enumerate(found if isinstance(found, list) else [found]):
        made = _event(source, event, position, request.received_ms)
        if isinstance(made, Inbound):
            reading.events.append(made)
        else:
            reading.refused.append(made)
    return reading


def _event(source: GenericSource, event: object, position: int, received_ms: int) -> Inbound | Refused:
    where = source.map

    def refused(reason: str, words: str) -> Refused:
        value = encode(_at(where.events, event))
        return Refused(reason=reason, words=words, value=value, position=position)

    if not isinstance(event, dict):
        return refused("invalid", "an event must be a JSON object")
    sent_name = (text_at(event, where.event) if where.event else "") or where.name
    if not sent_name:
        return refused("no_event_name", f"no text at {where.event}, the event's name: send one, or set map.name")
    if not (accounts := accounts_by(source.account, event)):
        pointers = ", ".join(rule.pointer for rule in source.account)
        return refused("no_account", f"no account at {pointers}: send it there, or change `account` of the source")
    properties = found_at(event, where.properties)
    if properties is MISSING or properties is None:
        properties = {}
    if not isinstance(properties, dict):
        return refused("invalid", f"at {where.properties} there must be an object, the properties")
    try:
        occurred_at_ms = _time(source, event, received_ms)
    except Untimely as untimely:
        return refused("bad_timestamp", str(untimely))
    name = where.names.get(sent_name, sent_name)
    value: dict[str, Any] = {"event": name, "timestamp": stamp(occurred_at_ms)}
    value["id"] = (clean_id(found_at(event, where.id)) if where.id else "") or fingerprint(event)
    if where.user and (user := clean_id(found_at(event, where.user))):
        value["user_id"] = user
    return Inbound(
        topic=chosen_topic(name, source.topics, source.topic),
        event=name,
        value=encode({**value, "properties": properties}),
        occurred_at_ms=occurred_at_ms,
        accounts=accounts,
        position=position,
    )


def _at(pointer: str, event: object) -> object:
    """A body with this event alone, where the mapping finds it: so that a dead letter can be read again."""
    found = [event] if pointer or not isinstance(event, dict) else event
    for part in reversed(pointer_parts(pointer)):
        found = {part: found}
    return found


def _time(source: GenericSource, event: dict[str, Any], received_ms: int) -> int:
    """The event's time; that of arrival only where the source says of no other."""
    if not source.map.time:
        return received_ms
    found = found_at(event, source.map.time)
    if found is MISSING or found is None:
        raise Untimely(f"there is no time at {source.map.time}: send it, or leave map.time out for that of arrival")
    return instant_ms(found, otherwise_ms=received_ms)


VENDOR = Vendor(read=read, key=bearer_key)
