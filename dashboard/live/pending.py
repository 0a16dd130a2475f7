"""Accounts whose rows are to be sent: each at most once a second, however often it changes."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.live.latest import place_of


class Pending:
    """Each account with the place of the stream before its first change that was not sent."""

    def __init__(self, every_seconds: float) -> None:
        self._every = every_seconds
        self._waiting: dict[str, str] = {}
        self._sent: dict[str, float] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, account_id: str, before: str) -> bool:
        """It changed, and `before` is the place before that. False when it was waiting already."""
        if account_id in self._waiting:
            return False
        self._waiting[account_id] = before
        return True

    def due(self, now: float) -> dict[str, str]:
        """Those that may be sent now; they wait no longer."""
        self._sent = {account_id: at for account_id, at in self._sent.items() if now - at < self._every}
        due = {account_id: before for account_id, before in self._waiting.items() if account_id not in self._sent}
        for account_id in due:
            del self._waiting[account_id]
            self._sent[account_id] = now
        return due

    def again(self, due: Mapping[str, str]) -> None:
        """They could not be sent, and wait again."""
        self._waiting = {**self._waiting, **due}

    def mark(self, last: str) -> str:
        """The place until where everything has been sent, where `last` is the newest one."""
        filling = place_of(last).filling if last else ""
        return min(self._waiting.values(), key=lambda before: _order(before, filling), default=last)


def _order(before: str, filling: str) -> tuple[bool, int]:
    """What is of another filling comes first: nobody can be resumed from there."""
    place = place_of(before) if before else None
    return (place is not None and place.filling == filling, place.number if place else 0)
