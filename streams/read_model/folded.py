"""A batch of changes folded into the accounts that it concerns. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from streams.read_model.port import Change, Written
from streams.read_model.records.account import Account, is_newer
from streams.read_model.records.closes import DAY_MS


class Folded(msgspec.Struct, frozen=True):
    """What became of a batch: the outcomes, and the accounts that it changed."""

    written: Written
    changed: Sequence[str]


def fold(accounts: Mapping[str, Account], changes: Iterable[Change], source: int) -> Folded:
    """Take `changes` into `accounts`, which has all that they name. `source` is the checksum of their topic."""
    outcomes: Counter[str] = Counter()
    changed: dict[str, None] = {}
    for change in changes:
        outcome = accounts[change.account_id].take(change.offset, change.answer, source)
        outcomes[outcome] += 1
        if outcome in ("stored", "removed"):
            changed[change.account_id] = None
    return Folded(Written(**outcomes), tuple(changed))


def records_of(accounts: Mapping[str, Account], source: int, end: int) -> dict[str, bytes | None]:
    """For each account whose record in `history` was changed by the folding, up to the offset `end` (exclusive),
    that record; None where it is deleted."""
    records: dict[str, bytes | None] = {}
    for account_id, account in accounts.items():
        if account.answer is not None and account.has_closed:
            records[account_id] = account.record(source, end - 1)
        elif account.was_removed:
            records[account_id] = None
    return records


def closing(accounts: Mapping[str, Account], changes: Iterable[Change]) -> list[str]:
    """The accounts of which `changes` may close a day, so that their closes are needed."""
    earliest = {name: each.answer.as_of_ms // DAY_MS for name, each in accounts.items() if each.answer is not None}
    found: dict[str, None] = {}
    for change in changes:
        if change.answer is not None and (before := earliest.get(change.account_id)) is not None:
            day = change.answer.as_of_ms // DAY_MS
            if day > before:
                found[change.account_id] = None
            earliest[change.account_id] = min(day, before)
    return list(found)


def restored_is_newer(restored: Account, held: Account, offset: int, source: int) -> bool:
    """Whether an account that was read back from `history` says more than `held`, which the read model has: that took
    in all up to `offset` (exclusive) of the topic with this checksum. One without an answer stands for a record that
    was deleted: it undoes only an account that was itself read back."""
    if restored.answer is None:
        return held.answer is not None and held.floor is not None
    if held.answer is None or restored.floor is None:
        return True
    if restored.floor.source == source:
        # An account that was read back itself, and not changed since, is as old as its record.
        was_restored = held.floor is not None and held.floor.source == source
        return restored.floor.offset >= (held.floor.offset if held.floor and was_restored else offset)
    return is_newer(restored.answer, held.answer)
