"""An account that the kernel reads from its records is the one that `account_codec.decode` reads: at once, and after
further events and time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.event.event import Event
from scoring.fold.cohort import Cohort
from scoring.fold.fold import apply
from scoring.model.schema.bounds import ITEMS_MAX, VALUES_MAX
from scoring.plan.plan import Plan
from scoring.state.account import Account
from streams.kernel.kernel import Kernel, is_built
from tests.builders import a_model, at_ms, ticket, usage
from tests.kernel.flood import HOUR_MS, Flood
from tests.kernel.records.reads import PROGRESS, read_by_both, written
from tests.kernel.records.writes import ALL, CHANGED, Writes
from tests.kernel.test_bounds import of_tickets, of_users
from tests.oracle import DAY_MS
from tests.properties.strategies import ANY_MODEL, History, histories
from tests.properties.test_fold import cohort_of, decoded
from tests.support.examples import examples

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
NOW_MS = at_ms("2026-03-20T15:00:30Z")
SIZES = st.sampled_from((None, False, True))
"""Heads as they are, or small ones, without the open day or with it."""


def begun(history: History, part: int) -> Cohort:
    """A cohort after so many tenths of a history."""
    return cohort_of(history.model, history.arrivals[: len(history.arrivals) * part // 10])


@examples(50)
@given(histories(), st.integers(1, 10), SIZES, st.integers(0, 40 * DAY_MS))
def test_an_account_is_the_same_at_once_and_from_then_on(
    history: History, part: int, small: bool | None, silence_ms: int
) -> None:
    cohort = begun(history, part)
    kernel = Kernel(cohort.plan)
    for name, account in cohort.accounts.items():
        both = read_by_both(kernel, *written(cohort.plan, account, small))
        writes = Writes(both)
        writes.compare(ALL, PROGRESS.applied_offsets)
        both.advance(both.account.as_of_ms + silence_ms)
        for sent in history.arrivals[:: 1 if part < 5 else 3]:
            event = decoded(cohort.plan, sent)
            if event.account_id == name:
                both.apply(event, both.account.as_of_ms, looks=False)
        both.compare()
        writes.compare(CHANGED, PROGRESS.applied_offsets)
        both.advance_by_timers(both.account.as_of_ms + 60 * DAY_MS, most=8)
        both.free()


@examples(30)
@given(histories(), ANY_MODEL, SIZES)
def test_another_model_reads_what_it_shares_and_leaves_the_rest(
    history: History, model: object, small: bool | None
) -> None:
    cohort = cohort_of(history.model, history.arrivals)
    kernel = Kernel(Plan(model))  # type: ignore[arg-type]
    for account in cohort.accounts.values():
        both = read_by_both(kernel, *written(cohort.plan, account, small))
        both.advance_by_timers(both.account.as_of_ms + 30 * DAY_MS, most=4)
        both.free()


@pytest.mark.parametrize("seed", range(4))
def test_a_long_life(seed: int) -> None:
    flood = Flood(seed)
    kernel = Kernel(flood.plan)
    accounts: dict[str, Account] = {}
    for number in range(300):
        flood.wait()
        event = flood.event(number)
        account = accounts.setdefault(event.account_id, Account(flood.plan.sizes, flood.now_ms))
        apply(flood.plan, account, event, flood.now_ms, arrived_ms=flood.now_ms if seed % 2 else -1)
    for account in accounts.values():
        for small in (None, False, True):
            both = read_by_both(kernel, *written(flood.plan, account, small))
            for number in range(20):
                both.apply(flood.event(1_000 + number), flood.now_ms, arrived_ms=flood.now_ms)
            both.advance_by_timers(both.account.as_of_ms + 90 * DAY_MS, most=12)
            both.free()


@pytest.mark.parametrize("number", [1, 40, 64, 65, 700, 9_000])
def test_ids_are_known_in_the_order_in_which_they_came(number: int) -> None:
    """Few ids are looked through, more are in a table; the reference sorts more than 8,192."""
    plan = Plan(a_model({"usage": {"kind": "count", "window": "7d"}}))
    account = Account(plan.sizes, NOW_MS)
    events = [an_event(plan, each) for each in range(number)]
    for each, event in enumerate(events):
        apply(plan, account, event, NOW_MS, arrived_ms=NOW_MS - DAY_MS + each * DAY_MS // number)
    both = read_by_both(Kernel(plan), *written(plan, account))
    assert both.account.event_ids.count == number
    for event in events[:: 1 if number < 1_000 else 90]:
        both.apply(event, NOW_MS, arrived_ms=NOW_MS, looks=False)
    both.compare()
    for each in range(number, number + 100):
        both.apply(an_event(plan, each), NOW_MS, arrived_ms=NOW_MS, looks=False)
    both.compare()
    both.advance_by_timers(NOW_MS + 60 * DAY_MS, most=30)
    assert both.account.event_ids.count == 0


def test_values_beyond_their_bound() -> None:
    plan = Plan(of_users())
    account = Account(plan.sizes, NOW_MS)
    for number in range(VALUES_MAX + 200):
        apply(plan, account, of_a_user(plan, number), NOW_MS)
    assert account.is_past_bounds
    plan.past.clear()
    both = read_by_both(Kernel(plan), *written(plan, account, small=True))
    assert both.account.is_past_bounds
    for number in range(VALUES_MAX + 200, VALUES_MAX + 260):
        both.apply(of_a_user(plan, number), NOW_MS, looks=False)
    both.compare()
    both.advance_by_timers(NOW_MS + 40 * DAY_MS, most=5)


def test_items_beyond_their_bound() -> None:
    plan = Plan(of_tickets())
    account = Account(plan.sizes, NOW_MS)
    for number in range(ITEMS_MAX + 50):
        apply(plan, account, a_ticket(plan, number), NOW_MS)
    assert account.is_past_bounds
    plan.past.clear()
    both = read_by_both(Kernel(plan), *written(plan, account))
    assert both.account.is_past_bounds
    for number in range(ITEMS_MAX + 50, ITEMS_MAX + 70):
        both.apply(a_ticket(plan, number), NOW_MS, looks=False)
    both.compare()
    both.advance(NOW_MS + 90 * DAY_MS)


def an_event(plan: Plan, number: int) -> Event:
    """Of five days, one after the other, two thousand each."""
    day = 4 - number * 5 // 10_000
    sent = usage(at=NOW_MS - day * DAY_MS - number * 7 % HOUR_MS - 1, id=f"e{number}")
    return plan.decoder.decode(sent.topic, sent.value, 0, NOW_MS)


def of_a_user(plan: Plan, number: int) -> Event:
    sent = usage(at=NOW_MS - number * 7_000 % (12 * HOUR_MS), user_id=f"user-{number}")
    return plan.decoder.decode(sent.topic, sent.value, 0, NOW_MS)


def a_ticket(plan: Plan, number: int) -> Event:
    sent = ticket(at=NOW_MS - HOUR_MS + number, event="ticket_opened", ticket_id=f"t{number}")
    return plan.decoder.decode(sent.topic, sent.value, 0, NOW_MS)


def test_odd_arguments_of_a_head() -> None:
    native = Kernel(Plan(of_users())).native
    for arguments in ((b"", 0), (b"", 1), (b"", -1), (b"\0", 2)):
        with pytest.raises(ValueError, match=r"too short|must be from"):
            native.read(*arguments)
    for odd in (("", 0), (b"",), (b"", 0, 0), (b"", None)):
        with pytest.raises(TypeError):
            native.read(*odd)


def test_odd_arguments_of_an_own_record() -> None:
    kernel = Kernel(Plan(of_users()))
    number = kernel.begin(NOW_MS)
    for arguments in ((number, 4, 0), (number, -1, 0), (number, 0, -1), (number, 0, 1 << 17), (number, 3, 1 << 31)):
        with pytest.raises(ValueError, match="must be from"):
            kernel.native.add(*arguments, b"\0", 0)
    with pytest.raises(OverflowError):
        kernel.native.add(number, 2, -1, b"\0", 0)
    with pytest.raises(LookupError):
        kernel.native.add(number + 1, 2, 0, b"\0", 0)
    assert kernel.native.add(number, 2, (1 << 64) - 1, b"\0", 0) is None
