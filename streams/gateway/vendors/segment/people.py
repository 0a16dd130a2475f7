"""Who a call of Segment's is about: its user and group, which of them name the account, and what leads where. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from streams.gateway.sources.schema import SegmentSource
from streams.gateway.vendors.fields import clean_id, found_at, id_at, known_ids
from streams.identity.alias import ACCOUNT, Alias, ForeignId


class Kinds(msgspec.Struct, frozen=True):
    """The kinds of a source's foreign ids. `group` is `ACCOUNT` where ids of groups are ids of accounts."""

    user: str
    anonymous: str
    group: str

    @staticmethod
    def of(source: SegmentSource) -> Kinds:
        """
        >>> Kinds.of(SegmentSource(ids="rudder"))
        Kinds(user='rudder.user', anonymous='rudder.anonymous', group='account')
        """
        prefix = source.ids or "segment"
        group = ACCOUNT if source.group_ids == "accounts" else f"{prefix}.group"
        return Kinds(f"{prefix}.user", f"{prefix}.anonymous", group)


def user_of(body: dict[str, Any]) -> str:
    """The user of a call, else the anonymous id; "" without both."""
    return id_at(body, "/userId", "/User ID", "/anonymousId")


def group_of(body: dict[str, Any], kind: str, context: Mapping[str, Any]) -> str:
    """The group that a call is about; "" when it names none."""
    if kind == "group":
        return id_at(body, "/groupId") or clean_id(context.get("groupId"))
    company = id_at(body, "/traits/company/id", "/context/traits/company/id") if kind == "identify" else ""
    return company or clean_id(context.get("groupId")) or id_at(body, "/groupId")


def candidates_of(body: dict[str, Any], kind: str, context: Mapping[str, Any], kinds: Kinds) -> tuple[ForeignId, ...]:
    """What may name the account of a call, best first: an `account_id` of ours, the group, the user, the browser."""
    return known_ids(
        (ACCOUNT, found_at(body, "/properties/account_id")),
        (kinds.group, group_of(body, kind, context)),
        (kinds.user, id_at(body, "/userId", "/User ID")),
        (kinds.anonymous, body.get("anonymousId")),
    )


def aliases_of(
    body: dict[str, Any], kind: str, context: Mapping[str, Any], kinds: Kinds, author: str, at_ms: int
) -> list[Alias]:
    """What a call says of who belongs to whom: a group or identify call that its user is in the group, an alias call
    that a previous id is the user, any call with both ids that the anonymous one is the user."""
    user, anonymous = id_at(body, "/userId", "/User ID"), id_at(body, "/anonymousId")
    found: list[tuple[str, str, ForeignId]] = []
    if user and anonymous:
        found.append((kinds.anonymous, anonymous, ForeignId(kinds.user, user)))
    if kind in ("group", "identify") and (group := group_of(body, kind, context)):
        member = (kinds.user, user) if user else (kinds.anonymous, anonymous)
        found.append((*member, ForeignId(kinds.group, group)))
    previous = id_at(body, "/previousId", "/Previous ID") if kind == "alias" else ""
    if user and previous and previous != user:
        found.append((kinds.anonymous, previous, ForeignId(kinds.user, user)))
        found.append((kinds.user, previous, ForeignId(kinds.user, user)))
    return [
        Alias(kind=kind, id=foreign, to=to, author=author, at_ms=at_ms)
        for kind, foreign, to in dict.fromkeys(found)
        if foreign
    ]
