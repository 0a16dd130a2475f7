"""How a source does: its last event, its rate against its own usual, its last error. Of this process alone. No I/O."""

from __future__ import annotations

from typing import Final

import msgspec

MINUTES = 5
"""The rate is that of this many minutes."""
LEARNED = 0.1
"""The share of a new five minutes in the usual of their hour: about ten of them are remembered."""
_MINUTES_OF_DAY = 1_440


class SourceReport(msgspec.Struct, frozen=True, kw_only=True):
    """One source in `GET /v1/sources`. Instants are milliseconds, 0 for never. `usual` is None until it is known: the
    events that five minutes of this hour of the day usually have, in UTC."""

    source: str
    kind: str
    url: str
    is_insecure: bool
    last_event_ms: int
    events_5m: int
    usual_5m: float | None
    taken: int
    refused: int
    failed: int
    last_error_ms: int
    last_error: str


class SourceHealth:
    """Counts of one source. `now` is Unix time in seconds, and does not go back."""

    def __init__(self, source: str, kind: str, url: str, *, is_insecure: bool) -> None:
        self._source: Final = source
        self._kind: Final = kind
        self._url: Final = url
        self._is_insecure: Final = is_insecure
        self._counts: Final = [0] * MINUTES
        self._usual: Final[list[float | None]] = [None] * 24
        self._minute = 0
        self._last_event = 0.0
        self._taken = self._refused = self._failed = 0
        self._last_error, self._error_at = "", 0.0

    def took(self, events: int, refused: int, now: float) -> None:
        """A request was taken with this many events."""
        self._advance(now)
        self._counts[self._minute % MINUTES] += events
        self._taken += events
        self._refused += refused
        if events:
            self._last_event = now

    def failed(self, words: str, now: float) -> None:
        """A request was not taken."""
        self._failed += 1
        self._last_error, self._error_at = words[:300], now

    def _advance(self, now: float) -> None:
        minute = int(now // 60)
        if not self._minute:
            self._minute = minute
        first = max(self._minute, minute - _MINUTES_OF_DAY) + 1
        for each in range(first, minute + 1):
            if each % MINUTES == 0:
                self._learn((each - MINUTES) // 60 % 24)
            self._counts[each % MINUTES] = 0
        self._minute = max(self._minute, minute)

    def _learn(self, hour: int) -> None:
        count, usual = sum(self._counts), self._usual[hour]
        self._usual[hour] = float(count) if usual is None else usual + LEARNED * (count - usual)

    def report(self, now: float) -> SourceReport:
        """How the source does at `now`."""
        self._advance(now)
        usual = self._usual[int(now // 3_600) % 24]
        return SourceReport(
            source=self._source,
            kind=self._kind,
            url=self._url,
            is_insecure=self._is_insecure,
            last_event_ms=int(self._last_event * 1_000),
            events_5m=sum(self._counts),
            usual_5m=None if usual is None else round(usual, 1),
            taken=self._taken,
            refused=self._refused,
            failed=self._failed,
            last_error_ms=int(self._error_at * 1_000),
            last_error=self._last_error,
        )
