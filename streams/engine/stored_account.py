"""An account's place in a partition: its state or the bytes of it, and the passage from one to the other."""

from __future__ import annotations

from scoring.fingerprint import fingerprint
from scoring.fold.fold import note_written, restore
from scoring.instants import FAR, HOUR_MS
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.plan.score_plan import OVERRIDE, Evaluation
from scoring.result import Baseline, Forecast, LastTransition, Override
from scoring.state.account import Account
from scoring.state.daily_totals import TOTALS_BLOCK_DAYS
from scoring.state.event_ids import Chunk
from streams.changelog import records
from streams.changelog.record_types import AccountProgress, HeadPrefix, Key, Rank, ShadowBaseline, Stored
from streams.engine.flush import Pair
from streams.errors import OversizeRecord
from streams.topics import TOPIC_BITS, TOPICS

IDLE_AFTER_MS = HOUR_MS
"""An account for which no event came for so long is held as bytes, once all of it is written."""
_NOTHING: list[bytes] = []
_NO_OFFSETS: list[int] = []
_NO_SCORES = ScoreCache(())


class StoredAccount:
    """One account of a partition. Mutable; owned by its `Partition`.

    A restored account is the bytes of its records, until something is asked of it: `hydrate` makes the rest, and is
    called first. Before, there are only `epoch`, `version`, `flush` (the number of the flush that wrote
    the head last), `timer_ms`, `tier` and `mrr`.
    """

    __slots__ = (
        "_baseline",
        "_head",
        "_packed",
        "_stored",
        "account",
        "account_id",
        "ahead",
        "ahead_blocks",
        "ahead_ids",
        "answered",
        "answered_ms",
        "applied_offsets",
        "baseline_tier",
        "created_after_control_offset",
        "deletion_markers",
        "epoch",
        "flush",
        "forecast",
        "heard_ms",
        "judged",
        "last_transition",
        "mrr",
        "outbox",
        "override",
        "scores",
        "sequence",
        "settled_ms",
        "shadows",
        "tier",
        "timer_ms",
        "told_override",
        "version",
        "walk",
    )

    applied_offsets: list[int]
    """The last applied offsets, by topic."""
    created_after_control_offset: int
    """The last control message before the account was known."""
    sequence: int
    settled_ms: int
    """By the wall clock, the instant from which its changes of tier are told; 0 is always."""
    outbox: list[bytes]
    answered: bytes
    """What was last sent to `scores`, without its instant and version."""
    answered_ms: int
    scores: ScoreCache
    judged: Evaluation | None
    override: Override | None
    told_override: Override | None
    """The override in the last baseline; `override` may have come or gone since."""
    baseline_tier: str
    shadows: dict[str, ShadowBaseline]
    last_transition: LastTransition | None
    ahead: dict[int, list[int]]
    """Watermarks of tiles that were restored newer than their head: a torn flush's."""
    ahead_blocks: dict[int, list[int]]
    """The same of blocks of daily totals."""
    ahead_ids: dict[int, int]
    """Ids, by fingerprint, that were restored though the head has not applied their messages; with their origins."""
    deletion_markers: list[bytes]
    """The keys of what is gone, and was written as such: tombstones are still to follow."""
    _baseline: Baseline | None

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.account: Account | None = None
        self.epoch = -1
        """That of the records that were written last; -1 before the first."""
        self.version = 0
        self.timer_ms = FAR
        self.flush = 0
        self.forecast: Forecast | None = None
        self.walk = 0
        """The number of the last walk that visited it; see `Timers`."""
        self.heard_ms = 0
        """When an event came for it last, as the partition's instant; 0 for not since the restore."""
        self.tier = -1
        self.mrr = 0.0
        self._head = b""
        self._stored: list[Stored] | None = None
        self._packed = b""

    def begin(self, plan: Plan, account: Account) -> Account:
        """The state of an account that is new, or was just restored."""
        self.account = account
        self.scores = ScoreCache(plan.score_plans)
        self.applied_offsets = [-1] * len(TOPICS)
        self.created_after_control_offset = -1
        self.sequence = self.answered_ms = self.settled_ms = 0
        self.outbox, self.answered, self.baseline_tier = [], b"", ""
        self.judged = self.override = self.told_override = self.last_transition = self._baseline = None
        self.shadows = {}
        self.ahead, self.ahead_blocks, self.ahead_ids = {}, {}, {}
        self.deletion_markers = []
        return account

    def hydrate(self, plan: Plan, *, is_unsent: bool = False) -> Account:
        """The account's state, decoded at the first touch; with `is_unsent`, the head's outbox is to be sent again."""
        if self.account is not None:
            return self.account
        if not self._head:
            raise AssertionError("an stored without a head is given its account when it is admitted")
        head = records.decode_head(self._head)
        account = self.begin(plan, records.account_of(plan, head))
        self.applied_offsets, self.sequence, self.created_after_control_offset = (
            head.applied_offsets,
            head.sequence,
            head.created_after_control_offset,
        )
        self.settled_ms = head.settled_ms
        self.outbox = head.outbox if is_unsent else []
        self.override = self.told_override = head.override
        self._baseline, self.shadows, self.last_transition = head.baseline, head.shadows, head.last_transition
        self.baseline_tier = head.baseline.tier if head.baseline is not None else ""
        for key, value in self._stored or records.unpacked(self._packed, self.account_id):
            if records.is_deletion_marker(value) or self._is_a_stale_writers(value):
                self.deletion_markers.append(key)
            else:
                self._add(plan, account, records.parse_key(key), value)
        restore(plan, account)
        self._head, self._stored, self._packed = b"", None, b""
        return account

    def baseline(self, plan: Plan) -> Baseline | None:
        """What the next transition is told against; None before the first score."""
        if self._baseline is None and self.baseline_tier:
            self._baseline = baseline_of(plan, self.judged, self.told_override)
        return self._baseline

    def set_baseline(self, tier: str, judged: Evaluation | None) -> None:
        """Note a new baseline, with the override that is in force."""
        self.baseline_tier, self.judged, self.told_override = tier, judged, self.override
        self._baseline = None

    def due_at_ms(self, plan: Plan) -> int:
        """The account's next wake as an instant, FAR when it has none."""
        account = self.hydrate(plan)
        due_at_ms = FAR if account.next_due >= FAR else account.next_due * plan.resolution_ms
        return due_at_ms if self.override is None else min(due_at_ms, self.override.until_ms)

    def add_record(self, key: bytes, value: bytes) -> None:
        """Take up one restored record of this account, undecoded."""
        if key[:1] != records.HEAD:
            if self._stored is None:
                self._stored = []
            self._stored.append((key, value))
            return
        self._head = value
        self.epoch, self.version = records.rank_of(value)
        self.timer_ms, self.flush, self.tier, self.mrr = records.head_prefix(value)

    def pack(self) -> None:
        """All that was kept has been: hold it in as little memory as may be."""
        if self._stored is not None:
            self._packed, self._stored = records.packed(self._stored), None

    def is_idle(self, as_of_ms: int) -> bool:
        """Whether it is decoded, its records would say all of it, and no event came for it lately."""
        if self.account is None or self.outbox or self.ahead or self.ahead_blocks or self.ahead_ids:
            return False
        return self.heard_ms + IDLE_AFTER_MS <= as_of_ms

    def dehydrate(self, plan: Plan) -> None:
        """Back to bytes, as if restored from its records: only when all of it is written, and it `is_idle`."""
        account, rank = self.hydrate(plan), Rank(self.epoch, self.version)
        stored = {key: records.deletion_marker(rank) for key in self.deletion_markers}
        stored.update(self._changes(plan, account, rank, is_whole=True))
        self._head, self._packed = self._encode_head(plan, account, rank), records.packed(stored.items())
        self.account = self.judged = self._baseline = self.last_transition = None
        self.answered, self.deletion_markers, self.applied_offsets = b"", _NOTHING, _NO_OFFSETS
        self.shadows, self.scores = {}, _NO_SCORES

    def forget_answer(self) -> None:
        """The next answer is sent at once, even when it says the same as the last one."""
        self.answered, self.answered_ms = b"", 0

    @property
    def has_head(self) -> bool:
        """False for tiles whose head never came: the flush that wrote them was torn, and its events come again."""
        return bool(self._head) or self.account is not None

    def write(self, plan: Plan, epoch: int, flush: int) -> list[Pair]:
        """The records of what changed, of everything when it is the first time under this epoch: the head last, so that
        a torn flush never has a head that is ahead of its tiles.

        Raises:
            OversizeRecord: when one is longer than `records.RECORD_MAX_BYTES`.
        """
        account = self.hydrate(plan)
        self.version += 1
        self.flush = flush
        rank = Rank(epoch, self.version)
        written = self._changes(plan, account, rank, is_whole=epoch != self.epoch)
        group: list[Pair] = [(key, None) for key in self.deletion_markers if key not in written]
        self.deletion_markers = [key for key, value in written.items() if records.is_deletion_marker(value)]
        group.extend(written.items())
        self.epoch = epoch
        group.append((records.head_key(self.account_id), self._encode_head(plan, account, rank)))
        for key, value in group:
            if value is not None and len(value) > records.RECORD_MAX_BYTES:
                raise OversizeRecord(f"record {key!r} has {len(value)} bytes, the most is {records.RECORD_MAX_BYTES}")
        return group

    def write_all_again(self, key: bytes) -> None:
        """The next write is of everything; what is not there any more under `key` gets a tombstone. It is loaded."""
        self.epoch = -1
        if key[:1] != records.HEAD and key not in self.deletion_markers:
            self.deletion_markers.append(key)

    def _encode_head(self, plan: Plan, account: Account, rank: Rank) -> bytes:
        baseline, outbox = self.baseline(plan), self.outbox
        progress = AccountProgress(
            self.sequence,
            outbox,
            baseline,
            self.override,
            self.shadows,
            self.last_transition,
            self.created_after_control_offset,
            self.settled_ms,
        )
        head = records.head_of(plan, account, self.applied_offsets, progress)
        return records.encode_head(head, rank, HeadPrefix(self.due_at_ms(plan), self.flush, self.tier, self.mrr))

    def _changes(self, plan: Plan, account: Account, rank: Rank, *, is_whole: bool) -> dict[bytes, bytes]:
        """The records of what changed since the last write, or of all that there is, but for the head; by key."""
        name, marks, remembered = self.account_id, self.applied_offsets, account.event_ids
        blocks = set(account.changed_blocks)
        if is_whole:
            blocks |= {day // TOTALS_BLOCK_DAYS for totals in account.totals for day in totals}
        written = {records.tile_key(name, day): records.deletion_marker(rank) for day in account.dropped_days}
        for day in sorted(account.tiles if is_whole else account.changed_days):
            written[records.tile_key(name, day)] = records.encode_tile(plan, account.tiles[day], day, marks, rank)
        for block in sorted(blocks):
            written[records.totals_key(name, block)] = records.encode_totals(plan, account, block, marks, rank)
        if account.items_changed or (is_whole and any((*account.open_items, *account.tallies))):
            written[records.items_key(name)] = records.encode_items(plan, account, marks, rank)
        for day, number in remembered.dropped:
            written[records.ids_key(name, day, number)] = records.deletion_marker(rank)
        for day, number in sorted(remembered.keys() if is_whole else remembered.changed):
            chunk = remembered.periods[day][number]
            written[records.ids_key(name, day, number)] = records.encode_ids(chunk, rank)
            self._trim_origins(chunk)
        note_written(account)
        return written

    def holds(self, day: int, topic_index: int, offset: int) -> tuple[bool, bool]:
        """Whether the tile, and the daily totals, of `day` were restored from records that have applied the message."""
        tile, block = self.ahead.get(day), self.ahead_blocks.get(day // TOTALS_BLOCK_DAYS)
        return (
            tile is not None and offset <= tile[topic_index],
            block is not None and offset <= block[topic_index],
        )

    def knows_by(self, scoped_id: str, origin: int) -> bool:
        """Whether an id is remembered because this very message had brought it to whoever wrote the record."""
        return self.ahead_ids.get(fingerprint(scoped_id)) == origin

    def _is_a_stale_writers(self, value: bytes) -> bool:
        """Whoever wrote the head wrote all of the account, so that what has a lesser epoch came in later."""
        return records.rank_of(value).epoch < self.epoch

    def _add(self, plan: Plan, account: Account, key: Key, value: bytes) -> None:
        """Put one record into a restored account."""
        number = key.number
        if key.kind == records.TILE:
            _note_if_ahead(self.ahead, number, records.add_tile(plan, account, number, value), self.applied_offsets)
        elif key.kind == records.TOTALS:
            _note_if_ahead(
                self.ahead_blocks, number, records.add_totals(plan, account, number, value), self.applied_offsets
            )
        elif key.kind == records.ITEMS:
            records.add_items(plan, account, value)
        else:
            chunk = records.decode_ids(value)
            account.event_ids.add(number, key.chunk, chunk)
            begin = len(chunk.prints) - len(chunk.origins)
            for index, origin in enumerate(chunk.origins):
                if self._is_ahead(origin):
                    self.ahead_ids[chunk.prints[begin + index]] = origin

    def _is_ahead(self, origin: int) -> bool:
        """Whether the head has not applied the message."""
        return origin >> TOPIC_BITS > self.applied_offsets[origin & ((1 << TOPIC_BITS) - 1)]

    def _trim_origins(self, chunk: Chunk) -> None:
        """Leave out, from the next write on, the origins of what the head of this write has applied: it comes to the
        log before all that is written next, so that nobody who reads that takes such a message for one to come."""
        applied = 0
        while applied < len(chunk.origins) and not self._is_ahead(chunk.origins[applied]):
            applied += 1
        del chunk.origins[:applied]


def baseline_of(plan: Plan, judged: Evaluation | None, override: Override | None) -> Baseline | None:
    """The baseline that a judgement and an override make; None when there is neither."""
    # Parts of nothing are left out: a head is written with every change.
    points = {name: part for name, part in plan.primary.points(judged).items() if part} if judged is not None else {}
    beneath = judged.value if judged is not None else 0.0
    if override is not None:
        points[OVERRIDE] = override.score - beneath
        return Baseline(override.score, plan.primary.tier_names[plan.primary.tier_of(override.score)], points)
    return None if judged is None else Baseline(beneath, plan.primary.tier_names[judged.tier], points)


def _note_if_ahead(ahead: dict[int, list[int]], number: int, marks: list[int], head: list[int]) -> None:
    if any(own > heads for own, heads in zip(marks, head, strict=True)):
        ahead[number] = marks
