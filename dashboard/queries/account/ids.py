"""Which ids in other systems an account has: the topic `aliases`, by account. The table does no I/O."""

from __future__ import annotations

import sys
from typing import Final

from aiokafka import ConsumerRecord

from streams.deployment.settings import Settings
from streams.identity.alias import ACCOUNT, Alias
from streams.identity.alias_message import Removed, alias_of
from streams.kafka.whole_topic import WholeTopic
from streams.read_model.account_values import ForeignId
from streams.topics import ALIASES

ALIASES_MAX: Final = 1_000_000
"""Aliases that are kept, at some 300 bytes each; accounts with later ones lack them on their page."""
SHOWN: Final = 30
PERSON: Final = "person"


class AccountIds:
    """Aliases that lead straight to an account, by account. Mutable; one event loop owns it.

    What a person says of an id is above what a source says.
    """

    def __init__(self, most: int = ALIASES_MAX) -> None:
        self._most = most
        self._accounts: dict[tuple[str, str, str], str] = {}
        """The account by (who says it, kind, id)."""
        self._ids: dict[str, dict[tuple[str, str], None]] = {}

    def put(self, change: Alias | Removed) -> None:
        """Take what a message of the topic says."""
        key = (sys.intern(change.by), sys.intern(change.kind), change.id)
        held = self._accounts.pop(key, None)
        if isinstance(change, Alias) and change.to.kind == ACCOUNT and len(self._accounts) < self._most:
            self._accounts[key] = change.to.id
        for account_id in {held, self._accounts.get(key)} - {None}:
            self._place(change.kind, change.id, account_id or "")

    def of(self, account_id: str) -> tuple[ForeignId, ...]:
        """The account's ids, by kind; at most thirty."""
        found = sorted(self._ids.get(account_id, ()))[:SHOWN]
        return tuple(ForeignId(kind=kind, id=name) for kind, name in found if self._is_its(kind, name, account_id))

    def _is_its(self, kind: str, foreign_id: str, account_id: str) -> bool:
        said = self._accounts.get((PERSON, kind, foreign_id)) or self._accounts.get(("source", kind, foreign_id))
        return said == account_id

    def _place(self, kind: str, foreign_id: str, account_id: str) -> None:
        """Whether the id is among the account's."""
        if any(self._accounts.get((by, kind, foreign_id)) == account_id for by in (PERSON, "source")):
            self._ids.setdefault(account_id, {})[kind, foreign_id] = None
            return
        ids = self._ids.get(account_id, {})
        ids.pop((kind, foreign_id), None)
        if not ids:
            self._ids.pop(account_id, None)


class AccountIdsReader(WholeTopic):
    """Fills `AccountIds` from the topic, and keeps it up to date."""

    def __init__(self, settings: Settings, ids: AccountIds, role: str) -> None:
        """`role` is that of `WholeTopic`."""

        def take(message: ConsumerRecord) -> None:
            ids.put(alias_of(message.key, message.value))

        super().__init__(settings, ALIASES, role, take)
