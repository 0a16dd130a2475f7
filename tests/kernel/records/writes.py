"""Both folds write an account: the same state of its head, the same own records, the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

from scoring.state import event_ids
from streams.changelog import account_codec, own_records, records
from streams.changelog.own_records import IDS, Name, name_of, name_of_key
from streams.changelog.record_types import AccountProgress, HeadPrefix, Rank
from streams.kernel.kernel import Kernel
from tests.kernel.both import Both, Difference
from tests.support.worlds.small_heads import small_heads

CHANGED, ALL, AT_REST, VIEW = range(4)
PREFIX = HeadPrefix(0, 1, -1, 0.0, has_cases=False)
SIZES = (None, False, True)
"""Heads as they are, or small ones, without the open day or with it."""


class Written(NamedTuple):
    """What a write gives."""

    state: bytes
    own: list[tuple[int, int]]
    bodies: list[tuple[int, int, bytes]]


@contextmanager
def limits(kernel: Kernel, small: bool | None) -> Iterator[None]:
    """The same limits in both folds."""
    with nullcontext() if small is None else small_heads(with_open_day=small):
        heads = (own_records.OPEN_DAY_MAX, own_records.OLDER_DAYS_MAX, own_records.TOTALS_MAX, own_records.ITEMS_MAX)
        kernel.native.set_limits(*heads, event_ids.CHUNK_MIN)
        yield


class Writes:
    """An account in both folds that is written again and again. Mutable."""

    def __init__(self, both: Both) -> None:
        self.both = both
        self.held: set[Name] = set()
        """Its own records, as last written."""

    def compare(self, how: int, offsets: list[int]) -> Written:
        """Write it in both folds. Raises `Difference` where they differ."""
        both = self.both
        ours = self._ours(how, offsets)
        held = tuple([_kind_and_number(name) for name in sorted(self.held)])
        theirs = Written(*both.kernel.native.encode(both.number, tuple(offsets), held, how))
        for field, one, other in zip(Written._fields, ours, theirs, strict=True):
            if one != other:
                raise Difference(f"{both.step}: {field} written in the way {how}: {one!r}, the kernel {other!r}")
        if how != VIEW:
            self.held = {name_of(*name) for name in ours.own}
        return ours

    def _ours(self, how: int, offsets: list[int]) -> Written:
        """What the reference writes."""
        account, plan = self.both.account, self.both.plan
        if how == VIEW:
            own = {name_of(IDS, number) for number in account.event_ids.closed}
        elif how == AT_REST:
            own = own_records.living(plan, account, self.held)
        else:
            own = own_records.own_records(plan, account, self.held)
        progress = AccountProgress(offsets, 0, [], None, {}, {}, None, -1, 0, [], {})
        marks = account.changed_days.copy(), account.changed_blocks.copy(), account.items_changed
        held = self.held if how == CHANGED else set()
        head, others, _ = account_codec.encode(plan, "acme", account, progress, Rank(1, 1), PREFIX, own, held)
        if how == VIEW:
            account.changed_days, account.changed_blocks, account.items_changed = marks
        bodies = [(*_kind_and_number(_named(key)), _body(value)) for key, value in others.items()]
        return Written(_state(head), [_kind_and_number(name) for name in sorted(own)], bodies)


def _kind_and_number(name: Name) -> tuple[int, int]:
    return name & 3, name >> 2


def _named(key: bytes) -> Name:
    return name_of_key(records.parse_key(key))


def _body(value: bytes) -> bytes:
    reader = records.checked_body(value)
    return reader.data[reader.at : reader.end]


def _state(head: bytes) -> bytes:
    reader = records.split_head(head)[1]
    return reader.data[reader.at : reader.end]
