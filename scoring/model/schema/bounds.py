"""Bounds of what is kept of one account: they are part of what a signal means, in the fold and in the oracle alike.

Which part is kept does not depend on the order in which events come.
"""

from __future__ import annotations

from scoring.instants import DAY_MS

ITEMS_MAX = 2_048
"""Items of one `open`, or of one `last` with `by`: those that were told of last are kept."""
VALUES_MAX = 4_096
"""Pairs of bucket and value of one `distinct` on one day. Values with the smallest fingerprints are kept, each with all
its buckets, as many as fit."""
PAUSE_MIN_MS = 30 * DAY_MS
"""No model may have a shorter pause: it bounds how many stretches there can be."""
ORDER_MAX = 200
"""Names that a model may put into an order: a rank has eight bits."""
