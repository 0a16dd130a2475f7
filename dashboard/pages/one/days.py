"""The timeline by day: which entries a filter keeps, and what stands at the head of a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.values.account import TimelineEntry
from dashboard.wording.look import Look
from dashboard.wording.times import day_text, local

KINDS: Final[Mapping[str, str]] = {
    "all": "All",
    "moved": "Moved the score",
    "alerts": "Alerts",
    "people": "People",
}
FIRST: Final = 25
"""Entries that the page shows before «earlier ones»."""


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """A day of the reader's zone with its entries, the newest first."""

    head: str
    entries: tuple[TimelineEntry, ...]


def kept(entries: Iterable[TimelineEntry], kind: str) -> tuple[TimelineEntry, ...]:
    """What a filter of `KINDS` keeps."""
    match kind:
        case "moved":
            return tuple(entry for entry in entries if entry.points is not None)
        case "alerts":
            return tuple(entry for entry in entries if entry.kind == "alert")
        case "people":
            return tuple(entry for entry in entries if entry.kind == "person")
        case _:
            return tuple(entries)


def by_day(look: Look, entries: Sequence[TimelineEntry]) -> tuple[TimelineDay, ...]:
    """The entries under their days, in the order in which they come."""
    days: dict[str, list[TimelineEntry]] = {}
    today = look.today()
    for entry in entries:
        day = local(entry.at_ms, look.zone).date()
        words = day_text(day, today)
        days.setdefault(f"Today, {words}" if day == today else words, []).append(entry)
    return tuple(TimelineDay(head, tuple(found)) for head, found in days.items())
