"""An account in its partition: decoded state or packed bytes, and the way from one to the other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from scoring.instants import FAR, HOUR_MS
from scoring.plan.score_cache import ScoreCache, Scores
from scoring.result import Forecast
from scoring.state.account import Account
from streams.changelog import records
from streams.changelog.account_codec import Encoded
from streams.changelog.at_rest import AtRest, head_of, packed, unpacked
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

    One that was at rest consists of the bytes of its records until more is needed: call `hydrate` first. Before it,
    only `epoch`, `version`, `flush` (the number of the flush that last wrote the head), `timer_ms`, `tier`, `mrr` and
    `cases` are valid.
    """

    __slots__ = (
        "_head",
        "_packed",
        "_written",
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
        self.heard_ms = 0
        """The partition's time when its last event arrived; 0 for none since the restore."""
        self.tier = -1
        self.mrr = 0.0
        self.cases: tuple[Case, ...] = ()
        self.mirror: Mirror | None = None
        """What may change the account until the next `hydrate`."""
        self._head = b""
        self._packed = b""
        self._written = b""
        """The head that was last written, where that is all that the account has in the changelog."""
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
        for key, value in unpacked(self._packed, self.account_id):
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
        self._head = self._packed = b""
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

    def adopt(self, at_rest: AtRest) -> None:
        """Adopt the records of an account at rest. The object is new."""
        self._packed = b"" if isinstance(at_rest, bytes) else at_rest[1]
        self._head = head_of(at_rest)
        begin = records.begin_of_head(self._head, is_checked=True)
        self.epoch, self.version, self.timer_ms, self.flush, self.tier, self.mrr, has_cases = begin
        if has_cases:
            self.cases = open_in(records.split_head(self._head)[0].matters)

    def at_rest(self) -> AtRest:
        """The records of an account that is not decoded."""
        return (self._head, self._packed) if self._packed else self._head

    def idle_from_ms(self) -> int:
        """The instant from which on it can be dehydrated, when no event comes before it; FAR when it is not decoded, or
        something of it is to be sent or written."""
        if self.account is None or self.outbox or self.alerts or not self.ahead.is_empty:
            return FAR
        if self.mirror is not None:
            self.mirror.catch_up(self)
        return self.heard_ms + IDLE_AFTER_MS

    def dehydrate(self, fold: Fold) -> int:
        """Back to bytes, as if restored from its records. Only when it is written, and from `idle_from_ms` on. Returns
        when it next changes without an event, as `due_at_ms`: its timer may be an earlier one."""
        due_at_ms = self.timer_ms
        if self._is_as_written():
            if self.mirror is not None:
                self.mirror.leave(self)
            self._head = self._written
        else:
            self.hydrate(fold)
            due_at_ms = self.due_at_ms(fold)
            self._head, self._packed = self._encode_at_rest(fold)
        self.parts, self._written = None, b""
        self.account = self.judged = self.evaluation = self._baseline = self.last_transition = self.around = None
        self.answered, self.applied_offsets, self.scores = b"", _NO_OFFSETS, _NO_SCORES
        self.left_over = self.deletion_markers = _NOTHING
        self.shadows, self.matters, self.refused, self.own = _NO_SHADOWS, _NO_MATTERS, _NO_REFUSALS, _NO_NAMES
        return due_at_ms

    def write(self, fold: Fold, epoch: int, flush: int) -> list[Pair]:
        """The head, and the own records that changed, or all at the first write under this epoch. The head comes last,
        so that a torn flush never leaves a head that is ahead of its own records; for the same reason, what the head
        does not need any more is deleted by the next write.

        Raises:
            OversizeRecord: when a record is longer than `records.RECORD_MAX_BYTES`.
        """
        if self.mirror is None:
            self.hydrate(fold)
        how, self.flush = WriteMode.CHANGED if epoch == self.epoch else WriteMode.ALL, flush
        return group_of(self, epoch, flush, self._encode(fold, Rank(epoch, self.version + 1), how))

    def adopt_written(self, epoch: int, flush: int, head: bytes, others: Sequence[Pair]) -> list[Pair]:
        """As `write`, of records of the version after this one, which were made: this head, and before it others."""
        self.version += 1
        self.flush, self.epoch = flush, epoch
        group = [*others, (records.head_key(self.account_id), head)]
        has_more = self.own or self.outbox or self.alerts or self.left_over or self.deletion_markers
        self._written = b"" if has_more else head
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

    def _is_as_written(self) -> bool:
        """Whether its only record is the head that was last written, and that is of its version and has its timer. As
        nothing of it is to be written, it would be restored as it is."""
        head = self._written
        return bool(head) and records.begin_of_head(head, is_checked=True)[1:3] == (self.version, self.timer_ms)

    def _encode_at_rest(self, fold: Fold) -> tuple[bytes, bytes]:
        """Its head and its packed other records, as in the changelog, whatever time has passed since."""
        rank = Rank(self.epoch, self.version)
        encoded = self._encode(fold, rank, WriteMode.AT_REST)
        return encoded.head, packed(_beside_head(self, encoded, rank).items())

    def _encode(self, fold: Fold, rank: Rank, how: WriteMode) -> Encoded:
        prefix = HeadPrefix(self.due_at_ms(fold), self.flush, self.tier, self.mrr, bool(self.cases))
        account = self.read(fold)
        progress = self.progress(fold.plan, fold.explained(account, self.scores).points)
        return fold.encode(account, Writing(self.account_id, progress, rank, prefix, self.own, how))

    def _is_a_stale_writers(self, value: bytes) -> bool:
        """The writer of the head wrote the whole account, so a record with a lesser epoch arrived after it."""
        return records.rank_of(value).epoch < self.epoch


def _beside_head(stored: StoredAccount, encoded: Encoded, rank: Rank) -> dict[bytes, bytes]:
    """Its own records at rest, and what is still to be deleted: a deletion marker, or nothing without one."""
    found = {key: records.deletion_marker(rank) for key in stored.deletion_markers}
    left_over = [*stored.left_over, *(key_of(name, stored.account_id) for name in stored.own - encoded.own)]
    found.update(dict.fromkeys(left_over, b""))
    found.update(encoded.others)
    return found


def group_of(stored: StoredAccount, epoch: int, flush: int, made: Encoded) -> list[Pair]:
    """As `StoredAccount.write`, of records of the version after this one, which were made."""
    group: list[Pair] = []
    if stored.deletion_markers or stored.left_over or made.own is not stored.own:
        group = _delete(stored, Rank(epoch, stored.version + 1), made.others, made.own)
    group.extend(made.others.items())
    return stored.adopt_written(epoch, flush, made.head, group)


def _delete(stored: StoredAccount, rank: Rank, written: Collection[bytes], own: set[Name]) -> list[Pair]:
    """The next step of what is deleted. The keys in `written` are needed again; the account has the `own` records from
    now on."""
    group: list[Pair] = [(key, None) for key in stored.deletion_markers if key not in written]
    stored.deletion_markers = [key for key in stored.left_over if key not in written]
    group.extend([(key, records.deletion_marker(rank)) for key in stored.deletion_markers])
    gone = stored.own - own if own is not stored.own else ()
    stored.left_over = [key_of(name, stored.account_id) for name in gone]
    stored.own, stored.head_part = own, b""
    return group


def _check_sizes(group: list[Pair]) -> None:
    for key, value in group:
        if value is not None and len(value) > records.RECORD_MAX_BYTES:
            raise OversizeRecord(f"record {key!r} has {len(value)} bytes, the most is {records.RECORD_MAX_BYTES}")
