"""How one reader sees numbers: their zone, now, the book's currency and the model's tiers in one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo

from dashboard.wording import numbers, times

TIERS = (("red", 0.0), ("yellow", 45.0), ("green", 75.0))
"""The tiers of the preset, where the model's own are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`tiers` with their lower bounds, the worst first. Every method gives text, «–» for None."""

    now_ms: int
    zone: tzinfo = UTC
    currency: str = "USD"
    tiers: tuple[tuple[str, float], ...] = TIERS
    bounds: tuple[float, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "bounds", tuple(bound for _, bound in self.tiers if bound > 0))

    def tone(self, tier: str) -> str:
        """The colour and shape of a tier, as a class: "red" for the worst, "green" for the best, "none" for none.

        A list of four or more has "yellow" above its worst and "mid" between.

        >>> [Look(now_ms=0, tiers=(("a", 0), ("b", 25), ("c", 50), ("d", 75))).tone(tier) for tier in "abcdx"]
        ['red', 'yellow', 'mid', 'green', 'none']
        """
        names = [name for name, _ in self.tiers]
        if tier not in names:
            return tier if tier in ("red", "yellow", "green") else "none"
        place = names.index(tier)
        if place == len(names) - 1:
            return "green"
        return ("red", "yellow", "mid")[min(place, 2)]

    def bands(self) -> tuple[tuple[str, float, float], ...]:
        """The tiers as (tone, from, to), the worst first.

        >>> Look(now_ms=0).bands()
        (('red', 0.0, 45.0), ('yellow', 45.0, 75.0), ('green', 75.0, 100.0))
        """
        ends = (*(bound for _, bound in self.tiers[1:]), 100.0)
        return tuple((self.tone(name), low, high) for (name, low), high in zip(self.tiers, ends, strict=True))

    def tier_of(self, score: float) -> str:
        """The tier that a score lies in.

        >>> Look(now_ms=0).tier_of(75.0)
        'green'
        """
        return next((name for name, low in reversed(self.tiers) if score >= low), self.tiers[0][0])

    def today(self) -> date:
        return times.local(self.now_ms, self.zone).date()

    def score(self, score: float | None) -> str:
        return numbers.score_text(score, self.bounds)

    def moved(self, before: float | None, after: float | None) -> str:
        return numbers.moved_text(before, after, self.bounds)

    def short_score(self, score: float | None) -> str:
        return numbers.short_score_text(score, self.bounds)

    def places(self, score: float | None) -> int:
        """The decimals of a score and of the points that add up to it."""
        return 1 if score is None else numbers.score_decimals(score, self.bounds)

    def points(self, points: float | None, places: int = 1) -> str:
        return numbers.points_text(points, places)

    def delta(self, points: float | None, places: int = 1) -> str:
        return numbers.delta_text(points, places)

    def is_slight(self, points: float | None) -> bool:
        return numbers.is_slight(points)

    def money(self, amount: float | None) -> str:
        return numbers.money_text(amount, self.currency)

    def money_change(self, amount: float | None) -> str:
        return numbers.money_text(amount, self.currency, signed=True)

    def axis_money(self, amount: float) -> str:
        return numbers.axis_money(amount, self.currency)

    def percent(self, share: float | None, decimals: int = 0) -> str:
        return numbers.percent_text(share, decimals)

    def percent_change(self, share: float | None, decimals: int = 0) -> str:
        return numbers.percent_text(share, decimals, signed=True)

    def number(self, value: float | None, decimals: int = 1) -> str:
        return numbers.number_text(value, decimals)

    def day(self, at_ms: int | None, *, weekday: bool = True) -> str:
        if at_ms is None:
            return numbers.NOTHING
        return times.day_text(times.local(at_ms, self.zone).date(), self.today(), weekday=weekday)

    def iso_day(self, text: str, *, weekday: bool = False) -> str:
        """A day of an ISO date; the text itself where it is none."""
        day = times.iso_day(text)
        return times.day_text(day, self.today(), weekday=weekday) if day else text or numbers.NOTHING

    def instant(self, at_ms: int | None, *, weekday: bool = True) -> str:
        return numbers.NOTHING if at_ms is None else times.instant_text(at_ms, self.now_ms, self.zone, weekday=weekday)

    def time(self, at_ms: int) -> str:
        """Hours and minutes."""
        return f"{times.local(at_ms, self.zone):%H:%M}"

    def clock(self, at_ms: int) -> str:
        return times.clock_text(at_ms, self.zone)

    def whole(self, at_ms: int | None) -> str:
        return "" if at_ms is None else times.whole_text(at_ms, self.zone)

    def machine(self, at_ms: int) -> str:
        return times.machine_text(at_ms)

    def since(self, at_ms: int) -> str:
        """How long ago: «1 d 22 h»."""
        return times.span_text(max(0, self.now_ms - at_ms))

    def until(self, at_ms: int) -> str:
        """How long still: «2 d 4 h», «0 min» once it is over."""
        return times.span_text(max(0, at_ms - self.now_ms))

    def ago(self, at_ms: int | None) -> str:
        """In days of the calendar: «today», «4 d»."""
        if at_ms is None:
            return numbers.NOTHING
        days = times.days_ago(at_ms, self.now_ms, self.zone)
        return "today" if days <= 0 else f"{days} d"


def initials(name: str) -> str:
    """At most two letters for a person; «?» where the name has none.

    >>> initials("Ines Carvalho"), initials("ines@example.com"), initials("")
    ('IC', 'I', '?')
    """
    parts: Sequence[str] = name.split("@")[0].replace(".", " ").replace("_", " ").split()
    letters = [part[0].upper() for part in parts if part[0].isalpha()]
    return "".join((letters[0], letters[-1]) if len(letters) > 1 else letters) or "?"
