"""One call of Segment's, read into an event and aliases. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from scoring.event.ids import clean
from streams.gateway.reading import Ignored, Inbound, Reading, Refused
from streams.gateway.sources.schema import SegmentSource
from streams.gateway.vendors.account_rules import accounts_by
from streams.gateway.vendors.corrected_time import corrected_ms
from streams.gateway.vendors.fields import (
    Untimely,
    chosen_topic,
    clean_id,
    encode,
    fingerprint,
    id_at,
    instant_ms,
    known_ids,
    object_at,
    stamp,
    text_at,
    without_empty,
)
from streams.gateway.vendors.plain_properties import PERSONS, plain_properties, tells_billing
from streams.gateway.vendors.segment.people import Kinds, aliases_of, candidates_of, user_of
from streams.gateway.vendors.usual_topics import usual_topic
from streams.identity.alias import ForeignId

_TRAIT_CALLS = ("identify", "group")
_VIEWS = ("page", "screen")
_DELETES = frozenset(("delete", "suppress", "suppress_with_delete", "suppress_and_delete", "suppress-with-delete"))
"""Calls that ask to delete a user, or to keep nothing more of one."""
_UNSAID = -(1 << 62)
_IN_TRANSIT = frozenset(("sentAt", "receivedAt", "writeKey", "integrations", "_metadata"))
"""What may differ between two deliveries of one call."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call as it was sent; what is no object is under "" in one.

    `kind` is what its path says that it is. With `is_direct` an SDK sent it; else Segment did, which had corrected its
    time. `sent_at` is that of the whole batch, whose context the body has.
    """

    body: dict[str, Any]
    position: int
    received_ms: int
    kind: str = ""
    sent_at: object = None
    is_direct: bool = False


def read_call(call: Call, source: SegmentSource, author: str, reading: Reading) -> None:
    """Add what a call is to the reading.

    Raises:
        Untimely: when its time cannot be read.
    """
    kind = kind_of(call)
    if kind in _DELETES:
        _read_delete(call, Kinds.of(source), reading)
        return
    if kind == "alias" or kind in _TRAIT_CALLS or kind in _VIEWS or kind == "track":
        _read_known(call, kind, source, author, reading)
    elif not kind:
        refuse(call, reading, "invalid", "the call has no type: send track, identify, group, page, screen or alias")
    else:
        reading.ignored.append(Ignored(what=f"a call of type {kind[:40]}", position=call.position))


def kind_of(call: Call) -> str:
    """The type of a call, in lower case: that of its path, else its own; "" when nothing says it."""
    given = call.kind or text_at(call.body, "/type", "/action").lower()
    return given or ("track" if text_at(call.body, "/event") else "")


def _read_delete(call: Call, kinds: Kinds, reading: Reading) -> None:
    """Delete what leads from a user, and leave the rest to a person: no vendor forgets an account."""
    user = id_at(call.body, "/userId", "/User ID")
    ids = known_ids((kinds.user, user), (kinds.anonymous, call.body.get("anonymousId")))
    reading.forgotten += ids
    if not ids:
        refuse(call, reading, "no_user", "Segment asks to delete a user, and names none: nothing was deleted")
        return
    words = f"Segment asks to delete the user {ids[0].id!r}. Its aliases are deleted, its events are not."
    refuse(call, reading, "delete_asked", words, ids)


def _read_known(call: Call, kind: str, source: SegmentSource, author: str, reading: Reading) -> None:
    kinds = Kinds.of(source)
    context = object_at(call.body, "/context")
    at_ms = occurred_ms(call)
    reading.aliases += aliases_of(call.body, kind, context, kinds, author, at_ms)
    if kind == "alias":
        reading.ignored.append(Ignored(what="an alias call, for it is no use", position=call.position))
        return
    if not (name := clean(text_at(call.body, "/event")) if kind == "track" else kind):
        refuse(call, reading, "no_event_name", "the track call has no event: send its name as event")
        return
    accounts = (
        accounts_by(source.account, call.body) if source.account else candidates_of(call.body, kind, context, kinds)
    )
    if not accounts:
        refuse(call, reading, "no_account", "the call names neither a group nor a user: send userId or anonymousId")
        return
    reading.events.append(_inbound(call, kind, name, source, accounts, at_ms))


def _inbound(
    call: Call, kind: str, name: str, source: SegmentSource, accounts: tuple[ForeignId, ...], at_ms: int
) -> Inbound:
    properties = properties_of(call.body, kind)
    otherwise = "billing" if kind == "group" and tells_billing(properties) else usual_topic(name)
    value = without_empty(
        {
            "event": name,
            "timestamp": stamp(at_ms),
            "id": clean_id(call.body.get("messageId")) or _made_id(call, kind),
            "user_id": user_of(call.body),
        }
    )
    return Inbound(
        topic=chosen_topic(name, source.topics, otherwise),
        event=name,
        value=encode({**value, "properties": properties}),
        occurred_at_ms=at_ms,
        accounts=accounts,
        position=call.position,
    )


def properties_of(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """What is published of a call's properties: those of a track, the traits of an identify and a group, a view's name.

    The traits of an identify's company follow those of the person.
    """
    if kind in _TRAIT_CALLS:
        traits = object_at(body, "/traits")
        company = {name: value for name, value in object_at(traits, "/company").items() if name != "id"}
        without = PERSONS if kind == "identify" else frozenset()
        return plain_properties(traits, object_at(body, "/context/traits"), company, without=without)
    properties = object_at(body, "/properties")
    if kind not in _VIEWS:
        return plain_properties(properties)
    named = without_empty({"name": text_at(body, "/name"), "category": text_at(body, "/category")})
    return plain_properties(named, properties)


def occurred_ms(call: Call) -> int:
    """When a call happened.

    Segment's webhooks say it. What an SDK sends has the time of its own clock, which is corrected as Segment does:
    receivedAt - (sentAt - originalTimestamp).

    Raises:
        Untimely: when its time cannot be read.
    """
    body, received_ms = call.body, call.received_ms
    original, given = body.get("originalTimestamp"), body.get("timestamp")
    if not call.is_direct:
        return instant_ms(given, original, otherwise_ms=received_ms)
    by_its_clock = instant_ms(original, given, otherwise_ms=_UNSAID)
    sent = _sent_ms(body.get("sentAt") or call.sent_at)
    if by_its_clock == _UNSAID:
        return received_ms
    return by_its_clock if sent == _UNSAID else corrected_ms(by_its_clock, sent, received_ms)


def _sent_ms(sent_at: object) -> int:
    """When the request was sent; `_UNSAID` when nothing readable says when: then no clock is corrected."""
    try:
        return instant_ms(sent_at, otherwise_ms=_UNSAID)
    except Untimely:
        return _UNSAID


def _made_id(call: Call, kind: str) -> str:
    """The id of a call without one: made of its content, and of its arrival if it has no time of its own.

    So two equal calls of a program that sends neither count twice, as in Segment.
    """
    made = fingerprint(_content(call.body, kind))
    is_dated = call.body.get("originalTimestamp") or call.body.get("timestamp")
    return made if is_dated else f"{made}-{call.received_ms}-{call.position}"


def _content(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"type": kind, **{name: value for name, value in body.items() if name not in _IN_TRANSIT}}


def refuse(call: Call, reading: Reading, reason: str, words: str, about: tuple[ForeignId, ...] = ()) -> None:
    """Add a refusal. Its value is the call as it can be read again: with when its batch was sent, and without the key
    that some SDKs put into it."""
    shown = {name: value for name, value in call.body.items() if name != "writeKey"}
    if call.sent_at and not shown.get("sentAt"):
        shown["sentAt"] = call.sent_at
    refused = Refused(reason=reason, words=words, value=encode(shown), position=call.position, about=about)
    reading.refused.append(refused)
