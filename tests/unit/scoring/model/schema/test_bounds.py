"""What is kept past a bound: the same in whatever order events come, the same as the oracle's, and told."""

from __future__ import annotations

import random
from typing import Any

import pytest

from scoring.model.model import Model
from scoring.model.schema.bounds import ITEMS_MAX, VALUES_MAX
from scoring.plan.plan import Plan
from scoring.state import event_ids as remembered_module
from scoring.state.event_ids import CHUNK_MAX, EventIds
from streams.changelog import account_codec
from streams.changelog.flat import Reader
from streams.changelog.own_records import own_records
from streams.changelog.parts import encode_chunk, read_chunk
from streams.changelog.record_types import AccountProgress, HeadPrefix, Rank
from tests.builders import Sent, a_model, subscription, ticket, usage
from tests.oracle import verdicts
from tests.support.signal_harness import DAY, HOUR, NOON, Table
from tests.support.watched_account import Watched

USERS: Table = {"kind": "distinct", "of": "user", "window": "2d"}
OPEN: Table = {
    "kind": "open", "topics": ["tickets"], "events": ["opened"], "closed_by": ["closed"], "item": "ticket_id",
    "within": "30d",
}  # fmt: skip
MRR: Table = {
    "kind": "last", "topics": ["billing"], "property": "mrr", "by": "subscription_id", "zero_on": ["canceled"]
}  # fmt: skip


def model_of(table: Table) -> Model:
    return a_model({"age": {"kind": "age"}, "it": table})


def said(table: Table, sent: list[Sent], at: int = NOON) -> tuple[Any, tuple[str, ...]]:
    """The signal and what is past bounds, as the oracle says; the same in two orders of arrival, and restored."""
    model = model_of(table)
    verdict = verdicts(model, sent, at)["acme"]
    expected = verdict.facts["it"], verdict.past_bounds
    for seed in range(2):
        arrivals = list(sent)
        random.Random(seed).shuffle(arrivals)
        account = Watched(model, NOON)
        account.see(*arrivals)
        account.to(at)
        assert (account.facts["it"], account.plan.past_bounds(account.account)) == expected
        again = restored(account.plan, account)
        assert (account.plan.facts(again)["it"], account.plan.past_bounds(again)) == expected
    return expected


def restored(plan: Plan, account: Watched) -> Any:
    progress = AccountProgress([0] * 5, 0, [], None, {}, {}, None, -1, 0, [], {})
    prefix = HeadPrefix(0, 1, -1, 0.0, has_cases=False)
    own = own_records(plan, account.account, set())
    head, others, _ = account_codec.encode(plan, "acme", account.account, progress, Rank(1, 1), prefix, own, set())
    return account_codec.decode(plan, head, others.items()).account


def users(number: int, *, hours: int = 1, at: int = NOON) -> list[Sent]:
    return [usage(at=at - hour * HOUR, user_id=f"u{each}") for each in range(number) for hour in range(hours)]


def test_as_many_values_as_are_kept_are_all_counted_and_nothing_is_told() -> None:
    assert said(USERS, users(VALUES_MAX)) == (VALUES_MAX, ())


@pytest.mark.parametrize("hours", [1, 5])
def test_of_too_many_values_those_that_fit_are_counted_and_it_is_told(hours: int) -> None:
    value, past = said(USERS, users(VALUES_MAX // hours + 300, hours=hours))
    assert past == ("it",)
    assert VALUES_MAX // hours - 10 < value <= VALUES_MAX // hours + 1


def test_a_day_that_was_too_much_is_forgotten_with_its_window() -> None:
    sent = [*users(VALUES_MAX + 9, at=NOON - DAY), *users(3)]
    assert said(USERS, sent)[1] == ("it",)
    assert said(USERS, sent, NOON + DAY + 13 * HOUR) == (3, ())


def test_values_of_a_day_that_is_half_out_of_reach_pass_its_bound_too() -> None:
    early = users(VALUES_MAX - 100, at=NOON - 2 * DAY - 2 * HOUR)
    late = [usage(at=NOON - 2 * DAY + 2 * HOUR, user_id=f"v{each}") for each in range(200)]
    assert said(USERS, [*early, *late])[1] == ("it",)


def opened(number: int, at: int) -> Sent:
    return ticket(at=at, event="opened", ticket_id=f"t{number}")


def test_of_too_many_open_items_those_that_were_told_of_last_are_kept_and_it_is_told() -> None:
    sent = [opened(number, NOON - number * 60_000) for number in range(ITEMS_MAX + 50)]
    assert said(OPEN, sent) == (ITEMS_MAX, ("it",))
    assert said(OPEN, sent[:ITEMS_MAX]) == (ITEMS_MAX, ())


def test_items_that_are_closed_again_and_again_are_kept_or_forgotten_in_any_order_alike() -> None:
    drawn = random.Random(3)
    sent = []
    for _ in range(2 * ITEMS_MAX):
        at, number = NOON - drawn.randrange(20 * DAY), drawn.randrange(ITEMS_MAX + 200)
        sent.append(ticket(at=at, event=drawn.choice(("opened", "closed")), ticket_id=f"t{number}"))
    assert said(OPEN, sent)[1] in {("it",), ()}


def test_what_was_forgotten_is_told_for_as_long_as_it_could_count() -> None:
    sent = [opened(number, NOON - 20 * DAY - number) for number in range(ITEMS_MAX + 1)]
    assert said(OPEN, sent)[1] == ("it",)
    assert said(OPEN, [*sent, opened(9_999, NOON)], NOON + 12 * DAY) == (1, ())


def test_of_too_many_subscriptions_those_that_were_told_of_last_are_summed_and_it_is_told() -> None:
    sent = [
        subscription(at=NOON - number, event="changed", mrr=1, subscription_id=f"s{number}")
        for number in range(ITEMS_MAX + 20)
    ]
    assert said(MRR, sent) == (ITEMS_MAX, ("it",))
    ended = [*sent, subscription(at=NOON + 1 - DAY, event="canceled")]
    assert said(MRR, ended) == (ITEMS_MAX, ("it",))
    assert said(MRR, [*sent, subscription(at=NOON, event="canceled")])[0] == 0


def test_what_is_not_kept_is_counted() -> None:
    account = Watched(model_of(USERS), NOON)
    account.see(*users(VALUES_MAX + 7))
    assert account.plan.past["values"] == 7
    account = Watched(model_of(OPEN), NOON)
    account.see(*(opened(number, NOON - 9 + number) for number in range(ITEMS_MAX + 3)))
    assert account.plan.past["items"] == 3


def test_ids_that_do_not_fit_are_forgotten_the_first_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered_module, "IDS_MAX", 20_000)
    remembered = EventIds()
    for day in range(2):
        for number in range(15_000):
            assert remembered.put(day, day * 15_000 + number)
    assert remembered.is_full
    assert 20_000 - 2 * CHUNK_MAX < remembered.count <= 20_000
    assert not remembered.put(1, 29_999), "the last is known"
    assert remembered.put(1, 0), "the first is not"


@pytest.mark.parametrize("number", [100, 9_000, 30_000])
def test_ids_are_known_after_a_restore_and_forgotten_with_their_day(number: int) -> None:
    held, again = EventIds(), EventIds()
    prints = random.Random(number).sample(range(1 << 62), number)
    for index, each in enumerate(prints):
        assert held.put(index % 3, each)
    for key, chunk in {**held.closed, -1: held.open}.items():
        body = encode_chunk(chunk)
        again.add(key, read_chunk(Reader(body, 0, len(body))))
    again.restore(lambda period: False)
    for remembered in (held, again):
        assert remembered.count == number
        assert not any(remembered.put(2, each) for each in prints)
        remembered.forget(0)
        assert sum(remembered.put(2, each) for each in prints) == len(prints[::3])
