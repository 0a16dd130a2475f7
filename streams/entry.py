"""An account's place in a partition: its state or the bytes of it, and the passage from one to the other."""

from __future__ import annotations

from scoring.account import Account
from scoring.health import Moved, Outlook, Override, Standing
from scoring.ledger import LEDGER_BLOCK_DAYS
from scoring.plan import Plan
from scoring.score_plan import OVERRIDE, Judged
from scoring.series import FAR
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
        "_items",
        "_ledgers",
        "_standing",
        "_tiles",
        "account",
        "account_id",
        "ahead",
        "ahead_blocks",
        "answered",
        "answered_ms",
        "flush",
        "judged",
        "moved",
        "mrr",
        "outbox",
        "outlook",
        "override",
        "scheduled_ms",
        "sequence",
        "shadows",
        "standing_tier",
        "tier",
        "told_override",
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
        self.judged: Judged | None = None
        self.override: Override | None = None
        self.told_override: Override | None = None
        """The override in the last standing; `override` may have come or gone since."""
        self.standing_tier = ""
        self.shadows: dict[str, records.ShadowStanding] = {}
        self.moved: Moved | None = None
        self.outlook: Outlook | None = None
        self.ahead: dict[int, list[int]] = {}
        """Watermarks of tiles that were restored newer than their head: a stale writer's, or a torn flush's."""
        self.ahead_blocks: dict[int, list[int]] = {}
        """The same of ledger blocks."""
        self._standing: Standing | None = None
        self._head: records.Head | None = None
        self._items: bytes | None = None
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
        if self._items is not None:
            records.add_items(plan, account, self._items)
        plan.restore(account)
        self.account, self._head = account, None
        self._tiles, self._ledgers, self._items = {}, {}, None
        return account

    def gauged(self, plan: Plan) -> tuple[int, float]:
        """(tier number, MRR) of a restored account, from its head alone; -1 without a tier, 0 without MRR."""
        if self._head is None:
            raise AssertionError("only a restored entry that nobody touched has a head apart")
        held = self._head.lasts.get(plan.mrr_identity)
        mrr = held[2] if held is not None and not isinstance(held[2], str) else 0.0
        names = plan.live.tier_names
        stands = self._head.is_judged and self.standing_tier in names
        return names.index(self.standing_tier) if stands else -1, mrr

    def standing(self, plan: Plan) -> Standing | None:
        """What the next transition is told against; None before the first score."""
        if self._standing is None and self.standing_tier:
            self._standing = standing_of(plan, self.judged, self.told_override)
        return self._standing

    def stand(self, tier: str, judged: Judged | None) -> None:
        """Note a new standing, with the override that is in force."""
        self.standing_tier, self.judged, self.told_override = tier, judged, self.override
        self._standing = None

    def wake_ms(self, plan: Plan) -> int:
        """The account's next wake as an instant, FAR when it has none."""
        account = self.load(plan)
        wake_ms = FAR if account.wake >= FAR else account.wake * plan.resolution_ms
        return wake_ms if self.override is None else min(wake_ms, self.override.until_ms)

    def keep(self, kind: bytes, number: int, rank: records.Rank, value: bytes) -> None:
        """Take up one restored record of this account, undecoded but for its head."""
        if kind == records.HEAD:
            self._head = head = records.decode_head(value)
            self.scheduled_ms, self.flush = records.wake_and_flush(value)
            self.version, self.sequence = rank.version, head.sequence
            self.watermarks, self.outbox = head.watermarks, head.outbox
            self.override = self.told_override = head.override
            self._standing, self.shadows, self.moved = head.standing, head.shadows, head.moved
            self.standing_tier = head.standing.tier if head.standing is not None else ""
        elif kind == records.TILE:
            self._tiles[number] = value
        elif kind == records.ITEMS:
            self._items = value
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
        if account.registers_changed:
            group.append((records.items_key(self.account_id), records.encode_items(plan, account, marks, rank)))
            account.registers_changed = False
        told = records.Told(
            self.sequence, self.outbox, self.standing(plan), self.tier >= 0, self.override, self.shadows, self.moved
        )
        head = records.head_of(plan, account, marks, told)
        group.append((records.head_key(self.account_id), records.encode_head(head, rank, self.wake_ms(plan), flush)))
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


def standing_of(plan: Plan, judged: Judged | None, override: Override | None) -> Standing | None:
    """The standing that a judgement and an override make; None when there is neither."""
    # Parts of nothing are left out: a head is written with every change.
    points = {name: part for name, part in plan.live.points(judged).items() if part} if judged is not None else {}
    beneath = judged.value if judged is not None else 0.0
    if override is not None:
        points[OVERRIDE] = override.score - beneath
        return Standing(override.score, plan.live.tier_names[plan.live.tier_of(override.score)], points)
    return None if judged is None else Standing(beneath, plan.live.tier_names[judged.tier], points)


def _note_if_ahead(ahead: dict[int, list[int]], number: int, marks: list[int], head: list[int]) -> None:
    if any(own > heads for own, heads in zip(marks, head, strict=True)):
        ahead[number] = marks
