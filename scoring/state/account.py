"""The state of one account: fields only, no behaviour.

`scoring.fold` writes them: each group of fields belongs to the one module named beside it, and `note_written` of
`scoring.fold.fold` clears the marks of changes. There are three exceptions. `streams.changelog` fills an account that
it restores, before `scoring.fold.fold.restore`. What reads daily totals (`Peak` of `scoring.state.daily_totals`,
`scoring.state.past_windows`, `scoring.state.gaps`) writes its cache, which is in no record.
`ScoreCache` clears `changed_dependents` when it takes these bits. An `Account` belongs to the object that holds it.
"""

from __future__ import annotations

from typing import NamedTuple

from scoring.instants import FAR
from scoring.state.event_ids import EventIds
from scoring.state.items import Item
from scoring.state.life import Stretch
from scoring.state.tiles import Tile
from scoring.state.use_days import UseDays
from scoring.state.window_totals import WindowTotals

LastValue = tuple[int, int, float | str]
"""(occurred_at_ms, tie between events of that instant, value); see `EventOrder.tie`."""


class AccountSizes(NamedTuple):
    """The lengths of an account's lists, and the width of its buckets."""

    resolution_ms: int
    daily_totals: int
    peaks: int
    windows: int
    gaps: int
    latest_days: int
    latest_value_slots: int
    latest_at_slots: int
    first_at_slots: int
    open_items: int
    tallies: int
    count_windows: int
    value_windows: int
    edges: int


class Account:
    """All state of one account. Buckets and sums hold at `current_bucket`, the bucket of `as_of_ms`.

    List indexes are those of the account's `Layout`.
    """

    __slots__ = (
        "as_of_ms",
        "changed_blocks",
        "changed_days",
        "changed_dependents",
        "current_bucket",
        "earlier",
        "edge_timers",
        "event_ids",
        "expired_counts",
        "first_at",
        "first_ms",
        "gap_cache",
        "has_between",
        "is_borne_out",
        "is_past_bounds",
        "items_changed",
        "latest_at",
        "latest_days",
        "latest_ms",
        "latest_values",
        "newest_day",
        "next_due",
        "next_purge",
        "oldest_day",
        "open_items",
        "peak_cache",
        "sums",
        "tallies",
        "tiles",
        "totals",
        "value_counts",
        "window_cache",
    )

    def __init__(self, sizes: AccountSizes, as_of_ms: int) -> None:
        # Time: fold.fold.
        self.as_of_ms = as_of_ms
        self.current_bucket = as_of_ms // sizes.resolution_ms
        # Timers: fold.timers, and fold.windows for the edges.
        self.next_due = FAR
        """The first bucket after `current_bucket` at which the signals may change by themselves."""
        self.edge_timers: list[int] = [FAR] * sizes.edges
        """By edge: the first bucket after `current_bucket` at which something crosses it."""
        # Life: fold.life.
        self.first_ms = FAR
        self.latest_ms = -1
        """The first and last event of the latest stretch of the account's life; see `scoring.state.life`."""
        self.is_borne_out = self.has_between = False
        self.earlier: list[Stretch] = []
        """The earlier stretches."""
        # Days: fold.tiles.
        self.tiles: dict[int, Tile] = {}
        self.oldest_day = FAR
        self.newest_day = -1
        """All tiles lie between these two days, inclusive."""
        self.next_purge = FAR
        """No tile and no id can be dropped before this bucket."""
        self.changed_days: set[int] = set()
        # Windows over the days: fold.windows.
        self.sums: list[int] = [0] * sizes.count_windows
        self.value_counts: list[dict[int, int]] = [{} for _ in range(sizes.value_windows)]
        """By window: each value with the number of the window's buckets that hold it."""
        self.expired_counts: list[tuple[int, int, int]] = []
        """What left the windows in the latest step: (count window, day, events)."""
        # Daily totals: fold.totals.
        self.totals: list[dict[int, int]] = [{} for _ in range(sizes.daily_totals)]
        self.changed_blocks: set[int] = set()
        self.peak_cache: list[tuple[int, int, int] | None] = [None] * sizes.peaks
        self.window_cache: list[WindowTotals | None] = [None] * sizes.windows
        self.gap_cache: list[UseDays | None] = [None] * sizes.gaps
        self.latest_days: list[tuple[int, tuple[int, ...]] | None] = [None] * sizes.latest_days
        """Caches, written only by what reads daily totals. Their values are replaced, never changed."""
        # Latest values and instants: fold.latest.
        self.latest_values: list[LastValue | None] = [None] * sizes.latest_value_slots
        self.latest_at: list[int] = [-1] * sizes.latest_at_slots
        self.first_at: list[int] = [FAR] * sizes.first_at_slots
        # Items by id: fold.items.
        self.open_items: list[dict[int, Item]] = [{} for _ in range(sizes.open_items)]
        self.tallies: list[dict[int, Item]] = [{} for _ in range(sizes.tallies)]
        self.items_changed = False
        # Ids of events: fold.tiles.
        self.event_ids = EventIds()
        # Written by every step.
        self.is_past_bounds = False
        """Whether a bound of `scoring.model.schema.bounds` was passed since this was last read."""
        self.changed_dependents = 0
        """Bits of the components and conditions whose signals may have changed since `ScoreCache` took these bits."""

    @property
    def stretches(self) -> list[Stretch]:
        """The stretches of the account's life, ascending; empty before its first event."""
        return [] if self.first_ms == FAR else [*self.earlier, (self.first_ms, self.latest_ms, self.has_between)]

    @property
    def oldest_ms(self) -> int:
        """The instant of the oldest event, FAR before any."""
        return self.earlier[0][0] if self.earlier else self.first_ms
