"""The base of all compiled signals: how they are read, what they are read from, and their texts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import msgspec

from scoring.instants import DAY_MS, duration_words, parse_duration
from scoring.model import schema
from scoring.plan.facts import Facts
from scoring.result import Detail, Fact
from scoring.state.account import Account

Source = tuple[str, int]
"""The state that a signal is read from: a kind ("sum", "value_counts", "last", "last_at", "first", "open_items",
"tally", "age", or one of `TOTALS_SOURCES`) and its number."""
TOTALS_SOURCES = ("totals", "past_totals", "use_days")
"""Daily totals as a source: all of them, those that an event of today (or of the last `DailyTotals.lag` days) does not
change, and the days that have events."""
TIME: Source = ("time", 0)
"""The signal may change with time alone, apart from what crosses the edges of windows."""
DAY: Source = ("day", 0)
"""The signal may change with a new day of UTC."""
AGE: Source = ("age", 0)
"""The signal depends on the account's first event."""
VALUE = "="
"""`Change.vary` begins with it when the number is the value of a property, in one event."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change that people can make in an account: from `least` to `most` of an event, inclusive.

    `event` is its name, "" for any that the signal takes. `vary` is what must differ between the events ("user",
    "event", or a property; "" for nothing), or `VALUE` and a property. `pace` is how many the account does a day, 0
    when unknown.
    """

    topic: str
    event: str = ""
    where: tuple[schema.Where, ...] = ()
    vary: str = ""
    least: int = 1
    most: int = 1
    label: str = ""
    pace: float = 0.0
    item: str = ""
    """The property with the id of the item that the event closes."""
    closes: int = -1
    """The number of the open items that it closes, -1 for none."""


class Signal(ABC):
    """One compiled signal. `name` is its own in the model, `label` what it counts or measures, in words.

    Each kind also has a static method `compile`, which makes a signal from its table and asks a `Layout` for the state
    that it needs.
    """

    name: str
    label: str
    reach_ms: int = 0
    """How far back it looks, in milliseconds; 0 means for ever."""
    count_window: int = -1
    """The number of its count window, -1 for none."""
    count_span: str = ""
    """That window in words: «30-day», «earlier 14-day»."""
    is_silence: bool = False
    """Whether it grows when nothing happens."""

    counts_use: bool = False
    """Whether it measures use of the product."""

    @abstractmethod
    def number(self, account: Account) -> float | None:
        """The signal at the account's instant of judgement; None when it is unknown or a text."""

    def fact(self, account: Account) -> Fact:
        """The value as shown and exported."""
        return self.number(account)

    def behind(self, account: Account) -> tuple[int, ...]:
        """The whole numbers that its details and changes are made of, at the account's instant; () for none."""
        return ()

    def detail(self, behind: Sequence[int]) -> Detail | None:
        """Further facts for its text, from what is `behind` it, which is not empty; None for none."""
        return None

    @abstractmethod
    def text(self, facts: Facts) -> str:
        """The signal in words: «539 product events in 30 days»."""

    @abstractmethod
    def sources(self) -> tuple[Source, ...]:
        """The state it is read from: when none of it changed, neither did the signal."""

    def is_settled(self, account: Account) -> bool:
        """Whether no event before its state was kept could change it."""
        return self.fact(account) is not None

    @property
    def can_be_changed(self) -> bool:
        """Whether it may have `changes`."""
        return type(self).changes is not Signal.changes

    def changes(
        self, number: float | None, behind: Sequence[int], aims: Sequence[tuple[float, float]]
    ) -> Iterable[Change]:
        """The changes by people that affect it, from its number and what is `behind` it; `aims` are ranges within which
        a greater value is better."""
        return ()


def span_words(window: str, *, prior: bool) -> str:
    """«in 30 days», «in the 14 days before»."""
    span = duration_words(parse_duration(window))
    return f"in the {span} before" if prior else f"in {span}"


def age_ms(account: Account, resolution_ms: int) -> int:
    """Milliseconds since the account's first event, 0 before any; from bucket to bucket, so that it steps with them."""
    return max(0, account.current_bucket - account.first_ms // resolution_ms) * resolution_ms


def age_days(account: Account, resolution_ms: int) -> int:
    """Whole days since the account's first event, 0 before any."""
    return age_ms(account, resolution_ms) // DAY_MS


def filter_key(of: schema.Filtered, wheres: tuple[schema.Where, ...] | None = None) -> str:
    """The meaning of a filter, as part of an identity, with its own conditions on properties or other ones. Never
    change it: stored state would not be found again."""
    held = of.where if wheres is None else wheres
    where = f" {msgspec.json.encode(held).decode()}" if held else ""
    return f"{sorted(of.topics)} {sorted(of.events)} {sorted(of.exclude)} {sorted(of.also)}{where}"
