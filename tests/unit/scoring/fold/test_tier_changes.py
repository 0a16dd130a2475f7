"""Changes of tier over a history: those of the worker, at its instants; and what differs between two lists of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.event.event import Event
from scoring.fold.tier_changes import MOVED_WITHIN_MS, TierChange, TierHistory, compare
from scoring.model.loader import load_preset
from scoring.model.model import Model
from scoring.plan.plan import Plan
from tests.builders import Sent, a_model, an_exception, at_ms, subscription, ticket, usage
from tests.support.in_memory_cluster import FAR_FUTURE_MS, Line
from tests.support.plain.tiers import tier_history

START = at_ms("2026-01-01T00:00Z")
HOUR, DAY = 3_600_000, 86_400_000
LEVEL = a_model(
    {"level": {"kind": "last", "property": "level", "label": "level"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)
"""The score is what the last event said in `level`: so a test decides every tier."""
COHORT = load_preset("usage-trend-friction")


def decoded(plan: Plan, sent: Iterable[Sent]) -> list[Event]:
    events = [plan.decoder.decode(each.topic, each.value, 0, FAR_FUTURE_MS) for each in sent]
    return sorted(events, key=lambda event: event.occurred_at_ms)


def history(model: Model, sent: Iterable[Sent], end_ms: int, declared_ms: Iterable[int] = ()) -> TierHistory:
    plan = Plan(model)
    return tier_history(plan, decoded(plan, sent), end_ms, declared_ms)


def told(found: TierHistory) -> list[tuple[int, str, str, str]]:
    return [(each.at_ms, each.account_id, each.from_tier, each.to_tier) for each in found.changes]


def level(value: object, at: int, account: str = "acme") -> Sent:
    return usage(account, at, level=value)


# --- the history of one plan


def test_each_change_of_tier_is_noted_at_its_event_and_the_first_score_is_none() -> None:
    sent = [level(80, START), level(90, START + HOUR), level(30, START + DAY), level(50, START + 2 * DAY)]
    assert told(history(LEVEL, sent, START + 9 * DAY)) == [
        (START + DAY, "acme", "green", "red"),
        (START + 2 * DAY, "acme", "red", "yellow"),
    ]


def test_events_after_the_end_say_nothing_and_the_very_end_counts() -> None:
    sent = [level(80, START), level(30, START + DAY), level(80, START + DAY + 1), usage("globex", START + 2 * DAY)]
    found = history(LEVEL, sent, START + DAY)
    assert told(found) == [(START + DAY, "acme", "green", "red")]
    assert found.accounts == {"acme"}


def test_a_silent_account_falls_at_the_hour_at_which_its_events_leave_the_window() -> None:
    model = a_model({"usage": {"kind": "count", "window": "7d"}})
    sent = [ticket(at=START), *(usage(at=START + number * HOUR) for number in range(10))]
    found = history(model, sent, START + 30 * DAY)
    # Ten points an event: it rises to yellow with the fifth, to green with the eighth; each leaves after seven days.
    assert told(found) == [
        (START + 4 * HOUR, "acme", "red", "yellow"),
        (START + 7 * HOUR, "acme", "yellow", "green"),
        (START + 7 * DAY + 2 * HOUR, "acme", "green", "yellow"),
        (START + 7 * DAY + 5 * HOUR, "acme", "yellow", "red"),
    ]
    assert told(history(model, sent, START + 7 * DAY + 5 * HOUR - 1)) == told(found)[:3]


def test_the_last_tier_stays_while_an_account_cannot_be_judged() -> None:
    model = a_model(
        {"level": {"kind": "last", "property": "level"}, "usage": {"kind": "count", "window": "2d"}},
        {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1, "needs": "usage"}},
    )
    sent = [level(80, START), level(30, START + 9 * DAY)]
    assert told(history(model, sent, START + 20 * DAY)) == [(START + 9 * DAY, "acme", "green", "red")]


def test_a_norm_moves_accounts_that_did_nothing() -> None:
    sent = [usage("acme", START + number) for number in range(20)]
    sent += [usage("globex", START + DAY + number) for number in range(400)]
    declared = [START + number * DAY for number in range(3)]
    changes = told(history(COHORT, sent, START + 2 * DAY, declared))
    assert (START + 2 * DAY, "acme", "green", "yellow") in changes
    assert told(history(COHORT, sent, START + 2 * DAY - 1, declared)) == changes[:-1]


def test_without_a_declared_instant_there_is_no_norm_and_so_no_score() -> None:
    sent = [usage("acme", START + number * DAY) for number in range(40)]
    found = history(COHORT, sent, START + 90 * DAY, [START + 91 * DAY])
    assert told(found) == []
    assert found.accounts == {"acme"}


@pytest.mark.parametrize("partitions", [1, 3])
@pytest.mark.parametrize("name", ["default", "four-inputs", "usage-trend-friction"])
def test_they_are_the_notifications_of_the_worker(name: str, partitions: int) -> None:
    model = load_preset(name)
    sent, end_ms = motley(random.Random(f"{name} {partitions}")), START + 100 * DAY
    declared = range(START + 3 * DAY, end_ms, 3 * DAY) if Plan(model).norm_signals else ()
    should = worked(Line(Plan(model), partitions), sent, declared, end_ms)
    assert told(history(model, sent, end_ms, declared)) == should
    assert len(should) > 30


def motley(chance: random.Random) -> list[Sent]:
    """600 events of seven accounts in sixty days, some of them repeated, in the order of time; then silence."""
    sent: list[Sent] = []
    for number in range(600):
        at = START + chance.randrange(60 * DAY)
        account = f"account-{int(7 * chance.random() ** 2)}"
        makers = [usage] * 12 + [an_exception, ticket, subscription]
        event = chance.choice(makers)(account, at, id=f"e{number}", user_id=f"u{number % 9}", mrr=100.0, seats=5)
        sent += [event] * chance.choice((1, 1, 1, 2))
    return sorted(sent, key=lambda each: int(each.body["timestamp"]))


def worked(line: Line, sent: Sequence[Sent], declared: Iterable[int], end_ms: int) -> list[tuple[int, str, str, str]]:
    """The same as `told`, from the notifications of a deployment."""
    waiting = list(sent)
    for instant, is_declared in [*((each, True) for each in declared), (end_ms, False)]:
        while waiting and waiting[0].body["timestamp"] <= instant:
            line.send(waiting.pop(0))
        line.settle()
        line.tick(instant, declare=is_declared)
    return sorted((each.as_of_ms, each.account_id, each.from_tier, each.to_tier) for each in line.notifications)


# --- what differs between two


def change(at: int, account: str = "acme", from_tier: str = "green", to_tier: str = "red") -> TierChange:
    return TierChange(at_ms=at, account_id=account, from_tier=from_tier, to_tier=to_tier)


def differing(before: Iterable[TierChange], after: Iterable[TierChange]) -> list[tuple[str, int | None, int | None]]:
    return [(each.change, each.before_ms, each.after_ms) for each in compare(before, after).differences]


def test_what_is_at_the_same_instant_is_unchanged() -> None:
    comparison = compare([change(1), change(2)], [change(2), change(1)])
    assert (comparison.differences, comparison.unchanged, comparison.touched) == ((), 2, frozenset())


def test_what_only_one_has_is_added_or_removed() -> None:
    assert differing([change(1)], []) == [("removed", 1, None)]
    assert differing([], [change(1)]) == [("added", None, 1)]


# 0        7 days
# ├────────┤        moved
# ├─────────┤       a millisecond more: removed, and added
def test_what_is_at_most_seven_days_away_has_moved_either_way() -> None:
    assert MOVED_WITHIN_MS == 7 * DAY
    assert differing([change(0)], [change(7 * DAY)]) == [("moved", 0, 7 * DAY)]
    assert differing([change(7 * DAY)], [change(0)]) == [("moved", 7 * DAY, 0)]
    assert differing([change(0)], [change(7 * DAY + 1)]) == [("removed", 0, None), ("added", None, 7 * DAY + 1)]


@pytest.mark.parametrize(
    "other", [change(2, account="globex"), change(2, from_tier="yellow"), change(2, to_tier="yellow")]
)
def test_another_account_or_another_tier_is_another_change(other: TierChange) -> None:
    assert differing([change(1)], [other]) == [("removed", 1, None), ("added", None, 2)]


# before   A         B
# after             C D     D is what B became, not A
def test_the_nearest_two_are_one_that_moved() -> None:
    before, after = [change(0), change(6 * DAY)], [change(6 * DAY + HOUR)]
    assert differing(before, after) == [("removed", 0, None), ("moved", 6 * DAY, 6 * DAY + HOUR)]
    assert differing(after, before) == [("added", None, 0), ("moved", 6 * DAY + HOUR, 6 * DAY)]


def test_of_what_is_equally_near_the_earliest_has_moved() -> None:
    assert differing([change(0), change(2)], [change(1)]) == [("moved", 0, 1), ("removed", 2, None)]
    assert differing([change(1)], [change(0), change(2)]) == [("moved", 1, 0), ("added", None, 2)]


def test_the_accounts_touched_are_told() -> None:
    before = [change(1), change(1, "globex"), change(1, "initech")]
    comparison = compare(before, [change(1), change(2, "globex")])
    assert comparison.touched == {"globex", "initech"}
    assert [comparison.count(kind) for kind in ("added", "removed", "moved")] == [0, 1, 1]


changes = st.sets(
    st.builds(
        change,
        st.integers(0, 40).map(lambda number: number * DAY),
        st.sampled_from(("acme", "globex")),
        st.sampled_from(("red", "green")),
        st.just("yellow"),
    ),
    max_size=12,
)


@given(changes, changes)
def test_every_change_is_told_once_on_each_side(before: set[TierChange], after: set[TierChange]) -> None:
    comparison = compare(before, after)
    added, removed, moved = (comparison.count(kind) for kind in ("added", "removed", "moved"))
    assert (comparison.unchanged + removed + moved, comparison.unchanged + added + moved) == (len(before), len(after))
    mirrored = compare(after, before)
    assert (mirrored.count("added"), mirrored.count("removed"), mirrored.count("moved")) == (removed, added, moved)
    assert compare(before, before).differences == ()
