"""What is usual, on histories that are dense enough for its windows: fold == oracle after every step.

The other properties draw these kinds, too, but with few events over a hundred days.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from scoring.fold.fold import advance, apply
from scoring.fold.fork import fork
from scoring.fold.history import HistoryFold
from scoring.instants import FAR
from scoring.plan.plan import Plan
from scoring.result import Fact
from scoring.state.account import Account
from tests.builders import Sent, a_model, usage
from tests.oracle import DAY_MS, verdicts
from tests.properties.test_history import add
from tests.support.examples import examples


def own(number: int, kind: str, **keys: Any) -> dict[str, Any]:
    """A signal with daily totals of its own: nothing but what it asks for is kept."""
    return {"kind": kind, "events": ["login"], "exclude": [f"nothing{number}"]} | keys


USUAL: dict[str, Any] = {"window": "3d", "within": "12d"}
SEASON: dict[str, Any] = {"window": "3d", "back": "14d"}
SIGNALS: dict[str, dict[str, Any]] = {
    "median": own(1, "usual", **USUAL),
    "least": own(2, "usual", **USUAL, quantile=0),
    "of_days": own(3, "usual", **USUAL, of="days", quantile=0.75),
    "one_window": own(4, "usual", window="3d", within="3d"),
    "a_day": own(5, "usual", window="1d", within="40d", quantile=0.9),
    "season": own(1, "season", **SEASON),
    "season_of_days": own(3, "season", **SEASON, of="days"),
    "season_alone": own(6, "season", **SEASON),
    "expected": {"kind": "expected", "usual": "median", "season": "season"},
    "expected_days": {"kind": "expected", "usual": "of_days", "season": "season_of_days", "margin": 0.5},
    "after": own(1, "season", window="3d", back="11d"),
    "later": own(1, "season", window="3d", back="8d"),
    "expected_after": {"kind": "expected", "usual": "median", "season": "season", "after": ["after", "later"]},
    "average": own(7, "average", window="5d", within="20d"),
    "dispersion": own(8, "dispersion", weeks=4, back="2d"),
    "days": own(9, "days", window="6d"),
    "gap": own(10, "usual_gap", within="30d"),
    "gap_of_two": own(11, "usual_gap", nth=2, within="15d"),
    "since_third": own(12, "since_last", nth=3, within="20d"),
    "gap_in_more": own(5, "usual_gap", within="8d"),
    "since_in_more": own(5, "since_last", nth=2, within="8d"),
    "weeks": {"kind": "known", "of": "a_day"},
    "weeks_of_one": {"kind": "known", "of": "one_window"},
    "stretches": {"kind": "known", "of": "gap_of_two"},
}
MODEL = a_model(SIGNALS, resolution="1h", pause_max="30d")
PLAN = Plan(MODEL)
START_DAY = 20_000


class Step(NamedTuple):
    """Something that happens: time moves by so many hours; or events come, of so many days ago, which the signals take
    or not."""

    what: Literal["hours", "login", "other"]
    number: int
    times: int = 1


HOURS = st.sampled_from((1, 5, 24, 24, 24, 24, 48, 24 * 8, 24 * 9, 24 * 35))
MOVES = st.builds(Step, st.just("hours"), HOURS)
NAMES = st.sampled_from(("login", "login", "login", "other"))
TODAY = st.builds(Step, NAMES, st.just(0), st.integers(1, 3))
LATE = st.builds(Step, NAMES, st.integers(1, 50), st.integers(1, 2))
STEPS = st.lists(st.one_of(MOVES, MOVES, TODAY, TODAY, LATE), min_size=1, max_size=40)


class Watched:
    """An account, and the events that it saw."""

    def __init__(self, plan: Plan = PLAN) -> None:
        self.plan = plan
        self.account = Account(plan.sizes, START_DAY * DAY_MS)
        self.sent: list[Sent] = []
        self.see(self.account, "other", 0)

    def take(self, step: Step) -> None:
        if step.what == "hours":
            advance(self.plan, self.account, self.account.as_of_ms + step.number * 3_600_000)
            return
        for _ in range(step.times):
            self.see(self.account, step.what, step.number)

    def see(self, account: Account, name: str, days_ago: int) -> None:
        sent = usage(at=account.as_of_ms - days_ago * DAY_MS, event=name)
        self.sent.append(sent)
        apply(self.plan, account, self.plan.decoder.decode(sent.topic, sent.value, 0, FAR), account.as_of_ms)

    def expected(self, as_of_ms: int) -> dict[str, Fact]:
        return verdicts(MODEL, self.sent, as_of_ms)["acme"].facts


@examples(250)
@given(STEPS)
def test_every_step_says_what_the_oracle_says(steps: list[Step]) -> None:
    watched = Watched()
    for step in steps:
        watched.take(step)
        assert PLAN.facts(watched.account) == watched.expected(watched.account.as_of_ms)


@examples(100)
@given(STEPS)
def test_an_account_without_its_caches_says_the_same(steps: list[Step]) -> None:
    """Its caches go when it becomes bytes."""
    kept, dropped = Watched(), Watched()
    for step in steps:
        for watched in (kept, dropped):
            watched.take(step)
        account = dropped.account
        for caches in (account.window_cache, account.gap_cache, account.latest_days):
            caches[:] = [None] * len(caches)
        assert PLAN.facts(kept.account) == PLAN.facts(account)


@examples(100)
@given(STEPS, st.integers(0, 39))
def test_a_fork_moves_on_by_itself_and_leaves_its_account_alone(steps: list[Step], at: int) -> None:
    watched = Watched()
    for step in steps[:at]:
        watched.take(step)
    before = PLAN.facts(watched.account)
    copy = fork(PLAN, watched.account)
    saw = list(watched.sent)
    watched.see(copy, "login", 0)
    assert PLAN.facts(copy) == watched.expected(copy.as_of_ms)
    for days in (1, 2, 30):
        advance(PLAN, copy, watched.account.as_of_ms + days * DAY_MS)
        assert PLAN.facts(copy) == watched.expected(copy.as_of_ms)
    watched.sent = saw
    assert PLAN.facts(watched.account) == before
    for step in steps[at:]:
        watched.take(step)
    assert PLAN.facts(watched.account) == watched.expected(watched.account.as_of_ms)


@examples(100)
@given(STEPS)
def test_nothing_changes_until_the_timer_is_due(steps: list[Step]) -> None:
    """A timer may fire early, and never late; silence ends in a timer that never comes."""
    watched = Watched()
    for step in steps:
        watched.take(step)
    account = watched.account
    for _ in range(90):
        facts, due_ms = PLAN.facts(account), account.next_due * PLAN.resolution_ms
        assert due_ms > account.as_of_ms
        assert watched.expected(due_ms - 1) == facts
        advance(PLAN, account, due_ms)


@examples(100)
@given(STEPS)
def test_a_history_shown_after_every_move_says_the_same(steps: list[Step]) -> None:
    """Where events are added without a step of time, and nothing is read between two instants."""
    watched, fold = Watched(), HistoryFold(PLAN)
    fold.begin(watched.account.as_of_ms, has_copies=False)
    sent = 0
    for step in (*steps, Step("hours", 24)):
        known_ms = watched.account.as_of_ms
        watched.take(step)
        events = [PLAN.decoder.decode(each.topic, each.value, 0, FAR) for each in watched.sent[sent:]]
        add(fold, [(known_ms, event) for event in events])
        sent = len(watched.sent)
        if step.what == "hours":
            assert PLAN.facts(fold.show(watched.account.as_of_ms)) == PLAN.facts(watched.account)


@examples(100)
@given(STEPS)
def test_what_an_event_leaves_as_it_was_is_not_judged_again(steps: list[Step]) -> None:
    """No signal changes whose dependents are not marked; and an event of a day with events marks none of the past."""
    plan = Plan(a_model(SIGNALS, {name: _judged(name) for name in SIGNALS}, resolution="1h", pause_max="30d"))
    bits = {component.name: component.bit for component in plan.primary.components}
    watched = Watched(plan)
    account = watched.account
    for step in steps:
        account.changed_dependents = 0
        before, today = plan.facts(account), account.as_of_ms // DAY_MS
        is_used = all(today in totals for totals in account.totals)
        watched.take(step)
        changed = {name for name, value in plan.facts(account).items() if value != before[name]}
        marked = {name for name, bit in bits.items() if account.changed_dependents & bit}
        assert changed <= marked
        if step.what == "login" and step.number == 0 and is_used:
            assert marked == set()


def _judged(signal: str) -> dict[str, Any]:
    return {"shape": "linear", "signal": signal, "points": [[0, 0], [10, 100]], "weight": 1}
