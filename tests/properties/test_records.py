"""Records of accounts: any state under any model is read back, equal states have equal bytes, and other bytes are no
account."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.fold.cohort import Cohort
from scoring.fold.fold import apply
from scoring.plan.plan import Plan
from scoring.state.account import Account
from scoring.state.event_ids import EventIds
from scoring.state.tiles import Tile
from streams.changelog import account_codec, records
from streams.changelog.flat import DamagedRecord
from streams.changelog.own_records import Name, own_records
from streams.changelog.record_types import AccountProgress, HeadPrefix, Rank
from tests.properties.strategies import ANY_MODEL, History, histories
from tests.properties.test_fold import cohort_of, decoded
from tests.support.examples import examples
from tests.support.worlds.small_heads import small_heads

PROGRESS = AccountProgress([3, -1, 0, 70_000, 1 << 40], 0, [], None, {}, {}, None, -1, 0, [], {})
PREFIX = HeadPrefix(0, 1, -1, 0.0, has_cases=False)
RANK = Rank(1, 1)
SEEDS = st.integers(0, (1 << 32) - 1)
SIZES = st.sampled_from((None, False, True))
"""Heads as they are, or small ones, without the open day or with it."""


def written(plan: Plan, account: Account, small: bool | None = None) -> tuple[bytes, dict[bytes, bytes], set[Name]]:
    if small is None:
        own = own_records(plan, account, set())
    else:
        with small_heads(with_open_day=small):
            own = own_records(plan, account, set())
    return account_codec.encode(plan, "acme", account, PROGRESS, RANK, PREFIX, own, set())


def state_of(account: Account) -> dict[str, Any]:
    """All of an account but what is only cached, and timers, which may be early in one that was never read back."""
    fields = (
        "as_of_ms", "stretches", "latest_values", "latest_at", "first_at", "open_items", "tallies", "totals",
        "sums", "value_counts", "oldest_day", "newest_day", "is_past_bounds",
    )  # fmt: skip
    tiles = {day: tile_state(tile) for day, tile in account.tiles.items()}
    ids = account.event_ids
    chunks = {number: chunk.periods for number, chunk in {**ids.closed, -1: ids.open}.items()}
    return {
        "tiles": tiles,
        "ids": (chunks, ids.next_number, ids.count, ids.periods),
        **{name: getattr(account, name) for name in fields},
    }


def tile_state(tile: Tile) -> Any:
    counts = [
        each and (each.buckets, each.numbers, each.alike and (each.alike.event, each.alike.user, each.alike.number))
        for each in tile.counts
    ]
    return counts, [each and (each.buckets, each.sets, each.size, each.ceiling) for each in tile.values]


@examples(300)
@given(histories(), SIZES)
def test_an_account_is_read_back_from_its_records(history: History, small: bool | None) -> None:
    cohort = cohort_of(history.model, history.arrivals)
    cohort.advance(history.end_ms)
    for account in cohort.accounts.values():
        head, others, own = written(cohort.plan, account, small)
        decoded_ = account_codec.decode(cohort.plan, head, others.items())
        assert state_of(decoded_.account) == state_of(account)
        assert (decoded_.progress, decoded_.own, decoded_.unnamed) == (PROGRESS, own, [])
        assert decoded_.ahead.is_empty
        assert written(cohort.plan, decoded_.account, small) == (head, others, own)


@examples(200)
@given(histories(), SEEDS, SIZES)
def test_equal_states_have_equal_bytes(history: History, seed: int, small: bool | None) -> None:
    """Ids are kept in order of arrival: they are left out."""
    found, drawn = [], random.Random(seed)
    for _ in range(2):
        arrivals = list(history.arrivals)
        drawn.shuffle(arrivals)
        plan, accounts = Plan(history.model), dict[str, Account]()
        for sent in arrivals:
            event = decoded(plan, sent)
            account = accounts.setdefault(event.account_id, Account(plan.sizes, history.end_ms))
            apply(plan, account, event, history.end_ms)
        for account in accounts.values():
            account.event_ids = EventIds()
        found.append({name: written(plan, account, small) for name, account in accounts.items()})
    assert found[0] == found[1]


@examples(100)
@given(histories(), ANY_MODEL)
def test_another_model_reads_what_it_shares_and_leaves_the_rest(history: History, model: Any) -> None:
    cohort, other = cohort_of(history.model, history.arrivals), Plan(model)
    for account in cohort.accounts.values():
        head, others, _ = written(cohort.plan, account, True)
        found = account_codec.decode(other, head, others.items()).account
        for kind in ("latest_values", "latest_at", "first_at", "totals", "items"):
            ours, theirs = getattr(cohort.plan.state_order, kind).numbers, getattr(other.state_order, kind).numbers
            for identity in ours.keys() & theirs.keys():
                if kind == "items":
                    assert other.state_order.items_at(found, theirs[identity]) == cohort.plan.state_order.items_at(
                        account, ours[identity]
                    )
                else:
                    assert getattr(found, kind)[theirs[identity]] == getattr(account, kind)[ours[identity]]


@examples(60)
@given(histories(), SEEDS, st.booleans())
def test_bytes_that_are_not_those_that_were_written_are_refused(history: History, seed: int, small: bool) -> None:
    cohort, drawn = cohort_of(history.model, history.arrivals), random.Random(seed)
    for account in list(cohort.accounts.values())[:1]:
        head, others, _ = written(cohort.plan, account, small)
        for key, record in {b"head": head, **others}.items():
            for damaged in damages(record, drawn):
                pieces = others | {key: damaged}
                with pytest.raises(DamagedRecord, match="start a new VITALS_GROUP"):
                    decode_pieces(cohort, damaged if key == b"head" else head, pieces)


def decode_pieces(cohort: Cohort, head: bytes, others: dict[bytes, bytes]) -> None:
    records.head_prefix(head)
    account_codec.decode(cohort.plan, head, [(key, value) for key, value in others.items() if key != b"head"])


def damages(record: bytes, drawn: random.Random) -> list[bytes]:
    """The record cut short, longer, with another byte, and random bytes of its length; its rank stays."""
    place = drawn.randrange(13, len(record))
    changed = bytearray(record)
    changed[place] ^= 1 << drawn.randrange(8)
    noise = record[:13] + drawn.randbytes(len(record) - 13)
    return [record[:place], record + b"\0", bytes(changed), noise]


@examples(150)
@given(histories(), SEEDS, st.booleans())
def test_damage_that_a_checksum_cannot_show_is_refused_or_is_an_account(
    history: History, seed: int, small: bool
) -> None:
    """Who makes a checksum again can say anything; the reader still never runs away or fails in another way."""
    cohort, drawn = cohort_of(history.model, history.arrivals), random.Random(seed)
    for account in list(cohort.accounts.values())[:1]:
        head, others, _ = written(cohort.plan, account, small)
        for key, record in {b"head": head, **others}.items():
            for damaged in damages(record[:-4], drawn):
                forged = records.checked(damaged)
                try:
                    decode_pieces(cohort, forged if key == b"head" else head, others | {key: forged})
                except DamagedRecord:
                    continue
