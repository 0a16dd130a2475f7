"""What became of the accounts: who left, when, and by which definition. Values only."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scoring.plurals import counted

NAMED = 5
"""The number of accounts that a note names."""


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something about the input that a reader must know: how often it happened, and the first accounts, if any."""

    code: str
    count: int
    words: str
    accounts: tuple[str, ...] = ()


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """Each account's first outcome, in milliseconds; an account that is not there stayed until `observed_until_ms`.

    `definition` says in words what an outcome is. `left_ms` is when an account left, where that is another matter than
    the outcome. `unknown` are accounts of which nobody knows. `segments` are those of a labels file.
    """

    kind: str
    definition: str
    at_ms: dict[str, int]
    observed_until_ms: int
    left_ms: dict[str, int] = {}
    unknown: frozenset[str] = frozenset()
    segments: dict[str, str] = {}
    notes: tuple[Note, ...] = ()


def note(code: str, accounts: Sequence[str], words: str) -> Note:
    """A note about `accounts`, with their number before the words.

    >>> note("unknown", ["acme"], "without any event").words
    '1 account without any event'
    """
    text = f"{counted(len(accounts), 'accounts')} {words}"
    return Note(code=code, count=len(accounts), words=text, accounts=tuple(accounts[:NAMED]))
