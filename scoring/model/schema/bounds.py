"""Bounds of the state of one account. They are part of a signal's meaning, in the fold and in the oracle alike.

What is kept within a bound does not depend on the order of events.
"""

from __future__ import annotations

from scoring.instants import DAY_MS

ITEMS_MAX = 2_048
"""Items of one `open`, or of one `last` with `by`: those with the latest events are kept."""
VALUES_MAX = 4_096
"""Pairs of bucket and value of one `distinct` on one day. The values with the smallest fingerprints are kept, each with
all its buckets, as many as fit."""
PAUSE_MIN_MS = 30 * DAY_MS
"""The least `pause_max`: it bounds the number of stretches."""
ORDER_MAX = 200
"""The most names in `order`: a rank has eight bits."""
