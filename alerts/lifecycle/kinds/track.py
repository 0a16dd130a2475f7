"""What a look at an account records of a rule while it decides nothing. Values; `CompiledRule.track` makes them."""

from __future__ import annotations

from typing import NamedTuple


class Track(NamedTuple):
    """The highest score of a span, in hundredths of a point, as `alerts.lifecycle.kinds.span` keeps it in `memory`.

    It holds when the score is more than `limit` below the highest of the last `within_ms`; `holds` says whether it does
    now. A look records the score; it decides something when the track begins or ends to hold.
    """

    limit: int
    within_ms: int
    holds: bool
    memory: tuple[int, ...]
