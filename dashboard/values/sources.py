"""Where the numbers come from: freshness, what could not be used, and whose account is not known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """An input topic or a source of the gateway. `state` is "fresh", "late", "stopped" or "never"."""

    name: str
    label: str
    last_event_ms: int | None
    a_day: float | None
    usual_a_day: float | None
    state: str
    accounts: int
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LagLine:
    """How far a consumer group is behind: messages, summed over partitions."""

    role: str
    group: str
    lag: int
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterLine:
    """A dead letter: where it came from, why, and when; `id` names it for a replay."""

    id: str
    at_ms: int
    topic: str
    reason: str
    words: str
    account_id: str
    can_replay: bool
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnattributedLine:
    """A foreign id that no alias leads from: how many events wait for it, and since when."""

    kind: str
    id: str
    events: int
    since_ms: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesView:
    """The sources page. `trouble` says what cannot be read at the moment, "" for nothing."""

    words: str
    as_of_ms: int
    sources: tuple[SourceLine, ...]
    lag: tuple[LagLine, ...]
    dead_letters: tuple[DeadLetterLine, ...]
    dead_letters_total: int
    unattributed: tuple[UnattributedLine, ...]
    unattributed_total: int
    trouble: str = ""
