"""Share links and keys of the API: made, shown once, revoked. Only digests of what is secret are kept."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final, Literal, cast

import msgspec

from dashboard.acts.done import Done
from dashboard.acts.ground import Ground, sentence
from dashboard.acts.workspace import clean
from dashboard.doors.identity import Person
from dashboard.doors.keys import new_key, new_share_key
from dashboard.queries.port import BadRequest
from dashboard.values.listing import ListRequest
from scoring.instants import DAY_MS, rfc3339
from streams.workspace.limits import fault_of
from streams.workspace.records import SCOPES, ApiKey, Scope, Share
from streams.workspace.workspace import Workspace

SHARE_MAX_DAYS: Final = 90
KEY_MAX_DAYS: Final = 366
_PLACES: Final = ("portfolio", "accounts")


class LinkActs:
    """`secret` of what becomes of it is the key: it is in no log and no topic, and cannot be shown again."""

    def __init__(self, ground: Ground, workspace: Workspace, request_of: Callable[[str], ListRequest]) -> None:
        """`request_of` reads the query of a list, and raises `BadRequest` for one that it cannot read whole."""
        self._ground = ground
        self._workspace = workspace
        self._request_of = request_of

    async def share(self, person: Person, place: str, query: str, days: float, *, redacts: bool, label: str) -> Done:
        """Make a link to the portfolio, or to the accounts that the query of a list keeps, for up to 90 days. With
        `redacts` it shows no names. `id` and `secret` are those of the link."""
        if place not in _PLACES:
            return Done(outcome="invalid", words="A link shows the portfolio or accounts: choose one.")
        if not 0 < days <= SHARE_MAX_DAYS:
            return Done(
                outcome="invalid", words=f"A link lasts up to {SHARE_MAX_DAYS} days: choose an end before that."
            )
        try:
            self._request_of(query.lstrip("?"))
        except BadRequest as error:
            return Done(outcome="invalid", words=str(error))
        secret, share_id, key_hash = new_share_key()
        now_ms = self._ground.now_ms()
        share = Share(
            id=share_id,
            key_hash=key_hash,
            scope=cast(Literal["portfolio", "accounts"], place),
            query=query.lstrip("?"),
            author=person.name,
            at_ms=now_ms,
            until_ms=now_ms + round(days * DAY_MS),
            redacts=redacts,
            label=clean(label),
            login=person.login,
        )
        detail = f"{place}, until {rfc3339(share.until_ms)}{', without names' if redacts else ''}"
        words = "The link is made. Copy it now: it is not shown again."
        return await self._kept(person, "share_create", share, words, secret, detail=detail, needs="act")

    async def end_share(self, person: Person, share_id: str) -> Done:
        """End a link at once: one's own, or as an admin anybody's."""
        share = self._workspace.table.share(share_id)
        if share is None:
            return Done(outcome="unknown", words="There is no such link.")
        if share.revoked_ms:
            return Done(outcome="already", words=f"{share.revoked_by} revoked this link already.")
        ended = msgspec.structs.replace(share, revoked_ms=self._ground.now_ms(), revoked_by=person.name)
        needs: Literal["act", "admin"] = "act" if share.login == person.login else "admin"
        return await self._kept(
            person, "share_revoke", ended, "The link is revoked: it shows nothing any more.", needs=needs
        )

    async def key(self, person: Person, name: str, scopes: Collection[str], days: float = 0) -> Done:
        """Make a key of the API, for `days` or, with 0, until it is revoked. `id` and `secret` are those of the key."""
        wanted: tuple[Scope, ...] = tuple(scope for scope in SCOPES if scope in scopes)
        if not wanted or len(wanted) != len(set(scopes)):
            return Done(outcome="invalid", words=f"A key has at least one of the scopes {', '.join(SCOPES)}: choose.")
        if not 0 <= days <= KEY_MAX_DAYS:
            return Done(
                outcome="invalid", words=f"A key lasts up to {KEY_MAX_DAYS} days, or with 0 until it is revoked."
            )
        secret, key_id, key_hash = new_key()
        now_ms = self._ground.now_ms()
        key = ApiKey(
            id=key_id,
            name=clean(name),
            key_hash=key_hash,
            scopes=wanted,
            author=person.name,
            at_ms=now_ms,
            until_ms=now_ms + round(days * DAY_MS) if days else 0,
        )
        detail = (
            f"{key.name}: {', '.join(wanted)}, {f'until {rfc3339(key.until_ms)}' if key.until_ms else 'without an end'}"
        )
        words = "The key is made. Copy it now: it is not shown again."
        return await self._kept(person, "key_create", key, words, secret, detail=detail, needs="admin")

    async def end_key(self, person: Person, key_id: str) -> Done:
        """End a key at once."""
        key = self._workspace.table.api_key(key_id)
        if key is None:
            return Done(outcome="unknown", words="There is no such key.")
        if key.revoked_ms:
            return Done(outcome="already", words="This key is revoked already.")
        ended = msgspec.structs.replace(key, revoked_ms=self._ground.now_ms())
        return await self._kept(person, "key_revoke", ended, "The key is revoked: it lets nobody in.", needs="admin")

    async def _kept(
        self,
        person: Person,
        act: str,
        record: Share | ApiKey,
        words: str,
        secret: str = "",
        *,
        needs: Literal["act", "admin"],
        detail: str = "",
    ) -> Done:
        if fault := fault_of(record):
            return Done(outcome="invalid", words=sentence(fault))

        async def work() -> Done:
            await self._workspace.keep(record)
            return Done(outcome="done", words=words, id=record.id, secret=secret)

        return await self._ground.perform(person, act, record.id, work, detail=detail, needs=needs)
