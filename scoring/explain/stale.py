"""Feeds that have stopped, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS, parse_instant


def stale_words(stale: Mapping[str, str], at_ms: int) -> str:
    """What stands still in a score, and for how long at an instant; "" for nothing. `stale` is that of the snapshot.

    >>> stale_words({"exceptions": "1970-01-01T00:00:00Z", "errors": "1970-01-01T02:10:00Z"}, 3 * 3_600_000)
    'stale: exceptions, 3 h; errors, 50 min'
    """
    said = [f"{name}, {_span(at_ms - parse_instant(since))}" for name, since in stale.items()]
    return f"stale: {'; '.join(said)}" if said else ""


def _span(span_ms: int) -> str:
    for unit, size in (("d", 2 * DAY_MS), ("h", HOUR_MS)):
        if span_ms >= size:
            return f"{span_ms // (DAY_MS if unit == 'd' else HOUR_MS)} {unit}"
    return f"{max(0, span_ms) // MINUTE_MS} min"
