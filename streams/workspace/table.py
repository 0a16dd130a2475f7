"""All that people keep, in memory: one table a dashboard, filled from the topic `workspace`. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from streams.kafka.sending import Sent
from streams.workspace import limits
from streams.workspace.records import ApiKey, Note, Preferences, Record, Sentiment, Share, View, kind_of

_Kind = TypeVar("_Kind", Note, Sentiment, View, Share, ApiKey, Preferences)


class WorkspaceTable:
    """Records by their key. Mutable; one event loop owns it.

    >>> table = WorkspaceTable()
    >>> table.put("note\\0n1", Note(id="n1", account_id="acme", author="ann", at_ms=1, text="Called."), Sent(0, 0))
    >>> [note.text for note in table.notes("acme")]
    ['Called.']
    """

    def __init__(self) -> None:
        self.version = 0
        """It changes with every change."""
        self._kinds: dict[str, dict[str, Record]] = {}
        self._notes: dict[str, dict[str, Note]] = {}
        self._read: dict[int, int] = {}
        """The offset that was read last, by partition."""
        self._ahead: dict[str, int] = {}
        """Our own records that are acknowledged and not read yet: their offsets, by key."""

    def __len__(self) -> int:
        return sum(map(len, self._kinds.values()))

    def put(self, key: str, record: Record | None, at: Sent) -> None:
        """Take what a message says, in the order of its partition. None removes the record."""
        self._read[at.partition] = at.offset
        ahead = self._ahead.get(key, -1)
        if at.offset < ahead:
            return  # a later one of ours is in the table already
        self._ahead.pop(key, None)
        self._set(key, record)

    def put_ahead(self, key: str, record: Record | None, at: Sent) -> None:
        """Take one of ours that is acknowledged, unless it was read by now."""
        if at.offset > self._read.get(at.partition, -1) and at.offset > self._ahead.get(key, -1):
            self._ahead[key] = at.offset
            self._set(key, record)

    def _set(self, key: str, record: Record | None) -> None:
        self.version += 1
        kind, _, record_id = key.partition("\0")
        found = self._kinds.setdefault(kind, {}).pop(record_id, None)
        if isinstance(found, Note):
            left = self._notes[found.account_id]
            del left[found.id]
            if not left:
                del self._notes[found.account_id]
        if record is not None:
            self._kinds[kind][record_id] = record
            if isinstance(record, Note):
                self._notes.setdefault(record.account_id, {})[record.id] = record

    def notes(self, account_id: str) -> tuple[Note, ...]:
        """The latest notes about an account, the newest first."""
        found = sorted(self._notes.get(account_id, {}).values(), key=lambda note: (note.at_ms, note.id), reverse=True)
        return tuple(found[: limits.NOTES_SHOWN])

    def note(self, note_id: str) -> Note | None:
        """One note."""
        return self._of(Note, note_id)

    def sentiment(self, account_id: str) -> Sentiment | None:
        """How an account feels to its owner; None when nobody said."""
        return self._of(Sentiment, account_id)

    def view(self, view_id: str) -> View | None:
        """One saved view."""
        return self._of(View, view_id)

    def views(self, person: str) -> tuple[View, ...]:
        """A person's views and everybody's, by name."""
        found = (each for each in self._all(View) if each.owner in ("", person))
        return tuple(sorted(found, key=lambda view: (view.name.casefold(), view.id)))

    def share(self, share_id: str) -> Share | None:
        """One share link, also one that has ended."""
        return self._of(Share, share_id)

    def shares(self) -> tuple[Share, ...]:
        """All share links, the newest first."""
        return tuple(sorted(self._all(Share), key=lambda share: (-share.at_ms, share.id)))

    def api_key(self, key_id: str) -> ApiKey | None:
        """One key, also one that has ended."""
        return self._of(ApiKey, key_id)

    def api_keys(self) -> tuple[ApiKey, ...]:
        """All keys, the newest first."""
        return tuple(sorted(self._all(ApiKey), key=lambda each: (-each.at_ms, each.id)))

    def preferences(self, person: str) -> Preferences:
        """What a person set; the defaults where they set nothing."""
        return self._of(Preferences, person) or Preferences(id=person, at_ms=0)

    def no_room(self, record: Record) -> str:
        """Why there is no room for one more record, and what to do; "" when there is, or it replaces another."""
        if record.id in self._kinds.get(kind_of(type(record)), {}):
            return ""
        if len(self) >= limits.RECORDS_MAX:
            return f"the workspace holds {limits.RECORDS_MAX:,} records, which is all it can: delete some first"
        match record:
            case View():
                most, there = limits.OWN_VIEWS_MAX, sum(each.owner == record.owner for each in self._all(View))
            case Share():
                most, there = limits.SHARES_MAX, sum(not each.revoked_ms for each in self._all(Share))
            case ApiKey():
                most, there = limits.KEYS_MAX, sum(not each.revoked_ms for each in self._all(ApiKey))
            case _:
                return ""
        return f"there are {there:,} already, which is all there can be: delete some first" if there >= most else ""

    def _of(self, kind: type[_Kind], record_id: str) -> _Kind | None:
        found = self._kinds.get(kind_of(kind), {}).get(record_id)
        return found if isinstance(found, kind) else None

    def _all(self, kind: type[_Kind]) -> Iterator[_Kind]:
        return (each for each in self._kinds.get(kind_of(kind), {}).values() if isinstance(each, kind))
