"""An account in its partition: decoded state or packed bytes, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from scoring.instants import FAR, HOUR_MS
from scoring.plan.score_cache import ScoreCache, Scores
from scoring.result import Forecast
from scoring.state.account import Account
from streams.changelog import records
from streams.changelog.account_codec import Encoded
from streams.changelog.own_records import Name, key_of
from streams.changelog.record_types import HeadPrefix, Rank, ShadowBaseline, Stored
from streams.engine.answer_parts import AccountParts
from streams.engine.decoded_account import DecodedAccount
from streams.engine.flush import Pair
from streams.engine.folds.fold import Fold, WriteMode, Writing
from streams.engine.ledger import Case
from streams.engine.matters.matter import Matter
from streams.engine.matters.table import open_in
from streams.errors import OversizeRecord

IDLE_AFTER_MS = HOUR_MS
"""An account without events for this long is held as bytes, once all of it is written."""
_NOTHING: list[bytes] = []
_NO_OFFSETS: list[int] = []
_NO_SCORES: Scores = ScoreCache(())
_NO_SHADOWS: dict[str, ShadowBaseline] = {}
_NO_MATTERS: dict[str, Matter] = {}
_NO_REFUSALS: dict[int, str] = {}
_NO_NAMES: set[Name] = set()


class Mirror(Protocol):
    """Where the state of accounts is changed by others than `StoredAccount`s' callers; see `NativeLoop`."""

    def catch_up(self, stored: StoredAccount) -> None:
        """Bring the account to its latest state."""
        ...

    def leave(self, stored: StoredAccount) -> None:
        """Bring the account to its latest state, and change it no more."""
        ...


class StoredAccount(DecodedAccount):
    """One account of a partition. Mutable; owned by its `Partition`.

    A restored account consists of the bytes of its records until it is needed: call `hydrate` first. Before it, only
    `epoch`, `version`, `flush` (the number of the flush that last wrote the head), `timer_ms`, `tier`, `mrr` and
    `cases` are valid.
    """

    __slots__ = (
        "_head",
        "_packed",
        "_stored",
        "account_id",
        "cases",
        "epoch",
        "flush",
        "forecast",
        "heard_ms",
        "mirror",
        "mrr",
        "parts",
        "tier",
        "timer_ms",
        "version",
        "walk",
    )

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.account = None
        self.epoch = -1
        """The epoch of its last written records; -1 before the first."""
        self.version = 0
        self.timer_ms = FAR
        self.flush = 0
        self.forecast: Forecast | None = None
        self.walk = 0
        """The number of the last walk that visited the account; see `Timers`."""
        self.heard_ms = 0
        """The partition's time when its last event arrived; 0 for none since the restore."""
        self.tier = -1
        self.mrr = 0.0
        self.cases: tuple[Case, ...] = ()
        self.mirror: Mirror | None = None
        """What may change the account until the next `hydrate`."""
        self._head = b""
        self._stored: list[Stored] | None = None
        self._packed = b""
        self.parts: AccountParts | None = None
        """The parts of its answer that are kept; see `answer_parts`."""

    def hydrate(self, fold: Fold, *, is_unsent: bool = False) -> Account:
        """The account's state, decoded on the first call; with `is_unsent`, what the head was to send is queued
        again."""
        if self.account is not None:
            if self.mirror is not None:
                self.mirror.leave(self)
            return self.account
        if not self._head:
            raise AssertionError("an account without a head is given its account when it is admitted")
        markers: list[bytes] = []
        stored: list[Stored] = []
        unnamed: list[bytes] = []
        for key, value in self._stored or records.unpacked(self._packed, self.account_id):
            if not value:
                unnamed.append(key)
            elif records.is_deletion_marker(value) or self._is_a_stale_writers(value):
                markers.append(key)
            else:
                stored.append((key, value))
        account, progress, own, left, ahead = fold.decode(self._head, stored)
        self.begin(fold, account)
        self.own, self.left_over = own, unnamed + left
        self.deletion_markers = markers
        if not ahead.is_empty:
            self.ahead = ahead
        self.adopt_progress(progress)
        if (frozen := self.frozen) is not None:
            self.scores.freeze(fold.plan.primary, frozen)
        if is_unsent:
            self.outbox, self.alerts = progress.outbox, progress.alerts
        self._head, self._stored, self._packed = b"", None, b""
        return account

    def read(self, fold: Fold) -> Account:
        """As `hydrate`, for callers that change nothing but what is to be written and sent."""
        if self.account is None:
            return self.hydrate(fold)
        if self.mirror is not None:
            self.mirror.catch_up(self)
        return self.account

    def due_at_ms(self, fold: Fold) -> int:
        """When the account next changes without an event, in milliseconds since 1970; FAR for never."""
        next_due = self.read(fold).next_due
        due_at_ms = FAR if next_due >= FAR else next_due * fold.plan.resolution_ms
        for matter in self.matters.values():
            due_at_ms = min(due_at_ms, matter.next_due_ms)
        return due_at_ms

    def add_record(self, key: bytes, value: bytes) -> None:
        """Add one restored record of this account, undecoded."""
        if key[:1] != records.HEAD:
            if self._stored is None:
                self._stored = []
            self._stored.append((key, value))
            return
        self._head = value
        begin = records.begin_of_head(value)
        self.epoch, self.version, self.timer_ms, self.flush, self.tier, self.mrr, has_cases = begin
        if has_cases:
            self.cases = open_in(records.split_head(value)[0].matters)

    def pack(self) -> None:
        """Pack the added records into one buffer to save memory. Call after the last `add_record`."""
        if self._stored is not None:
            self._packed, self._stored = records.packed(self._stored), None

    def idle_from_ms(self) -> int:
        """The instant from which on it can be dehydrated, when no event comes before it; FAR when it is not decoded, or
        something of it is to be sent or written."""
        if self.account is None or self.outbox or self.alerts or not self.ahead.is_empty:
            return FAR
        if self.mirror is not None:
            self.mirror.catch_up(self)
        return self.heard_ms + IDLE_AFTER_MS

    def dehydrate(self, fold: Fold) -> None:
        """Back to bytes, as if restored from its records. Only when it is written, and from `idle_from_ms` on."""
        self.hydrate(fold)
        rank = Rank(self.epoch, self.version)
        encoded = self._encode(fold, rank, WriteMode.AT_REST)  # as in the log, whatever time has passed since
        stored = {key: records.deletion_marker(rank) for key in self.deletion_markers}
        left_over = [*self.left_over, *(key_of(name, self.account_id) for name in self.own - encoded.own)]
        stored.update(dict.fromkeys(left_over, b""))
        stored.update(encoded.others)
        self._head, self._packed, self.parts = encoded.head, records.packed(stored.items()), None
        self.account = self.judged = self.evaluation = self._baseline = self.last_transition = self.around = None
        self.answered, self.applied_offsets, self.scores = b"", _NO_OFFSETS, _NO_SCORES
        self.left_over = self.deletion_markers = _NOTHING
        self.shadows, self.matters, self.refused, self.own = _NO_SHADOWS, _NO_MATTERS, _NO_REFUSALS, _NO_NAMES

    @property
    def has_head(self) -> bool:
        """False for records without a head: the flush that wrote them was torn, and its events are read again."""
        return bool(self._head) or self.account is not None

    def write(self, fold: Fold, epoch: int, flush: int, made: Encoded | None = None) -> list[Pair]:
        """The head, and the own records that changed, or all at the first write under this epoch. The head comes last,
        so that a torn flush never leaves a head that is ahead of its own records; for the same reason, what the head
        does not need any more is deleted by the next write. `made` are these records of the version after this one,
        where the kernel's loop has made them.

        Raises:
            OversizeRecord: when a record is longer than `records.RECORD_MAX_BYTES`.
        """
        if self.mirror is None:
            self.hydrate(fold)
        self.version += 1
        self.flush = flush
        if made is None:
            how = WriteMode.CHANGED if epoch == self.epoch else WriteMode.ALL
            made = self._encode(fold, Rank(epoch, self.version), how)
        head, written, own = made
        group: list[Pair] = []
        if self.deletion_markers or self.left_over or own is not self.own:
            group = _delete(self, Rank(epoch, self.version), written, own)
        group.extend(written.items())
        self.epoch = epoch
        group.append((records.head_key(self.account_id), head))
        _check_sizes(group)
        return group

    def record_keys(self, fold: Fold) -> set[bytes]:
        """The keys of all records that it may have."""
        self.hydrate(fold)
        own = [key_of(name, self.account_id) for name in self.own]
        return {records.head_key(self.account_id), *own, *self.left_over, *self.deletion_markers}

    def write_all_again(self, key: bytes) -> None:
        """Make the next write write everything; a `key` that no longer exists gets a tombstone. Hydrate it first."""
        self.epoch = -1
        if key[:1] != records.HEAD and key not in self.deletion_markers:
            self.deletion_markers.append(key)

    def _encode(self, fold: Fold, rank: Rank, how: WriteMode) -> Encoded:
        prefix = HeadPrefix(self.due_at_ms(fold), self.flush, self.tier, self.mrr, bool(self.cases))
        account = self.read(fold)
        progress = self.progress(fold.plan, fold.explained(account, self.scores).points)
        return fold.encode(account, Writing(self.account_id, progress, rank, prefix, self.own, how))

    def _is_a_stale_writers(self, value: bytes) -> bool:
        """The writer of the head wrote the whole account, so a record with a lesser epoch arrived after it."""
        return records.rank_of(value).epoch < self.epoch


def _delete(stored: StoredAccount, rank: Rank, written: Collection[bytes], own: set[Name]) -> list[Pair]:
    """The next step of what is deleted. The keys in `written` are needed again; the account has the `own` records from
    now on."""
    group: list[Pair] = [(key, None) for key in stored.deletion_markers if key not in written]
    stored.deletion_markers = [key for key in stored.left_over if key not in written]
    group.extend([(key, records.deletion_marker(rank)) for key in stored.deletion_markers])
    gone = stored.own - own if own is not stored.own else ()
    stored.left_over = [key_of(name, stored.account_id) for name in gone]
    stored.own, stored.head_part = own, None
    return group


def _check_sizes(group: list[Pair]) -> None:
    for key, value in group:
        if value is not None and len(value) > records.RECORD_MAX_BYTES:
            raise OversizeRecord(f"record {key!r} has {len(value)} bytes, the most is {records.RECORD_MAX_BYTES}")
