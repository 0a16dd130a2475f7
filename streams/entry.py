"""An account's place in a partition: its state or the bytes of it, and the passage from one to the other."""

from __future__ import annotations

from scoring.account import Account
from scoring.plan import Plan
from scoring.series import FAR, LEDGER_BLOCK_DAYS
from streams import records
from streams.outputs import Pair
from streams.settings import INPUT_TOPICS
from streams.topics import CONTROL

TOPICS = (*INPUT_TOPICS, CONTROL)
"""The order of offsets in a record's watermarks. It is part of the changelog's format."""


class OversizeRecord(RuntimeError):
    """A record grew past the cap: our own bug, for the caps on tiles must keep below it."""


class Entry:
    """One account of a partition. Mutable; owned by its `Partition`.

    `watermarks` are the last applied offsets by topic; `flush` is the number of the flush that wrote the head last;
    `answered` is what was last sent to `scores`, without its instant and version.
    """

    __slots__ = (
        "_head",
        "_ledgers",
        "_tiles",
        "account",
        "account_id",
        "ahead",
        "ahead_blocks",
        "answered",
        "answered_ms",
        "flush",
        "mrr",
        "outbox",
        "scheduled_ms",
        "sequence",
        "tier",
        "version",
        "watermarks",
    )

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.account: Account | None = None
        self.watermarks = [-1] * len(TOPICS)
        self.version = 0
        self.sequence = 0
        self.outbox: list[bytes] = []
        self.scheduled_ms = FAR
        self.flush = 0
        self.answered = b""
        self.answered_ms = 0
        self.tier = -1
        self.mrr = 0.0
        self.ahead: dict[int, list[int]] = {}
        """Watermarks of tiles that were restored newer than their head: a stale writer's, or a torn flush's."""
        self.ahead_blocks: dict[int, list[int]] = {}
        """The same of ledger blocks."""
        self._head: records.Head | None = None
        self._tiles: dict[int, bytes] = {}
        self._ledgers: dict[int, bytes] = {}

    def load(self, plan: Plan) -> Account:
        """The account's state, decoded at the first touch."""
        if self.account is not None:
            return self.account
        if self._head is None:
            raise AssertionError("an entry without a head is given its account when it is admitted")
        account = records.account_of(plan, self._head)
        for day, value in self._tiles.items():
            _note_if_ahead(self.ahead, day, records.add_tile(plan, account, day, value), self.watermarks)
        for block, value in self._ledgers.items():
            _note_if_ahead(self.ahead_blocks, block, records.add_ledger(plan, account, block, value), self.watermarks)
        plan.restore(account)
        self.account, self._head = account, None
        self._tiles, self._ledgers = {}, {}
        return account

    def standing(self, plan: Plan) -> tuple[int, float]:
        """(tier number, MRR) of a restored account, from its head alone; -1 without a tier, 0 without MRR."""
        if self._head is None:
            raise AssertionError("only a restored entry that nobody touched has a head apart")
        held = self._head.lasts.get("mrr")
        mrr = held[2] if held is not None and not isinstance(held[2], str) else 0.0
        stands = self._head.is_judged and self._head.tier in plan.tier_names
        return plan.tier_names.index(self._head.tier) if stands else -1, mrr

    def keep(self, kind: bytes, number: int, rank: records.Rank, value: bytes) -> None:
        """Take up one restored record of this account, undecoded but for its head."""
        if kind == records.HEAD:
            self._head = head = records.decode_head(value)
            self.scheduled_ms, self.flush = records.wake_and_flush(value)
            self.version, self.sequence = rank.version, head.sequence
            self.watermarks, self.outbox = head.watermarks, head.outbox
        elif kind == records.TILE:
            self._tiles[number] = value
        else:
            self._ledgers[number] = value

    @property
    def has_head(self) -> bool:
        """False for tiles whose head never came: the flush that wrote them was torn, and its events come again."""
        return self._head is not None or self.account is not None

    def write(self, plan: Plan, fence: int, flush: int) -> list[Pair]:
        """The records of what changed: tiles and ledgers first, the head last, so that a torn flush never has a head
        that is ahead of its tiles.

        Raises:
            OversizeRecord: when one is longer than `records.RECORD_MAX_BYTES`.
        """
        account = self.load(plan)
        self.version += 1
        self.flush = flush
        rank = records.Rank(fence, self.version)
        marks = list(self.watermarks)
        group: list[Pair] = [(records.tile_key(self.account_id, day), None) for day in sorted(account.dropped_days)]
        for day in sorted(account.changed_days):
            tile = records.encode_tile(plan, account.tiles[day], day, marks, rank)
            group.append((records.tile_key(self.account_id, day), tile))
        for block in sorted(account.changed_blocks):
            ledger = records.encode_ledger(plan, account, block, marks, rank)
            group.append((records.ledger_key(self.account_id, block), ledger))
        head = records.head_of(plan, account, marks, self.sequence, self.outbox, is_judged=self.tier >= 0)
        wake_ms = records.wake_ms_of(plan, account)
        group.append((records.head_key(self.account_id), records.encode_head(head, rank, wake_ms, flush)))
        account.dropped_days.clear()
        account.changed_days.clear()
        account.changed_blocks.clear()
        for key, value in group:
            if value is not None and len(value) > records.RECORD_MAX_BYTES:
                raise OversizeRecord(f"record {key!r} has {len(value)} bytes, the most is {records.RECORD_MAX_BYTES}")
        return group

    def holds(self, day: int, topic_index: int, offset: int) -> tuple[bool, bool]:
        """Whether the tile, and the daily totals, of `day` were restored from records that have applied the message."""
        tile, block = self.ahead.get(day), self.ahead_blocks.get(day // LEDGER_BLOCK_DAYS)
        return (
            tile is not None and offset <= tile[topic_index],
            block is not None and offset <= block[topic_index],
        )


def _note_if_ahead(ahead: dict[int, list[int]], number: int, marks: list[int], head: list[int]) -> None:
    if any(own > heads for own, heads in zip(marks, head, strict=True)):
        ahead[number] = marks
