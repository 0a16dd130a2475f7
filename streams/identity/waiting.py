"""Which waiting events have an account by now: aliases and unattributed events, in any order. No clock, no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeVar

from streams.identity.alias import Alias, ForeignId
from streams.identity.alias_message import Removed
from streams.identity.alias_table import AliasTable
from streams.identity.unattributed import Unattributed
from streams.identity.waiting_store import WaitingEvent, WaitingStore

Key = TypeVar("Key")


class Waiting:
    """The table of aliases, and the events that wait. It is a function of the messages of both topics: whatever their
    order, but for those of one key. Mutable; one event loop owns it.

    An event is found by every id on the way from its ids to where they lead. So an alias that comes, changes or goes
    concerns exactly the events under its id.
    """

    def __init__(self, table: AliasTable, store: WaitingStore) -> None:
        self.events: Counter[tuple[str, str]] = Counter()
        """How many events wait, by the source that took them and the kind of their first id."""
        self.ids: Counter[str] = Counter()
        """How many different ids are waited for, by kind: the first of each event."""
        self._table = table
        self._store = store
        self._due: dict[str, None] = {}
        """The accounts of events that can be published."""
        self._draining: Iterator[int] = iter(())
        self._account = ""

    def put_alias(self, change: Alias | Removed) -> None:
        """Take a message of `aliases`."""
        self._table.put(change)
        if self.ids:
            for number, ids in self._store.sets_through(ForeignId(change.kind, change.id)):
                self._place(number, ids)

    def put_event(self, key: bytes, partition: int, offset: int, event: Unattributed) -> None:
        """Take a message of `unattributed`. It replaces one of the same key in the same partition."""
        self.remove(key, partition)
        found = self._store.set_of(event.accounts)
        if found is None:
            number = self._store.add_set(event.accounts)
            self.ids[event.accounts[0].kind] += 1
            account = self._place(number, event.accounts)
        else:
            number, account = found
        self._store.add(key, partition, offset, number, event)
        self.events[event.source, event.accounts[0].kind] += 1
        if account:
            self._due[account] = None

    def _place(self, number: int, ids: tuple[ForeignId, ...]) -> str:
        paths = [self._table.path(each) for each in ids]
        account = self._table.resolve(ids)
        self._store.place(number, (each for path in paths for each in path), account)
        if account:
            self._due[account] = None
        return account

    def remove(self, key: bytes, partition: int) -> None:
        """Take a message without a value of `unattributed`: the event waits no more. No effect if it does not wait."""
        if (found := self._store.pop(key, partition)) is None:
            return
        number, source, kind = found
        _less(self.events, (source, kind))
        if not self._store.is_used(number):
            _less(self.ids, kind)
            self._store.drop_set(number)

    def due(self, limit: int) -> list[WaitingEvent]:
        """Up to `limit` events with an account; those of one account by time, then in their order on the topic.

        `remove` each before the next call. One that is not removed is not returned again.
        """
        found: list[WaitingEvent] = []
        while len(found) < limit:
            row = next(self._draining, None)
            if row is None:
                if not self._due:
                    break
                self._account = next(iter(self._due))
                del self._due[self._account]
                self._draining = self._store.rows_of(self._account)
            elif (event := self._store.event_at(row)) is not None and event.account == self._account:
                found.append(event)
        return found

    def oldest(self, limit: int) -> list[WaitingEvent]:
        """Those that were received first, of all that wait."""
        return self._store.oldest(limit)


def _less(counts: Counter[Key], key: Key) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
