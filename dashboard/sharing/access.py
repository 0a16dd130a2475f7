"""Who asked for which link, and how often: counted in bounded memory, and logged as one line a link and address."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Final

from streams.kafka.sending import NotSent
from streams.workspace.audit import Audit
from streams.workspace.records import Act

LINES_MAX: Final = 500
"""Links and addresses in one span; what is beyond is counted under no address."""
LOG_SECONDS: Final = 60.0
_LOG = logging.getLogger(__name__)


class Accesses:
    """Counts, and from time to time writes to the log of acts. One event loop owns it."""

    def __init__(self, audit: Audit, now_ms: Callable[[], int]) -> None:
        self._audit = audit
        self._now_ms = now_ms
        self._counts: Counter[tuple[str, str]] = Counter()

    def note(self, share_id: str, address: str) -> None:
        """A link was shown."""
        key = (share_id, address)
        if key not in self._counts and len(self._counts) >= LINES_MAX:
            key = (share_id, "")
        self._counts[key] += 1

    async def run(self, stop: asyncio.Event) -> None:
        """Write every minute, and once more at the end."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(LOG_SECONDS):
                    await stop.wait()
            except TimeoutError:
                pass
            await self.flush()

    async def flush(self) -> None:
        """Write the counts. Those that cannot be written stay."""
        left, self._counts = self._counts, Counter()
        for (share_id, address), number in list(left.items()):
            line = Act(
                at_ms=self._now_ms(),
                person=f"share:{share_id}",
                role="viewer",
                act="share_view",
                target=share_id,
                outcome="done",
                detail=f"{number} request{'s' if number != 1 else ''}",
                door="share",
                address=address,
            )
            try:
                await self._audit.log(line)
            except NotSent as error:
                self._counts.update(left)
                _LOG.error("who asked for share links is not logged: %s", error)
                return
            del left[share_id, address]
