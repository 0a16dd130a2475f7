"""The accounts of a file that look alike, or are written in several ways. Bounded, whatever the file."""

from __future__ import annotations

import msgspec

from scoring.event.ids import clean
from scoring.event.similar_ids import look_of

ACCOUNTS_MAX = 100_000
"""Accounts that are compared, the first of the file."""
GROUPS_MAX = 100
NAMES_MAX = 5
"""Names that are kept of one group."""


class Spelled(msgspec.Struct, frozen=True, kw_only=True):
    """An account, and how else it was written: as a number is not told, for that is common."""

    account_id: str
    written: tuple[str, ...]


class Lookalikes:
    """Notes the accounts of a file as they come. Mutable."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._first: dict[str, str] = {}
        self._groups: dict[str, list[str]] = {}
        self._written: dict[str, list[str]] = {}

    def note(self, account_id: str, written: str) -> None:
        """One more event of an account, whose id was `written` so, "" where it was no text of its own."""
        if account_id not in self._seen and len(self._seen) < ACCOUNTS_MAX:
            self._seen.add(account_id)
            look = look_of(account_id)
            first = self._first.setdefault(look, account_id)
            if first != account_id:
                _add(self._groups, look, account_id, [first])
        if written and written != account_id and clean(written) == account_id:
            _add(self._written, account_id, written, [])

    def twins(self) -> tuple[tuple[str, ...], ...]:
        """Accounts that are counted apart and look alike, each group in order, the groups too."""
        return tuple(sorted(tuple(sorted(group)) for group in self._groups.values()))

    def spelled(self) -> tuple[Spelled, ...]:
        """Accounts that came in several spellings, which are taken for one."""
        return tuple(
            Spelled(account_id=account_id, written=tuple(sorted(written)))
            for account_id, written in sorted(self._written.items())
        )


def _add(groups: dict[str, list[str]], key: str, name: str, begins: list[str]) -> None:
    if key not in groups and len(groups) >= GROUPS_MAX:
        return
    group = groups.setdefault(key, begins)
    if name not in group and len(group) < NAMES_MAX:
        group.append(name)
