"""One open stream: what it shows, and what waits to be sent to it."""

from __future__ import annotations

import asyncio
from typing import Final

from dashboard.live.frames import BEAT, frame, mark

WAITING_MAX: Final = 400
RESYNC: Final = frame("", "resync")


class Listener:
    """At most one waiting event a row, and at most `waiting_max` in all: beyond, all are dropped for one `resync`."""

    def __init__(self, page: str, view: str, keys: frozenset[str] | None, *, waiting_max: int = WAITING_MAX) -> None:
        """`keys` are the rows that it shows; None for every account."""
        self.page = page
        self.view = view
        self.keys = keys
        self.mark = ""
        self._most = waiting_max
        self._waiting: dict[str, bytes] = {}
        self._is_ended = False
        self._news = asyncio.Event()

    @property
    def is_ended(self) -> bool:
        return self._is_ended

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return len(self._waiting)

    def put(self, name: str, event: bytes) -> bool:
        """`event` is to be sent, in place of one of the same name that still waits. False when there are too many, and
        all of them became one `resync`."""
        if "resync" in self._waiting and name not in ("bar", "state"):
            return True  # the page is to be fetched whole
        self._waiting.pop(name, None)
        self._waiting[name] = event
        self._news.set()
        if len(self._waiting) <= self._most:
            return True
        self.resync()
        return False

    def resync(self) -> None:
        """Drop what waits: the page is to be fetched again."""
        kept = {name: event for name, event in self._waiting.items() if name in ("bar", "state")}
        self._waiting = {**kept, "resync": RESYNC}
        self._news.set()

    def end(self) -> None:
        """Nothing more is sent."""
        self._is_ended = True
        self._news.set()

    async def take(self, beat_seconds: float) -> bytes:
        """All that waits, with the mark until where it reaches; a comment when nothing came for so long."""
        try:
            async with asyncio.timeout(beat_seconds):
                await self._news.wait()
        except TimeoutError:
            return BEAT + (mark(self.mark) if self.mark else b"")
        self._news.clear()
        events = b"".join(self._waiting.values())
        self._waiting = {}
        return events + (mark(self.mark) if events and self.mark else b"")
