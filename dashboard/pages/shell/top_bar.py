"""What the top bar counts: asked again in the background, so that no page waits for it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Final

from dashboard.queries.port import BadRequest, Queries
from streams.read_model.port import ReadModelUnavailable

KEPT_SECONDS: Final = 10.0
FIRST_WAIT_SECONDS: Final = 0.5
"""How long the first page of a process waits for the counts."""
_NONE: Final[Mapping[str, int]] = {"actions": 0, "alerts": 0, "sources": 0}
_LOG = logging.getLogger(__name__)


class TopBar:
    """Of all readers. Mutable. `counts` are by page."""

    def __init__(self) -> None:
        self.counts: Mapping[str, int] = _NONE
        self._asked_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    async def refresh(self, asked: Queries) -> None:
        """Ask again where it is time to; the first time, wait a little for the answer."""
        now = time.monotonic()
        is_first = self._asked_at == float("-inf")
        if now - self._asked_at > KEPT_SECONDS and (self._task is None or self._task.done()):
            self._asked_at = now
            self._task = asyncio.create_task(self._ask(asked))
        if is_first and self._task is not None:
            await asyncio.wait({self._task}, timeout=FIRST_WAIT_SECONDS)

    async def _ask(self, asked: Queries) -> None:
        """What does not answer keeps its last count."""
        try:
            actions, alerts = await asyncio.gather(asked.actions(""), asked.alerts())
            self.counts = {**self.counts, "actions": len(actions.items), "alerts": len(alerts.cases)}
            sources = await asked.sources()
            troubled = sum(line.state in ("late", "stopped") for line in sources.sources)
            self.counts = {**self.counts, "sources": troubled + bool(sources.dead_letters_total)}
        except (ReadModelUnavailable, BadRequest) as error:
            _LOG.warning("the counts of the top bar stay as they were: %s", error)
