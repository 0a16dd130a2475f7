"""Who listens, and to which rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from dashboard.live.frames import frame
from dashboard.live.listener import Listener

STALE_SECONDS: Final[Mapping[str, float]] = {
    "account": 1.0,
    "actions": 5.0,
    "alerts": 5.0,
    "portfolio": 15.0,
    "sources": 15.0,
    "team": 60.0,
    "model": 60.0,
}
"""How often at most a page whose rows are not sent hears that it is stale; pages not named never do."""
STALE: Final = frame("", "stale")


class Audience:
    """The open streams. Those with rows are found by row; the others hear when they are stale."""

    def __init__(self) -> None:
        self._by_key: dict[str, set[Listener]] = {}
        self._of_all: set[Listener] = set()
        self._pages: dict[Listener, float] = {}
        self._stale: set[Listener] = set()
        self._all: set[Listener] = set()

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Listener]:
        return iter(tuple(self._all))

    def add(self, listener: Listener, *, has_rows: bool) -> None:
        """One more. With rows it hears of each, without them that it is stale."""
        self._all.add(listener)
        if not has_rows:
            self._pages[listener] = float("-inf")
        elif listener.keys is None:
            self._of_all.add(listener)
        else:
            for key in listener.keys:
                self._by_key.setdefault(key, set()).add(listener)

    def remove(self, listener: Listener) -> bool:
        """It is gone. False when it was before."""
        if listener not in self._all:
            return False
        for group in (self._all, self._of_all, self._stale):
            group.discard(listener)
        self._pages.pop(listener, None)
        for key in listener.keys or ():
            others = self._by_key.get(key, set())
            others.discard(listener)
            if not others:
                self._by_key.pop(key, None)
        return True

    def hears(self, key: str) -> bool:
        """Whether somebody is sent this row."""
        return bool(self._of_all) or key in self._by_key

    def of(self, key: str) -> tuple[Listener, ...]:
        """Those who are sent this row."""
        return (*self._by_key.get(key, ()), *self._of_all)

    def changed(self, keys: frozenset[str]) -> None:
        """These rows changed: pages that show one of them, or any of the book, are stale."""
        for listener in self._pages:
            if not listener.keys or not keys.isdisjoint(listener.keys):
                self._stale.add(listener)

    def tell_stale(self, now: float) -> bool:
        """Tell those whose time has come; whether some still wait."""
        for listener in tuple(self._stale):
            every = STALE_SECONDS.get(listener.page)
            if every is None:
                self._stale.discard(listener)
            elif now - self._pages[listener] >= every:
                self._pages[listener] = now
                self._stale.discard(listener)
                listener.put("stale", STALE)
        return bool(self._stale)
