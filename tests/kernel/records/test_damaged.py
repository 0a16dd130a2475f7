"""Damage that a checksum cannot show: both refuse a record, with the same words, or both take it, and the accounts are
equal."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.events import make_events
from scoring.fold.cohort import Cohort
from scoring.fold.fold import apply
from scoring.fold.windows import count
from scoring.model.extension import preset
from scoring.model.loader import load_model
from scoring.plan.plan import Plan
from scoring.state.account import Account
from scoring.state.event_ids import Chunk
from streams.changelog import account_codec, records
from streams.changelog.flat import DamagedRecord, numbers_bytes, words_bytes
from streams.kernel.kernel import Kernel, is_built
from tests.builders import a_model, at_ms
from tests.kernel.records.reads import TOO_MUCH, Read, Records, read, read_by_both, theirs_of, written
from tests.kernel.test_bounds import of_users
from tests.oracle import DAY_MS
from tests.properties.strategies import History, histories
from tests.properties.test_fold import cohort_of
from tests.support.examples import TIMES, examples

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
SEEDS = st.integers(0, (1 << 32) - 1)
RANK_END, CHECKSUM = 13, 4
NOW_MS = at_ms("2026-03-20T15:00:30Z")


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


@examples(30)
@given(histories(), SEEDS, st.booleans())
def test_changed_bytes(history: History, seed: int, small: bool) -> None:
    cohort, whole = account_of(history, small)
    kernel, drawn = Kernel(cohort.plan), random.Random(seed)
    for key, record in {b"": whole.head, **whole.others}.items():
        begin = begin_of(record, is_head=not key)
        for damaged in changes(record, begin, drawn, 12 if key else 50):
            read_damaged(kernel, whole, key, damaged)


@pytest.mark.parametrize("small", [None, True])
def test_changed_bytes_of_a_long_life(small: bool | None) -> None:
    plan, drawn = Plan(load_model(preset("default"))), random.Random(7)
    account, kernel = Account(plan.sizes, NOW_MS), Kernel(plan)
    for sent in make_events(400, 1, NOW_MS):
        apply(plan, account, plan.decoder.decode(sent.topic, sent.value, 0, NOW_MS), NOW_MS)
    whole = written(plan, account, small)
    parts = {b"": whole.head, **whole.others}
    for key in drawn.choices(list(parts), k=round(200 * TIMES)):
        damaged = next(changes(parts[key], begin_of(parts[key], is_head=not key), drawn, 1))
        read_damaged(kernel, whole, key, damaged)


def chunk_of(*prints: int) -> Chunk:
    chunk = Chunk()
    chunk.add(NOW_MS // DAY_MS, array("Q", prints))
    return chunk


@pytest.mark.parametrize("number", [2, 63, 64, 65, 300])
@pytest.mark.parametrize("is_closed", [False, True])
def test_an_id_that_is_there_twice(number: int, is_closed: bool) -> None:
    plan = Plan(of_users())
    account = Account(plan.sizes, NOW_MS)
    account.event_ids.add(0, chunk_of(*range(1, number)))
    account.event_ids.add(-1, chunk_of(number) if is_closed else chunk_of(number - 1))
    if is_closed:
        account.event_ids.add(7, chunk_of(1, number + 1))
    head, others = written(plan, account)
    read_by_both(Kernel(plan), head, others)
    again = account_codec.decode(plan, head, others.items()).account.event_ids
    assert again.count == (number + 1 if is_closed else number - 1), "each counts once"
    assert again.periods == {NOW_MS // DAY_MS: again.count}
    first = again.closed[0].periods[NOW_MS // DAY_MS] if 0 in again.closed else ()
    assert (1 if is_closed else number - 1) not in first, "it is where it came last"


def test_a_closed_chunk_without_ids() -> None:
    plan = Plan(of_users())
    account = Account(plan.sizes, NOW_MS)
    account.event_ids.add(3, Chunk())
    with pytest.raises(DamagedRecord, match="a chunk has no ids"):
        read_by_both(Kernel(plan), *written(plan, account))


def test_amounts_whose_sum_has_more_than_64_bits_are_refused_by_the_kernel_alone() -> None:
    plan = Plan(a_model({"usage": {"kind": "count", "window": "30d"}}))
    account = Account(plan.sizes, NOW_MS)
    today, bucket = NOW_MS // DAY_MS, NOW_MS // plan.resolution_ms
    for days, number in ((2, 1 << 62), (1, (1 << 62) - 1), (0, 1)):
        count(plan, account, 0, number, bucket - days * plan.buckets_a_day, today - days)
    with pytest.raises(DamagedRecord, match=TOO_MUCH):
        read_by_both(Kernel(plan), *written(plan, account))
    account.tiles[today].counts[0] = None
    assert isinstance(theirs_of(Kernel(plan), *written(plan, account)), Read)


@pytest.mark.parametrize(
    ("steps", "first", "what"),
    [
        ([0, 1, 2], 7, ""), ([0, 0], 7, "do not ascend"), ([0, -1], 7, "do not ascend"), ([1], 7, "do not ascend"),
        ([0, 1], -1, "out of range"), ([0, 1 << 40], 7, "out of range"), ([0, 1], (1 << 63) - 1, "out of range"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [0, 1, 2])
def test_names_of_own_records(steps: list[int], first: int, what: str, kind: int) -> None:
    """Of days, blocks and chunks."""
    plan = Plan(of_users())
    head = written(plan, Account(plan.sizes, NOW_MS)).head[:-CHECKSUM]
    assert head.endswith(b"\0" * 4)
    names = b"\0" * kind + numbers_bytes(steps) + words_bytes("q", [first]) + b"\0" * (3 - kind)
    forged = records.checked(head[:-4] + names)
    if not what:
        assert len(read(Kernel(plan), forged, []).named) == len(steps)
        return
    with pytest.raises(DamagedRecord, match=what):
        read_by_both(Kernel(plan), forged, {})


@examples(6)
@given(histories(), st.booleans())
def test_every_cut(history: History, small: bool) -> None:
    cohort, whole = account_of(history, small)
    kernel = Kernel(cohort.plan)
    for key, record in {b"": whole.head, **whole.others}.items():
        for damaged in cuts(record, begin_of(record, is_head=not key)):
            assert not read_damaged(kernel, whole, key, damaged)
