"""The life of an account: stretches of time without a silence longer than the model's `pause_max`.

The account's age counts from the first *borne out* stretch, or else from the latest. So an event from an unset clock,
years before all others, is late data and does not start the account's life. The stretches do not depend on the order
of events. There is at most one for each pause since `EARLIEST_MS`.
"""

from __future__ import annotations

from collections.abc import Iterable

from scoring.instants import DAY_MS

BORNE_OUT_MS = 7 * DAY_MS
"""A stretch is borne out by events on at least three days, the first and the last of them this far apart."""

Stretch = tuple[int, int, bool]
"""(first instant, last instant, whether there are events on a day between those two days)."""


def joined(stretches: Iterable[Stretch], pause_ms: int) -> list[Stretch]:
    """Stretches (in any order) in ascending order, joined when at most `pause_ms` apart.

    From the first borne-out stretch on, all is one stretch, whatever pauses follow.

    >>> joined([(100, 100, False), (7, 9, False), (12, 20, False)], 10)
    [(7, 20, False), (100, 100, False)]
    """
    life: list[Stretch] = []
    for stretch in sorted(stretches):
        if life and (is_borne_out(life[-1]) or stretch[0] - life[-1][1] <= pause_ms):
            life[-1] = _one(life[-1], stretch)
        else:
            life.append(stretch)
    return life


def is_borne_out(stretch: Stretch) -> bool:
    """Whether the stretch may start an account's life."""
    first, last, has_between = stretch
    return has_between and last - first >= BORNE_OUT_MS


def _one(earlier: Stretch, later: Stretch) -> Stretch:
    """The stretch from the start of the first to the end of both."""
    first, last = earlier[0], max(earlier[1], later[1])
    inside = (earlier[1], later[0], later[1])
    has_between = any(first // DAY_MS < each // DAY_MS < last // DAY_MS for each in inside)
    return first, last, earlier[2] or later[2] or has_between
