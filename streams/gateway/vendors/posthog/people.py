"""Who a captured event is about: its person and groups, which of them names the account, and what leads where. Pure."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from scoring.event.shapes import ACCOUNT_GROUPS
from streams.gateway.sources.schema import PostHogSource
from streams.gateway.vendors.fields import clean_id, found_at, id_at, known_ids, object_at, text_at
from streams.identity.alias import ACCOUNT, Alias, ForeignId

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
MERGES = ("$create_alias", "$merge_dangerously")
"""Events that say nothing but that two distinct ids are one person."""


class Groups(msgspec.Struct, frozen=True, kw_only=True):
    """The group that is the account: its id, "" if the event names none, and its type. `kind` and `user_kind` are those
    of foreign ids. `is_of_others`: the event tells of a group that is no account."""

    id: str = ""
    type: str = ""
    kind: str = ACCOUNT
    user_kind: str = "posthog.user"
    is_of_others: bool = False


def groups_of(body: dict[str, Any], properties: dict[str, Any], source: PostHogSource) -> Groups:
    """The account's group: that of the source's `group_type`, else the first of the usual types for an account.

    Without `group_type` a group of another type is no account, even if it is the only one: it may be a project.
    """
    prefix = source.ids or "posthog"
    kind = ACCOUNT if source.group_ids == "accounts" else f"{prefix}.group"
    types = (source.group_type,) if source.group_type else ACCOUNT_GROUPS
    named = _named_groups(body, properties)
    for each in types:
        if found := clean_id(named.get(each)):
            is_of_others = _is_identify(body) and each != text_at(properties, "/$group_type")
            return Groups(id=found, type=each, kind=kind, user_kind=f"{prefix}.user", is_of_others=is_of_others)
    return Groups(kind=kind, user_kind=f"{prefix}.user", is_of_others=_is_identify(body))


def _is_identify(body: dict[str, Any]) -> bool:
    return bool(body.get("event") == "$groupidentify")


def _named_groups(body: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    """Ids by type: of `$groups`, of a `$groupidentify`, and of a webhook's groups, where each is an object."""
    beside = {name: found_at(each, "/id") for name, each in object_at(body, "/groups").items()}
    own = {**object_at(body, "/$groups"), **object_at(properties, "/$groups")}
    own = {name: found for name, found in own.items() if clean_id(found)}
    identified = {text_at(properties, "/$group_type"): properties.get("$group_key")} if _is_identify(body) else {}
    return {**beside, **own, **identified}


def candidates_of(body: dict[str, Any], properties: dict[str, Any], groups: Groups) -> tuple[ForeignId, ...]:
    """What may name the account of an event, best first: an `account_id` of ours, the group, the person."""
    return known_ids(
        (ACCOUNT, properties.get("account_id")),
        (groups.kind, groups.id),
        (groups.user_kind, user_of(body, properties)),
    )


def user_of(body: dict[str, Any], properties: dict[str, Any]) -> str:
    """The person of an event; "" when its id was made up: by a server for a group (`$company_acme`), or for this event
    alone, as SDKs do that know nobody. Each would become an alias and a user."""
    found = id_at(body, "/distinct_id") or id_at(properties, "/distinct_id")
    of_group = f"${text_at(properties, '/$group_type')}_{id_at(properties, '/$group_key')}"
    is_personless = properties.get("$process_person_profile", _option(body)) is False
    is_of_browser = id_at(properties, "/$device_id") != ""
    is_made_up = is_personless and not is_of_browser and _UUID.fullmatch(found) is not None
    return "" if is_made_up or found == of_group else found


def _option(body: dict[str, Any]) -> object:
    return found_at(body, "/options/process_person_profile")


def aliases_of(
    name: str, body: dict[str, Any], properties: dict[str, Any], groups: Groups, author: str, at_ms: int
) -> list[Alias]:
    """What an event says of who belongs to whom: its person to its group, and one distinct id to another."""
    person, kind = user_of(body, properties), groups.user_kind
    found: list[tuple[str, ForeignId]] = []
    if person and groups.id and not groups.is_of_others:
        found.append((person, ForeignId(groups.kind, groups.id)))
    if name == "$identify" and (before := id_at(properties, "/$anon_distinct_id")) and person:
        found.append((before, ForeignId(kind, person)))
    if name in MERGES and (other := id_at(properties, "/alias")) and person:
        found.append((other, ForeignId(kind, person)))
    return [
        Alias(kind=kind, id=foreign, to=to, author=author, at_ms=at_ms)
        for foreign, to in dict.fromkeys(found)
        if (foreign, kind) != (to.id, to.kind)
    ]
