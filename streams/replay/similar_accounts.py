"""Accounts of a file whose ids look alike, or are written in several ways. Bounded for any file."""

from __future__ import annotations

import msgspec

from scoring.event.ids import clean
from scoring.event.similar_ids import look_of

ACCOUNTS_MAX = 100_000
"""The number of accounts that are compared: the first ones in the file."""
GROUPS_MAX = 100
NAMES_MAX = 5
"""The number of names kept per group."""


class Spelled(msgspec.Struct, frozen=True, kw_only=True):
    """An account, and its other spellings. An id that is a number is not listed, because that is common."""

    account_id: str
    written: tuple[str, ...]


class SimilarAccounts:
    """Notes the accounts of a file as they come. Mutable."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._first: dict[str, str] = {}
        self._groups: dict[str, list[str]] = {}
        self._written: dict[str, list[str]] = {}

    def note(self, account_id: str, written: str) -> None:
        """Note one event of an account. `written` is the id as it was written; "" if it was not a string."""
        if account_id not in self._seen and len(self._seen) < ACCOUNTS_MAX:
            self._seen.add(account_id)
            look = look_of(account_id)
            first = self._first.setdefault(look, account_id)
            if first != account_id:
                _add(self._groups, look, account_id, [first])
        if written and written != account_id and clean(written) == account_id:
            _add(self._written, account_id, written, [])

    def twins(self) -> tuple[tuple[str, ...], ...]:
        """Groups of different accounts whose ids look alike, sorted."""
        return tuple(sorted(tuple(sorted(group)) for group in self._groups.values()))

    def spelled(self) -> tuple[Spelled, ...]:
        """Accounts that were written in several ways and count as one."""
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
