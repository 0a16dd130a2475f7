"""How the book is: whole or being filled, kept up to date or not. What stands around every page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BookState:
    """`tiers` have their lower bounds, the worst first.

    While it is not `is_whole`, `accounts` are those that are there so far. `trouble` says
    what does not answer, "" while all is well, `trouble_since_ms` since when; meanwhile it shows what it has.
    """

    accounts: int
    as_of_ms: int
    is_whole: bool
    tiers: tuple[tuple[str, float], ...]
    trouble: str = ""
    trouble_since_ms: int = 0
