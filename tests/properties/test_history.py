"""A whole history, folded account by account: at every instant the very answers of the plain fold."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from scoring.event.event import Event, scoped_id
from scoring.fingerprint import fingerprint, fingerprint_of_value
from scoring.fold.account_tiers import AccountTiers
from scoring.fold.cohort import Cohort
from scoring.fold.history import HistoryFold, Steps
from scoring.fold.tier_changes import TierChange
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from tests.oracle import DAY_MS
from tests.properties.strategies import History, histories
from tests.properties.test_fold import decoded, verdict
from tests.support.examples import examples
from tests.support.plain.tiers import tier_history

Known = tuple[int, Event]
"""When an event was known, and the event."""


def add(fold: HistoryFold, events: Sequence[Known]) -> None:
    plan = fold.plan
    bare = plan.decoder.properties_of({})
    steps = [Steps(plan, event.topic, event.name) for _, event in events]
    fold.add(
        [known for known, _ in events],
        [event.occurred_at_ms for _, event in events],
        steps,
        [fingerprint(scoped_id(event)) if event.event_id else 0 for _, event in events],
        [fingerprint_of_value(event.user_id) if event.user_id else 0 for _, event in events],
        [
            event if step.needs_event(is_bare=event.properties == bare) else None
            for step, (_, event) in zip(steps, events, strict=True)
        ],
    )


def assert_same_at(plan: Plan, events: Sequence[Known], instants: Sequence[int], cohorts: Sequence[Cohort]) -> None:
    """`cohorts` are the plain folds, one at each instant."""
    fold = HistoryFold(plan)
    for name in sorted({event.account_id for _, event in events}):
        own = [each for each in events if each[1].account_id == name]
        fold.begin(own[0][0], has_copies=True)
        cache, done = ScoreCache(plan.score_plans), 0
        for instant_ms, cohort in zip(instants, cohorts, strict=True):
            known = [each for each in own if each[0] <= instant_ms]
            add(fold, known[done:])
            done = len(known)
            if known:
                account, plain, norm = fold.show(instant_ms), cohort.accounts[name], cohort.norm()
                assert verdict(plan, account, norm) == verdict(cohort.plan, plain, norm)
                assert cache.refresh(plan.primary, account, norm) == plan.primary.score(account, norm)
                assert account.first_ms == plain.first_ms
                assert plan.norm_part(account) == plan.norm_part(plain)
            else:
                assert name not in cohort.accounts


LEAPS_MS = st.lists(st.one_of(st.integers(1, 9 * DAY_MS), st.just(DAY_MS)), min_size=1, max_size=6)


@examples(300)
@given(histories(), LEAPS_MS)
def test_a_history_in_order_says_what_the_plain_fold_says_at_every_instant(history: History, leaps: list[int]) -> None:
    plan = Plan(history.model)
    events = sorted((decoded(plan, sent) for sent in history.arrivals), key=lambda event: event.occurred_at_ms)
    instants = [history.end_ms - sum(leaps[:number]) + DAY_MS for number in range(len(leaps))][::-1]
    assert_same_at(
        plan, [(event.occurred_at_ms, event) for event in events], instants, plain(history, events, instants)
    )


def plain(history: History, events: Sequence[Event], instants: Sequence[int]) -> list[Cohort]:
    cohorts = []
    for instant_ms in instants:
        cohort = Cohort(Plan(history.model))
        for event in events:
            if event.occurred_at_ms <= instant_ms:
                cohort.apply(event)
        cohort.advance(instant_ms)
        cohorts.append(cohort)
    return cohorts


@examples(300)
@given(histories(), st.integers(0, 30))
def test_what_came_late_counts_from_when_it_was_known(history: History, split: int) -> None:
    """In the order of arrival, each known when the latest event before it happened."""
    plan = Plan(history.model)
    events = [decoded(plan, sent) for sent in history.arrivals]
    known = [max(event.occurred_at_ms for event in events[: number + 1]) for number in range(len(events))]
    instants = sorted({known[min(split, len(known) - 1)], known[-1], known[-1] + 3 * DAY_MS})
    cohorts = []
    for instant_ms in instants:
        cohort = Cohort(Plan(history.model))
        for known_ms, event in zip(known, events, strict=True):
            if known_ms <= instant_ms:
                cohort.advance(known_ms)
                cohort.apply(event)
        cohort.advance(instant_ms)
        cohorts.append(cohort)
    assert_same_at(plan, list(zip(known, events, strict=True)), instants, cohorts)


@examples(200)
@given(histories(), st.integers(1, 12))
def test_tier_changes_of_one_account_at_a_time_are_those_of_all_together(history: History, step: int) -> None:
    plan = Plan(history.model)
    events = sorted((decoded(plan, sent) for sent in history.arrivals), key=lambda event: event.occurred_at_ms)
    end_ms = history.end_ms + 40 * DAY_MS
    declared = range(events[0].occurred_at_ms, end_ms, step * DAY_MS) if plan.norm_signals else ()
    norms = [
        (instant_ms, cohort.norm())
        for instant_ms, cohort in zip(declared, plain(history, events, declared), strict=True)
    ]
    changes: list[TierChange] = []
    for name in {event.account_id for event in events}:
        own = [event for event in events if event.account_id == name]
        tiers = AccountTiers(plan, name, own[0].occurred_at_ms)
        tiers.fold(own, norms, end_ms)
        changes += tiers.changes
    assert tuple(sorted(changes)) == tier_history(Plan(history.model), events, end_ms, declared).changes
