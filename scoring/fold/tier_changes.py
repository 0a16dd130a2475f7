"""The tier changes of a whole history under one plan, and the differences between two such lists. No IO."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from scoring.instants import DAY_MS

MOVED_WITHIN_MS = 7 * DAY_MS
"""Two changes of an account between the same tiers count as one that moved when they are at most this far apart."""


class TierChange(msgspec.Struct, frozen=True, order=True, kw_only=True):
    """An account changed from one tier to another at `at_ms` (milliseconds since 1970)."""

    at_ms: int
    account_id: str
    from_tier: str
    to_tier: str


class TierHistory(msgspec.Struct, frozen=True, kw_only=True):
    """All tier changes, ordered by time, then account, and the ids of all accounts seen."""

    accounts: frozenset[str]
    changes: tuple[TierChange, ...]


class TierDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A tier change that the second history adds, lacks, or has at another instant.

    `before_ms` is its instant in the first history, None when it was added; `after_ms` that in the second, None when it
    was removed.
    """

    account_id: str
    change: Literal["added", "removed", "moved"]
    from_tier: str
    to_tier: str
    before_ms: int | None
    after_ms: int | None


class TierComparison(msgspec.Struct, frozen=True, kw_only=True):
    """The differences, ordered by time, then account, and how many tier changes are `unchanged`."""

    differences: tuple[TierDifference, ...]
    unchanged: int

    def count(self, change: Literal["added", "removed", "moved"]) -> int:
        """The number of differences of this kind."""
        return sum(difference.change == change for difference in self.differences)

    @property
    def touched(self) -> frozenset[str]:
        """The accounts with any difference."""
        return frozenset(difference.account_id for difference in self.differences)


def compare(
    before: Iterable[TierChange], after: Iterable[TierChange], within_ms: int = MOVED_WITHIN_MS
) -> TierComparison:
    """Compare two histories.

    Changes of an account between the same tiers at the same instant are unchanged. Of the rest, the nearest pairs at
    most `within_ms` apart count as one that moved (the earliest of equally near ones first).

    >>> fall = TierChange(account_id="acme", at_ms=0, from_tier="green", to_tier="red")
    >>> later = TierChange(account_id="acme", at_ms=5, from_tier="green", to_tier="red")
    >>> [(each.change, each.before_ms, each.after_ms) for each in compare([fall], [later]).differences]
    [('moved', 0, 5)]
    >>> [(each.change, each.before_ms, each.after_ms) for each in compare([fall], [later], 4).differences]
    [('removed', 0, None), ('added', None, 5)]
    """
    earlier, later = _instants(before), _instants(after)
    differences: list[TierDifference] = []
    unchanged = 0
    for key in earlier.keys() | later.keys():
        was, now = earlier.get(key, set()), later.get(key, set())
        unchanged += len(was & now)
        differences += _differences(key, was - now, now - was, within_ms)
    return TierComparison(differences=tuple(sorted(differences, key=_order)), unchanged=unchanged)


_Key = tuple[str, str, str]
"""(account_id, from_tier, to_tier)"""


def _instants(changes: Iterable[TierChange]) -> dict[_Key, set[int]]:
    found: dict[_Key, set[int]] = {}
    for change in changes:
        found.setdefault((change.account_id, change.from_tier, change.to_tier), set()).add(change.at_ms)
    return found


def _differences(key: _Key, was: set[int], now: set[int], within_ms: int) -> Iterator[TierDifference]:
    account_id, from_tier, to_tier = key

    def difference(
        change: Literal["added", "removed", "moved"], before_ms: int | None, after_ms: int | None
    ) -> TierDifference:
        return TierDifference(
            account_id=account_id,
            change=change,
            from_tier=from_tier,
            to_tier=to_tier,
            before_ms=before_ms,
            after_ms=after_ms,
        )

    near = sorted((abs(old - new), old, new) for old in was for new in now if abs(old - new) <= within_ms)
    for _, old, new in near:
        if old in was and new in now:
            was.remove(old)
            now.remove(new)
            yield difference("moved", old, new)
    yield from (difference("removed", old, None) for old in was)
    yield from (difference("added", None, new) for new in now)


def _order(difference: TierDifference) -> tuple[int, str, str, str, str]:
    instants = [each for each in (difference.before_ms, difference.after_ms) if each is not None]
    return (min(instants), difference.account_id, difference.from_tier, difference.to_tier, difference.change)
