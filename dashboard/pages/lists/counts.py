"""How many accounts each view holds, asked again after some seconds only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dashboard.pages.lists.views import ListView
from dashboard.queries.port import BadRequest, Queries
from dashboard.values.listing import ListRequest

KEPT_SECONDS: Final = 5.0
_MOST: Final = 2_000


class ViewCounts:
    """Of all readers: two with the same view share its count. Mutable."""

    def __init__(self) -> None:
        self._kept: dict[ListRequest, tuple[float, int]] = {}

    async def of(self, asked: Queries, views: Sequence[ListView]) -> dict[str, int]:
        """By the view's name; a view that cannot be answered is left out."""
        wanted = [view for view in views if view.counts]
        counts = await asyncio.gather(*(self._count(asked, view.request) for view in wanted))
        return {view.name: count for view, count in zip(wanted, counts, strict=True) if count is not None}

    async def _count(self, asked: Queries, request: ListRequest) -> int | None:
        plain = replace(request, limit=1, cursor="", sort="score", is_descending=False, group=False)
        now = time.monotonic()
        kept = self._kept.get(plain)
        if kept is not None and kept[0] > now:
            return kept[1]
        try:
            listing = await asked.accounts(plain)
        except BadRequest:
            return None
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[plain] = (now + KEPT_SECONDS, listing.total.accounts)
        return listing.total.accounts
