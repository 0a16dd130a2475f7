"""The forgotten accounts of a partition: their markers, and what is still to be written of them.

An account is forgotten in two flushes. The first writes its *forgotten marker*, which outranks all its records, with
its last outputs. When these are acknowledged, the second writes tombstones over the records, and the marker without the
outputs and the id. A crash in between changes nothing: the marker says what is left to do. Until the second flush is
acknowledged, the account is not *settled*: the next message that forgets it or lets it come again waits, and so does
its first event when it may come again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from streams.changelog import outbox, records
from streams.changelog.record_types import ForgottenRecord, Rank, Stored
from streams.engine.flush import Pair, Prepared

UNSETTLED_MAX = 1_000
"""From this number of accounts on, a flush comes before another one is forgotten."""


class Marker:
    """A forgotten account. `version` is that of its marker's last record. `keys` are the records left of it."""

    __slots__ = ("keys", "record", "version")

    def __init__(self, record: ForgottenRecord, version: int = 0) -> None:
        self.record = record
        self.version = version
        self.keys: set[bytes] = set()


class ForgottenAccounts:
    """Mutable; owned by a `PartitionState`. Markers are by the print of the account's id (`records.print_of`)."""

    def __init__(self) -> None:
        self.awaits_flush = False
        """Whether a flush must come before the next message."""
        self._markers: dict[bytes, Marker] = {}
        self._unwritten: dict[bytes, Marker] = {}
        self._in_flight: dict[bytes, int] = {}
        """By print, the number of the flush that writes the marker."""
        self._fresh: set[str] | None = set()
        """The accounts forgotten since the restore, until the answers of replaced workers have arrived; then None."""
        self._answered_late: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._markers)

    def __len__(self) -> int:
        return len(self._markers)

    @property
    def has_unwritten(self) -> bool:
        """Whether the next flush writes a marker or tombstones."""
        return bool(self._unwritten or self._answered_late)

    def of(self, account_id: str) -> ForgottenRecord | None:
        """What is kept of an account that was forgotten, also when it may come again; None when it never was."""
        marker = self._markers.get(records.print_of(account_id)) if self._markers else None
        return None if marker is None else marker.record

    def is_settled(self, account_id: str) -> bool:
        """Whether all that an earlier message about this account wrote is acknowledged."""
        print_ = records.print_of(account_id)
        return print_ not in self._unwritten and print_ not in self._in_flight

    def note(self, account_id: str, record: ForgottenRecord, keys: Iterable[bytes] = ()) -> None:
        """Forget a settled account, or let it come again; `keys` are those of its records."""
        print_ = records.print_of(account_id)
        marker = self._markers.setdefault(print_, Marker(record))
        marker.record = record
        marker.keys.update(keys)
        self._unwritten[print_] = marker
        if len(self._unwritten) + len(self._in_flight) >= UNSETTLED_MAX:
            self.awaits_flush = True

    def write(self, epoch: int, flush: int, into: Prepared) -> None:
        """Add what is to be written to the flush with this number."""
        for print_, marker in self._unwritten.items():
            marker.version += 1
            record, group = marker.record, list[Pair]()
            if record.account_id:
                key = record.account_id.encode()
                into.notifications.extend((key, body) for body in record.outbox)
                into.alerts.extend((key, body) for body in outbox.unpacked(record.alerts))
                into.scores.append((key, None))
                if self._fresh is not None:
                    self._fresh.add(record.account_id)
            else:
                group.extend((key, None) for key in sorted(marker.keys))
                marker.keys = set()
            value = records.encode_forgotten(record, Rank(epoch, marker.version))
            into.changelog.append([*group, (records.forgotten_key(print_), value)])
            self._in_flight[print_] = flush
        self._unwritten = {}
        for account_id in sorted(self._answered_late):
            if (gone := self.of(account_id)) is not None and not gone.is_lifted:
                into.scores.append((account_id.encode(), None))
        self._answered_late = set()

    def remove_answers_again(self) -> None:
        """With the next flush, remove the answers of accounts forgotten since the restore once more: a replaced worker
        may have sent one that arrived after the tombstone. Call it when the last of those has arrived."""
        if self._fresh is not None:
            self._answered_late, self._fresh = self._fresh, None

    def confirm(self, flush: int) -> None:
        """Note that all up to this flush is acknowledged. Outputs that were sent leave their markers."""
        self.awaits_flush = False
        for print_, number in list(self._in_flight.items()):
            if number > flush:
                continue
            del self._in_flight[print_]
            marker = self._markers[print_]
            if marker.record.account_id:
                marker.record = msgspec.structs.replace(marker.record, account_id="", outbox=[], alerts=[])
                self._unwritten[print_] = marker

    # --- restore

    def adopt(self, kept: dict[bytes, bytes]) -> None:
        """Take the markers out of the records of a changelog. What they still had to send is sent again."""
        for key in [key for key in kept if key[:1] == records.FORGOTTEN]:
            value = kept.pop(key)
            print_ = key[1:]
            marker = self._markers[print_] = Marker(records.decode_forgotten(value), records.rank_of(value).version)
            if marker.record.account_id:
                self._unwritten[print_] = marker

    def sift(self, account_id: str, stored: Sequence[Stored]) -> tuple[Sequence[Stored], list[bytes]]:
        """Those of an account's restored records that came after it was forgotten, and the keys of the others.

        A head of an account that may not come again is that of an owner who had not forgotten it yet: the marker came
        late from one who was replaced, and counts for nothing.
        """
        print_ = records.print_of(account_id)
        if (marker := self._markers.get(print_)) is None:
            return stored, []
        last = Rank(marker.record.epoch, marker.record.version)
        later = [(key, value) for key, value in stored if records.rank_of(value) > last]
        if any(key[:1] == records.HEAD for key, _ in later):
            if not marker.record.is_lifted:
                del self._markers[print_]
                self._unwritten.pop(print_, None)
                return stored, []
            kept = {key for key, _ in later}
            return later, [key for key, _ in stored if key not in kept]
        marker.keys.update(key for key, _ in stored)
        self._unwritten[print_] = marker
        return [], []

    def write_again(self, key: bytes) -> bool:
        """Write the marker of this key again, or a tombstone over this record of a forgotten account: a replaced writer
        wrote it last. False when it is neither."""
        if key[:1] == records.FORGOTTEN:
            print_ = key[1:]
        else:
            print_ = records.print_of(records.account_of_key(key)) if self._markers else b""
        if (marker := self._markers.get(print_)) is None:
            return False
        if key[:1] != records.FORGOTTEN:
            marker.keys.add(key)
        self._unwritten[print_] = marker
        return True
