"""Any JSON, by a small table of JSON pointers in `gateway.toml`. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scoring.event.topics import INPUT_TOPICS
from streams.gateway.reading import BadRequest, Inbound, Reading, Refused, Request, Vendor
from streams.gateway.signatures.hmac_sha256 import SCHEME
from streams.gateway.sources.schema import GenericSource
from streams.gateway.vendors.account_rules import accounts_by
from streams.gateway.vendors.bearer import bearer_key
from streams.gateway.vendors.fields import (
    MISSING,
    Untimely,
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


def check(source: GenericSource) -> list[str]:
    """What is wrong with a source's mapping, in words; [] when it can be used."""
    return [*_pointers(source), *_needed(source), *_signed(source)]


def _pointers(source: GenericSource) -> Iterator[str]:
    where = source.map
    named = {"event": where.event, "time": where.time, "id": where.id, "user": where.user}
    named |= {"properties": where.properties, "events": where.events}
    for name, pointer in named.items():
        try:
            pointer_parts(pointer)
        except ValueError as error:
            yield f"map.{name}: {error}"


def _needed(source: GenericSource) -> Iterator[str]:
    if not source.account:
        yield 'account is missing: say where an event\'s account stands, like [{pointer = "/account_id"}]'
    if not source.map.event and not source.map.name:
        yield "map has neither event nor name: set event to where the name stands, or name if all have the same"
    if not source.map.time and not source.map.id:
        yield (
            "map has neither time nor id, so two equal events would count as one: set time to where the time stands, "
            "or id to where an id of the event stands"
        )
    if source.topic not in INPUT_TOPICS:
        yield f"topic is {source.topic!r}: set it to one of {', '.join(INPUT_TOPICS)}"


def _signed(source: GenericSource) -> Iterator[str]:
    if source.scheme == SCHEME and not source.header:
        yield f'scheme "{SCHEME}" needs header: the name of the one that holds the signature, like "X-Signature"'
    if source.header and source.scheme != SCHEME:
        yield f'header is for scheme "{SCHEME}" alone: leave it out'
    if source.secrets and not source.scheme:
        yield f'secrets are given, but no scheme: set scheme, like "{SCHEME}"'
    if source.scheme and not source.secrets:
        yield f'scheme is "{source.scheme}", but there are no secrets: name their variables in secrets'


VENDOR = Vendor(read=read, key=bearer_key)
