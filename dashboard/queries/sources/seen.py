"""The state of Kafka at one instant. Only values."""

from __future__ import annotations

from dataclasses import dataclass, field

from dashboard.values.sources import DeadLetterLine, LagLine, UnattributedLine


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSeen:
    """An input topic: its last message, and how many came in the last day, and a day in the week before that.

    `last_ms` is None while there is none, `a_day` and `usual_a_day` where the broker does not say.
    """

    name: str
    last_ms: int | None
    a_day: float | None
    usual_a_day: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that was read. `trouble` says what could not be, "" for nothing."""

    at_ms: int
    topics: tuple[TopicSeen, ...] = ()
    lag: tuple[LagLine, ...] = ()
    dead_letters: tuple[DeadLetterLine, ...] = ()
    dead_letters_total: int = 0
    unattributed: tuple[UnattributedLine, ...] = ()
    unattributed_total: int = 0
    trouble: str = ""
    notes: tuple[str, ...] = field(default=())
