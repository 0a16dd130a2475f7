"""Where producers put the account, user, id, name, time and traits of an event. Pure.

`docs/events.md` lists the places. The first place with a usable value counts; unusable values are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from scoring.event.ids import clean, id_of, is_placeholder
from scoring.event.timestamps import any_stamp_ms

ACCOUNT_GROUPS = ("account", "company", "organization", "organisation", "workspace", "tenant", "customer")
"""Group types that are accounts, in order of preference; of other types the first by name."""
CALLS = frozenset(("group", "identify", "page", "screen", "alias"))
"""Calls of customer data platforms that have a type but no event name: the type becomes the name."""
_TRAIT_CALLS = frozenset(("group", "identify"))
_NUMBERED_GROUPS = tuple(f"$group_{number}" for number in range(5))


def account_of(wire: Any, properties: Any) -> str:
    """The account from any of the known places; "" when there is none."""
    for candidate in _accounts(wire, properties):
        if found := id_of(candidate):
            return found
    return ""


def _accounts(wire: Any, properties: Any) -> Iterator[object]:
    yield wire.account_id
    yield properties.account_id
    yield from _tagged(wire.tags)
    if isinstance(wire.context, dict):
        yield wire.context.get("groupId")
    yield wire.groupId
    yield from _grouped(properties.groups)
    yield properties.group_key


def account_elsewhere(body: dict[str, Any]) -> str:
    """The account from the places that exports use: `$groups` beside the properties, or the numbered groups when only
    one of them has a value; "" when it is not there either."""
    for candidate in _grouped(body.get("$groups")):
        if found := id_of(candidate):
            return found
    properties = body.get("properties")
    for table in (body, properties if isinstance(properties, dict) else {}):
        numbered = {id_of(table.get(name)) for name in _NUMBERED_GROUPS} - {""}
        if len(numbered) == 1:
            return numbered.pop()
    return ""


def placeholder_in(wire: Any, properties: Any) -> str:
    """The placeholder in the place of an account, "" when there is none."""
    for candidate in _accounts(wire, properties):
        if isinstance(candidate, str) and (text := clean(candidate)) and is_placeholder(text):
            return text
    return ""


def _tagged(tags: object) -> Iterator[object]:
    """`account_id` from a map, a list of pairs, or a list of {key, value}."""
    if isinstance(tags, dict):
        yield tags.get("account_id")
    elif isinstance(tags, list):
        for pair in tags:
            if isinstance(pair, list) and len(pair) == 2 and pair[0] == "account_id":
                yield pair[1]
            elif isinstance(pair, dict) and pair.get("key") == "account_id":
                yield pair.get("value")


def _grouped(groups: object) -> Iterator[object]:
    if isinstance(groups, dict):
        for kind in ACCOUNT_GROUPS:
            yield groups.get(kind)
        for kind in sorted(groups):
            yield groups[kind]


def user_of(wire: Any, properties: Any) -> tuple[str, bool]:
    """(user, False), or ("", whether there was a value that is not an id).

    An anonymous id is used only when there is no other: it names a browser, and a person may have several.
    """
    user = wire.user
    of_user = user.get("id") if isinstance(user, dict) else None if isinstance(user, list) else user
    return _first_id(
        (
            wire.user_id,
            wire.distinct_id,
            wire.userId,
            of_user,
            properties.user_id,
            properties.distinct_id,
            wire.anonymousId,
        )
    )


def event_id_of(wire: Any, properties: Any) -> tuple[str, bool]:
    """(event id, False), or ("", whether there was a value that is not an id).

    `properties.uuid` may be the id of anything. It counts as the event's id only beside a `distinct_id`, as PostHog and
    Mixpanel send it.
    """
    uuid = None if properties.distinct_id is UNSET else properties.uuid
    return _first_id((wire.id, wire.messageId, wire.uuid, properties.insert_id, uuid))


def _first_id(candidates: tuple[object, ...]) -> tuple[str, bool]:
    """(first id, False), or ("", whether there was a value that is not an id)."""
    is_odd = False
    for candidate in candidates:
        if candidate is None or candidate is UNSET:
            continue
        if found := id_of(candidate):
            return found, False
        is_odd = is_odd or not isinstance(candidate, str) or clean(candidate) != ""
    return "", is_odd


def name_of_nameless(topic: str, call: object) -> str:
    """The name for an event without one of its own; "" when there is none."""
    if topic == "exceptions":
        return "$exception"
    return call if isinstance(call, str) and call in CALLS else ""


def call_ms(wire: Any) -> int | None:
    """When a call without a timestamp happened. Given all three times, the sender's clock is corrected by the
    receiver's, as the platforms themselves compute timestamps. None when it has none of these times.

    Raises:
        Untimely: when a time cannot be read.
    """
    original, sent, received = (
        None if found is None else any_stamp_ms(found)
        for found in (wire.originalTimestamp, wire.sentAt, wire.receivedAt)
    )
    if original is not None and sent is not None and received is not None:
        return received - max(0, sent - original)
    return next((found for found in (original, sent, received) if found is not None), None)


def traits_of(wire: Any, properties: Any, account_id: str) -> list[dict[str, Any]]:
    """Tables that complete the properties of an event, by priority: the traits of a group or identify call, a page's
    name, `$set` of a person, and `$group_set` of this account."""
    is_named = isinstance(wire.event, str) and clean(wire.event) != ""
    call = wire.type if isinstance(wire.type, str) and not is_named else ""
    tables: list[object] = [wire.traits]
    if call in _TRAIT_CALLS and isinstance(wire.context, dict) and (call == "identify" or not wire.traits):
        tables.append(wire.context.get("traits"))
    if wire.name is not None and call in CALLS:
        tables.append({"name": wire.name})
    tables += [wire.person_set, properties.person_set]
    if properties.group_key is UNSET or id_of(properties.group_key) == account_id:
        tables.append(properties.group_set)
    return [table for table in tables if isinstance(table, dict) and table]


def lends(wire: Any, properties: Any) -> bool:
    """A quick check whether a named event may have anything for `traits_of`; most have nothing."""
    return (
        wire.traits is not None
        or wire.person_set is not None
        or properties.group_set is not UNSET
        or properties.person_set is not UNSET
    )
