"""One event that PostHog captured, read into an event of ours and aliases. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from scoring.event.bodies import table_of
from scoring.event.ids import clean
from streams.gateway.reading import Ignored, Inbound, Reading, Refused
from streams.gateway.sources.schema import PostHogSource
from streams.gateway.vendors.account_rules import accounts_by
from streams.gateway.vendors.corrected_time import corrected_ms, plausible_ms
from streams.gateway.vendors.fields import (
    chosen_topic,
    encode,
    fingerprint,
    found_at,
    id_at,
    instant_ms,
    object_at,
    stamp,
    text_at,
    without_empty,
)
from streams.gateway.vendors.plain_properties import PERSONS, plain_properties, tells_billing
from streams.gateway.vendors.posthog.people import (
    MERGES,
    aliases_of,
    candidates_of,
    groups_of,
    user_of,
)
from streams.gateway.vendors.usual_topics import usual_topic
from streams.identity.alias import ForeignId

MESSAGE_MAX_CHARACTERS = 200
"""Of an exception's message: enough to know it again."""
_IS_NO_EVENT = ("$$", "$snapshot", "$heatmap")
"""Names that begin so are parts of recordings, and there are many."""
_KEPT = frozenset(("$pathname", "$screen_name", "$event_type", "$lib"))
_KEPT_BEGIN = ("$feature_flag", "$survey")
"""Of PostHog's own properties, whose names begin with $, those that say what somebody did."""
_KEYS = frozenset(("api_key", "token"))
_IN_TRANSIT = frozenset(("sent_at", "offset", *_KEYS))
"""What may differ between two deliveries of one event."""


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was captured; what is no object is under "" in one.

    `sent_ms` is when its request was sent by the clock of the SDK; None without one, or if PostHog's server sent it.
    """

    body: dict[str, Any]
    position: int
    received_ms: int
    sent_ms: int | None = None


def read_capture(capture: Capture, source: PostHogSource, author: str, reading: Reading) -> None:
    """Add what an event is to the reading.

    Raises:
        Untimely: when its time cannot be read.
    """
    body = capture.body
    name = clean(text_at(body, "/event"))
    if not name:
        refuse(capture, reading, "no_event_name", "the event has no name: send it as event")
        return
    if name.startswith(_IS_NO_EVENT):
        reading.ignored.append(Ignored(what=f"{name[:40]}, for it is part of a recording", position=capture.position))
        return
    properties = table_of(body.get("properties"))
    at_ms = occurred_ms(capture, properties)
    groups = groups_of(body, properties, source)
    reading.aliases += aliases_of(name, body, properties, groups, author, at_ms)
    if name in MERGES:
        reading.ignored.append(Ignored(what=f"{name}, for it is no use", position=capture.position))
        return
    if groups.is_of_others:
        reading.ignored.append(Ignored(what=f"{name} of a group that is no account", position=capture.position))
        return
    accounts = accounts_by(source.account, body) if source.account else candidates_of(body, properties, groups)
    if not accounts:
        refuse(capture, reading, "no_account", "the event has neither a group nor a distinct_id: send one of them")
        return
    reading.events.append(_inbound(capture, name, properties, source, accounts, at_ms))


def _inbound(
    capture: Capture,
    name: str,
    properties: dict[str, Any],
    source: PostHogSource,
    accounts: tuple[ForeignId, ...],
    at_ms: int,
) -> Inbound:
    body = capture.body
    published = published_of(name, body, properties)
    is_billing = name == "$groupidentify" and tells_billing(published)
    value = without_empty(
        {
            "event": name,
            "timestamp": stamp(at_ms),
            "id": id_at(body, "/uuid") or id_at(properties, "/$insert_id") or _made_id(capture),
            "user_id": user_of(body, properties),
        }
    )
    return Inbound(
        topic=chosen_topic(name, source.topics, "billing" if is_billing else usual_topic(name)),
        event=name,
        value=encode({**value, "properties": published}),
        occurred_at_ms=at_ms,
        accounts=accounts,
        position=capture.position,
    )


def published_of(name: str, body: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    """What is published of an event's properties: the group's own of a `$groupidentify`, the type and the first words
    of an exception, else what is not PostHog's, and what the event says of the person."""
    if name == "$exception":
        return _of_exception(properties)
    if name == "$groupidentify":
        return plain_properties(object_at(properties, "/$group_set"))
    own = {key: value for key, value in properties.items() if _is_published(key)}
    said = (object_at(body, "/$set"), object_at(properties, "/$set"), object_at(body, "/person/properties"))
    persons = {key: value for table in reversed(said) for key, value in table.items() if not key.startswith("$")}
    return {**plain_properties(persons, without=PERSONS), **plain_properties(own)}


def _is_published(key: str) -> bool:
    if not key.startswith("$"):
        return key != "distinct_id"
    return key in _KEPT or key.startswith(_KEPT_BEGIN)


def _of_exception(properties: dict[str, Any]) -> dict[str, Any]:
    first = object_at(properties, "/$exception_list/0")
    message = text_at(first, "/value") or text_at(properties, "/$exception_message")
    handled = found_at(first, "/mechanism/handled")
    return without_empty(
        {
            "type": (text_at(first, "/type") or text_at(properties, "/$exception_type"))[:MESSAGE_MAX_CHARACTERS],
            "message": message[:MESSAGE_MAX_CHARACTERS],
            "level": text_at(properties, "/$exception_level"),
            "handled": handled if isinstance(handled, bool) else None,
        }
    )


def occurred_ms(capture: Capture, properties: dict[str, Any]) -> int:
    """When an event happened, by the rules of PostHog's own ingestion.

    With `offset`, that many milliseconds before it arrived. Else its `timestamp`; the clock of an SDK that says when it
    sent the request is corrected, unless the event says `$ignore_sent_at`. Without both, when it arrived.

    Raises:
        Untimely: when its time cannot be read.
    """
    offset = capture.body.get("offset")
    if isinstance(offset, int | float) and not isinstance(offset, bool):
        return plausible_ms(capture.received_ms - int(offset))
    given = capture.body.get("timestamp")
    at_ms = instant_ms(given, otherwise_ms=capture.received_ms)
    is_raw = bool(
        properties.get("$ignore_sent_at") or found_at(capture.body, "/options/disable_skew_correction") is True
    )
    if capture.sent_ms is None or is_raw or given in (None, ""):
        return at_ms
    return corrected_ms(at_ms, capture.sent_ms, capture.received_ms)


def _made_id(capture: Capture) -> str:
    """The id of an event without one: made of its content, and of its arrival if it has no time of its own.

    So two equal events of a program that sends neither count twice, as in PostHog.
    """
    made = fingerprint(_content(capture.body))
    return made if capture.body.get("timestamp") else f"{made}-{capture.received_ms}-{capture.position}"


def _content(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _IN_TRANSIT}


def refuse(capture: Capture, reading: Reading, reason: str, words: str) -> None:
    """Add a refusal. Its value is the event as it can be read again: with when its request was sent, and without the
    project's key, which SDKs put into it."""
    shown = {name: value for name, value in capture.body.items() if name not in _KEYS}
    if isinstance(properties := shown.get("properties"), dict):
        shown["properties"] = {name: value for name, value in properties.items() if name not in _KEYS}
    if capture.sent_ms is not None:
        shown["sent_at"] = stamp(capture.sent_ms)
    reading.refused.append(Refused(reason=reason, words=words, value=encode(shown), position=capture.position))
