"""How far the book is filled, and whether it is kept up to date."""

from __future__ import annotations

from collections.abc import Callable


class Filling:
    """Mutable. `is_whole` is False while the book is being filled, `words` says how far that is.

    `trouble` says what does not answer, "" while all is well, `trouble_since_ms` since when; meanwhile the book keeps
    what it has.
    """

    def __init__(self) -> None:
        self.is_whole = False
        self.words = "The book is empty: it is being filled."
        self.trouble = ""
        self.trouble_since_ms = 0

    def read(self, accounts: int, of: int) -> None:
        """`accounts` have been read, of about `of`."""
        share = f" of about {of:,}" if of > accounts else ""
        self.words = f"{accounts:,}{share} accounts are read."

    def whole(self) -> None:
        """Everything is read."""
        self.is_whole, self.words = True, ""

    def troubled(self, error: Exception, now_ms: Callable[[], int]) -> bool:
        """Something does not answer; True when it did so far."""
        is_new = not self.trouble
        self.trouble = str(error)
        if is_new:
            self.trouble_since_ms = now_ms()
        return is_new

    def well(self) -> bool:
        """All is well; True when it was not."""
        was_troubled = bool(self.trouble)
        self.trouble, self.trouble_since_ms = "", 0
        return was_troubled
