"""Stands in for queries that are still without a module of their own: the least answer of each."""

from __future__ import annotations

from dashboard.queries.ground import Ground
from dashboard.values.sources import SourcesView


async def sources(ground: Ground) -> SourcesView:
    """Nothing is known."""
    return SourcesView(
        words="",
        as_of_ms=ground.book.as_of_ms,
        sources=(),
        lag=(),
        dead_letters=(),
        dead_letters_total=0,
        unattributed=(),
        unattributed_total=0,
    )
