"""Accounts read from records by both: by `account_codec.decode`, and by the kernel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account
from streams.changelog import account_codec, records
from streams.changelog.ahead import Ahead
from streams.changelog.flat import DamagedRecord
from streams.changelog.own_records import Name, name_of, name_of_key, own_records
from streams.changelog.record_types import AccountProgress, HeadPrefix, Rank, Stored
from streams.kernel.kernel import Kernel
from tests.kernel.kept import BothKept
from tests.support.worlds.small_heads import small_heads

PROGRESS = AccountProgress([3, -1, 0, 70_000, 1 << 40], 0, [], None, {}, {}, None, -1, 0, [], {})
PREFIX = HeadPrefix(0, 1, -1, 0.0, has_cases=False)
RANK = Rank(1, 1)
TOO_MUCH = "a sum of amounts is beyond 64 bits"
"""What the kernel alone refuses."""


class Records(NamedTuple):
    """An account's records: its head, and the others by key."""

    head: bytes
    others: dict[bytes, bytes]


class Read(NamedTuple):
    """What the kernel read."""

    number: int
    offsets: list[int]
    named: set[Name]
    ahead: Ahead


class BothRead(BothKept):
    """One account that both read from its records, in both folds."""

    def __init__(self, kernel: Kernel, account: Account, number: int) -> None:
        self.kernel, self.plan = kernel, kernel.plan
        self.account, self.number = account, number
        self.score = ScoreCache(self.plan.score_plans)
        self.norm = {}
        self.step = "read from its records"


def written(plan: Plan, account: Account, small: bool | None = None) -> Records:
    """The records of an account: large ones, or as many as can be, with the open day in the head or without."""
    if small is None:
        own = own_records(plan, account, set())
    else:
        with small_heads(with_open_day=small):
            own = own_records(plan, account, set())
    encoded = account_codec.encode(plan, "acme", account, PROGRESS, RANK, PREFIX, own, set())
    return Records(encoded.head, encoded.others)


def read(kernel: Kernel, head: bytes, stored: Iterable[Stored]) -> Read:
    """What the kernel reads, step by step as `account_codec.decode`.

    Raises:
        DamagedRecord: when a record is no record.
    """
    reader = records.split_head(head)[1]
    try:
        number, offsets, pairs = kernel.native.read(head[: reader.end], reader.at)
    except ValueError as error:
        raise DamagedRecord(str(error)) from None
    named = {name_of(kind, own_number) for kind, own_number in pairs}
    ahead = Ahead(list(offsets))
    try:
        for key, value in stored:
            name = name_of_key(records.parse_key(key))
            if name in named:
                add(kernel, number, ahead, name, value)
        kernel.native.restore(number)
    except DamagedRecord:
        kernel.free(number)
        raise
    except ValueError as error:
        kernel.free(number)
        raise DamagedRecord(str(error)) from None
    return Read(number, list(offsets), named, ahead)


def add(kernel: Kernel, number: int, ahead: Ahead, name: Name, value: bytes) -> None:
    """Put one own record into an account of the kernel."""
    body = records.checked_body(value)
    kind, own_number = name & 3, name >> 2
    offsets = kernel.native.add(number, kind, own_number, value[: body.end], body.at)
    assert (offsets is not None) == (kind < 2)
    if offsets is not None:
        (ahead.note_totals if kind else ahead.note_tile)(own_number, list(offsets))


def read_by_both(kernel: Kernel, head: bytes, others: dict[bytes, bytes]) -> BothRead:
    """The account that both read; all that they say of it is the same.

    Raises:
        DamagedRecord: when both refuse it, with the same words.
        tests.kernel.both.Difference: when they differ.
    """
    ours, theirs = ours_of(kernel.plan, head, others), theirs_of(kernel, head, others)
    if isinstance(ours, DamagedRecord):
        assert isinstance(theirs, DamagedRecord), f"the reference refuses what the kernel takes: {ours}"
        assert str(ours) == str(theirs)
        raise ours
    if isinstance(theirs, DamagedRecord):
        assert TOO_MUCH in str(theirs), f"the kernel refuses what the reference takes: {theirs}"
        assert greatest_sum(ours.account) >> 63
        raise theirs
    assert ours.progress.applied_offsets == theirs.offsets
    assert ours.own == {name_of_key(records.parse_key(key)) for key in others} & theirs.named
    assert vars_of(ours.ahead) == vars_of(theirs.ahead)
    both = BothRead(kernel, ours.account, theirs.number)
    both.compare()
    return both


def ours_of(plan: Plan, head: bytes, others: dict[bytes, bytes]) -> account_codec.Decoded | DamagedRecord:
    try:
        return account_codec.decode(plan, head, others.items())
    except DamagedRecord as error:
        return error


def theirs_of(kernel: Kernel, head: bytes, others: dict[bytes, bytes]) -> Read | DamagedRecord:
    try:
        return read(kernel, head, others.items())
    except DamagedRecord as error:
        return error


def vars_of(ahead: Ahead) -> tuple[object, ...]:
    return ahead._head, ahead._tiles, ahead._totals, ahead.is_empty  # noqa: SLF001


def greatest_sum(account: Account) -> int:
    """The greatest sum of a series' amounts, each without its sign."""
    sums: dict[int, int] = {}
    for tile in account.tiles.values():
        for number, counts in enumerate(tile.counts):
            if counts is not None:
                sums[number] = sums.get(number, 0) + sum(map(abs, counts.numbers))
    return max(sums.values(), default=0)
