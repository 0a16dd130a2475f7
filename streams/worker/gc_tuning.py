"""How often Python looks for garbage in a process that holds many objects for long, and next to none in cycles.

By default it looks through the youngest with every 700 objects, and through all whenever they have grown by a quarter:
a seventh of a worker's time.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 10_000, 20, 1_000
"""The youngest are looked through after so many new ones (a millisecond), those that survived it after so many times,
and all of them after so many times that."""


def look_seldom() -> None:
    """Set the pace of a process."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def leave_alone() -> None:
    """Never look at what there is now: state that was just restored stays for long."""
    gc.freeze()
