"""Damage that a checksum cannot show: both refuse a record, with the same words, or both take it, and the accounts are
equal."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.fold.cohort import Cohort
from streams.changelog import records
from streams.changelog.flat import DamagedRecord
from streams.kernel.kernel import Kernel, is_built
from tests.kernel.records.reads import Records, read_by_both, written
from tests.oracle import DAY_MS
from tests.properties.strategies import History, histories
from tests.properties.test_fold import cohort_of
from tests.support.examples import examples

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
SEEDS = st.integers(0, (1 << 32) - 1)
RANK_END, CHECKSUM = 13, 4


def begin_of(record: bytes, *, is_head: bool) -> int:
    """Where the flat bytes of a record begin."""
    return records.split_head(record)[1].at if is_head else RANK_END


def cuts(record: bytes, begin: int) -> Iterator[bytes]:
    """A record cut short at each place."""
    for end in range(begin, len(record) - CHECKSUM):
        yield record[:end]


def changes(record: bytes, begin: int, drawn: random.Random, number: int) -> Iterator[bytes]:
    """A record with another byte, with a byte more or less, with a part written twice, and random bytes."""
    body = record[:-CHECKSUM]
    for _ in range(number):
        at, other = drawn.randrange(begin, len(body)), drawn.randrange(begin, len(body))
        byte = drawn.choice((0, 1, 2, 8, 64, 127, 128, 129, 136, 254, 255, drawn.randrange(256)))
        kind = drawn.random()
        if kind < 0.7:
            yield body[:at] + bytes((byte,)) + body[at + 1 :]
        elif kind < 0.8:
            yield body[:at] + bytes((byte,)) + body[at:]
        elif kind < 0.9:
            yield body[: min(at, other)] + body[max(at, other) :]
        elif kind < 0.97:
            yield body[: max(at, other)] + body[min(at, other) :]
        else:
            yield body[:begin] + drawn.randbytes(len(body) - begin)


def read_damaged(kernel: Kernel, whole: Records, key: bytes, damaged: bytes) -> bool:
    """Whether both take an account with one damaged record; "" is the key of the head."""
    forged = records.checked(damaged)
    head, others = (whole.head, {**whole.others, key: forged}) if key else (forged, whole.others)
    with suppress(DamagedRecord):
        both = read_by_both(kernel, head, others)
        both.advance(both.account.as_of_ms + 2 * DAY_MS)
        both.free()
        return True
    return False


def account_of(history: History, small: bool) -> tuple[Cohort, Records]:
    cohort = cohort_of(history.model, history.arrivals)
    account = next(iter(cohort.accounts.values()))
    return cohort, written(cohort.plan, account, small)


@examples(60)
@given(histories(), SEEDS, st.booleans())
def test_changed_bytes(history: History, seed: int, small: bool) -> None:
    cohort, whole = account_of(history, small)
    kernel, drawn = Kernel(cohort.plan), random.Random(seed)
    for key, record in {b"": whole.head, **whole.others}.items():
        begin = begin_of(record, is_head=not key)
        for damaged in changes(record, begin, drawn, 12 if key else 50):
            read_damaged(kernel, whole, key, damaged)


@examples(6)
@given(histories(), st.booleans())
def test_every_cut(history: History, small: bool) -> None:
    cohort, whole = account_of(history, small)
    kernel = Kernel(cohort.plan)
    for key, record in {b"": whole.head, **whole.others}.items():
        for damaged in cuts(record, begin_of(record, is_head=not key)):
            assert not read_damaged(kernel, whole, key, damaged)
