"""One test for each class of defect that alerting systems are known for, in virtual time.

| class | test |
|---|---|
| replicas disagree | `test_two_replicas_of_the_log_agree_to_the_byte` |
| duplicates after an outage or a redelivery; a restart forgets open alerts | `AlertMachine.restart`, and the next |
| | `test_a_crash_anywhere_repeats_the_same_steps_under_the_same_ids` |
| resolve is not told for a muted alert | `test_an_end_under_a_snooze_is_in_the_summary` |
| nobody learns that a silence ended | `test_the_end_of_a_snooze_gives_one_summary` |
| maintenance stops the first message only | `AlertMachine.nothing_pages_while_muted` |
| settings that cancel each other: no alert at all | `test_under_every_valid_rule_set_a_breach_that_lasts_alerts` |
| steps of a case that is over; several cases of one rule | `AlertMachine.each_case_follows_the_table` |
| flapping | `test_hysteresis_never_oscillates_inside_its_band` |
| a late event shows that the alert was wrong | `test_a_late_event_retracts` |
| two people at once | `test_two_people_acknowledge_at_once` |
| a rule file that changes while cases are open | `test_a_rule_that_goes_ends_its_case_and_a_new_one_floods_nobody` |
| our own outage pages | `test_an_outage_holds_everything_and_then_says_what_is_left` |
| the same instant twice | `test_the_same_look_twice_says_nothing_twice` |
| a person's clock | `test_a_persons_clock_decides_nothing` |
| clocks that change: DST | `tests/unit/alerts/lifecycle/test_calendar.py` |
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from alerts.lifecycle.account_alerts import AccountAlerts
from alerts.lifecycle.cases.case_table import ALLOWED, STEP_OF
from alerts.lifecycle.command import Command, InvalidCommand
from alerts.lifecycle.schema import ConditionRule, DropRule, FlagRule, ForecastRule, MrrRule, Only, Rule, TierRule
from alerts.step import AlertStep, Severity
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS
from scoring.model.model import Tier
from scoring.result import TierForecast, TransitionCause
from tests.support.alert_account import START_MS, TIER_RULE, TIERS, AlertedAccount, View, policy_of

DURATIONS = st.sampled_from(("", "1h", "6h", "1d"))
SEVERITY = st.sampled_from(("critical", "warning", "info", "good"))
SCORES = st.one_of(st.none(), st.floats(0, 100), st.sampled_from((44.99, 45.0, 47.99, 48.0, 74.99, 75.0, 78.0)))
SELDOM = st.sampled_from((False,) * 7 + (True,))
CAUSES = st.sampled_from(("event", "event", "event", "expiry", "late", "norm", "model", "backfill", "override"))
PATIENT = replace(TIER_RULE, dwell="2h", exit_dwell="3h", escalations={"red": "12h", "yellow": "36h"})
FEW_RULES: dict[str, Rule] = {
    "tier": PATIENT,
    "drop": DropRule(points=15.0, escalate_after="6h"),
    "payment": FlagRule(flags=("payment",), dwell="1h", severity="critical"),
    "champion": ConditionRule(when=(), guarded=False, only=Only(tiers=("red", "yellow"))),
    "praise": ConditionRule(when=(), severity="good"),
    "money": MrrRule(share=0.1),
    "soon": ForecastRule(tiers=("red",), lead="5d"),
}


OTHER_RULES: dict[str, Rule] = {
    "tier": replace(PATIENT, severities={"red": "warning"}, margin=10.0, dwell=""),
    "payment": ConditionRule(when=(), escalate_after="3h"),
    "soon": ForecastRule(tiers=("yellow", "red"), near=40.0),
    "new": FlagRule(flags=("payment",)),
}
FEW_TIERS = (Tier("red", 0.0), Tier("green", 60.0))
POLICIES = (
    (policy_of(**FEW_RULES), TIERS),
    (policy_of(**OTHER_RULES), TIERS),
    (policy_of(FEW_TIERS, **FEW_RULES), FEW_TIERS),
)


def base_of(draw: Callable[..., Any]) -> dict[str, Any]:
    escalate = draw(DURATIONS)
    return {
        "dwell": draw(DURATIONS),
        "exit_dwell": draw(DURATIONS),
        "escalate_after": escalate,
        "severity": draw(SEVERITY),
        "guarded": draw(st.booleans()),
    }


@st.composite
def rule_sets(draw: Callable[..., Any]) -> dict[str, Rule]:
    """One rule of each kind, with any settings that are valid."""
    severities: dict[str, Severity] = {"red": draw(SEVERITY)}
    if draw(st.booleans()):
        severities["yellow"] = draw(SEVERITY)
    margin = draw(st.sampled_from((0.0, 3.0, 30.0, 60.0)))
    escalations = {"red": "4h"} if draw(st.booleans()) else {}
    return {
        "tier": TierRule(**base_of(draw), severities=severities, margin=margin, escalations=escalations),
        "drop": DropRule(**base_of(draw), points=draw(st.sampled_from((0.5, 15.0, 60.0))), within="30d"),
        "flag": FlagRule(**base_of(draw), flags=("payment",)),
        "condition": ConditionRule(**base_of(draw), when=()),
        "money": MrrRule(**base_of(draw), share=draw(st.sampled_from((0.0, 0.5)))),
        "soon": ForecastRule(**base_of(draw), tiers=("yellow",), lead="10d", near=draw(st.sampled_from((5.0, 20.0)))),
    }


@given(rule_sets(), st.booleans())
def test_under_every_valid_rule_set_a_breach_that_lasts_alerts(rules: dict[str, Rule], restarts: bool) -> None:
    """Also while norms come every hour, and whatever dwell, margin and severity say."""
    account = AlertedAccount(policy_of(**rules), restarts=restarts)
    account.see(79.0, mrr=1_000.0)
    account.view.next_fall = TierForecast(
        at="", at_ms=START_MS + 4 * DAY_MS, tier="yellow", score=74.0, cause=TransitionCause(kind="expiry")
    )
    account.wait(hours=26)
    account.see(10.0, mrr=100.0, held_rules=frozenset(("flag", "condition")))
    for _ in range(26):
        account.wait(hours=1)
        account.see(10.0, cause="norm")
    opened = {
        step.rule for step in account.steps if step.step == "opened" and (step.is_told or step.reason == "covered")
    }
    assert opened == set(rules)


@given(
    st.lists(st.tuples(st.integers(0, 3 * 60), st.floats(45.0, 47.9999)), max_size=30),
    DURATIONS,
    DURATIONS,
    st.booleans(),
)
def test_hysteresis_never_oscillates_inside_its_band(
    history: list[tuple[int, float]], dwell: str, exit_dwell: str, starts_red: bool
) -> None:
    """Between a bound and `margin` above it, no case opens, changes or ends; each crossing is a record."""
    tier = TierRule(severities={"red": "critical"}, margin=3.0, dwell=dwell, exit_dwell=exit_dwell)
    account = AlertedAccount(policy_of(tier=tier))
    account.see(60.0)
    if starts_red:
        account.see(40.0)
        account.wait(hours=24)
    before = account.told()
    for minutes, score in history:
        account.wait(minutes=minutes)
        account.see(score)
    account.wait(hours=48)
    assert account.told() == before


def test_each_crossing_inside_the_hysteresis_is_a_suppressed_step() -> None:
    account = AlertedAccount(policy_of(tier=TierRule(severities={"red": "critical"})))
    for score in (60.0, 40.0, 46.0, 44.0, 47.0, 48.0):
        account.wait(hours=1)
        account.see(score)
    assert account.decided() == ["first", "not hysteresis", "not hysteresis", "not hysteresis", "resolved"]


def test_a_late_event_retracts() -> None:
    account = AlertedAccount(policy_of(tier=replace(PATIENT, dwell="")))
    account.see(90.0)
    account.see(30.0)
    account.wait(hours=1)
    (step,) = account.see(90.0, cause="late")
    assert (step.step, step.reason, step.status, step.is_told) == ("retracted", "retracted", "retracted", True)
    assert account.alerts.open_cases() == ()


def test_two_people_acknowledge_at_once() -> None:
    account = AlertedAccount(policy_of(tier=replace(PATIENT, dwell="")))
    account.see(90.0)
    account.see(30.0)
    (first,) = account.command("acknowledge", "ann")
    (second,) = account.command("acknowledge", "bob")
    assert (first.by, first.status, first.outcome) == ("ann", "acknowledged", "sent")
    assert (second.by, second.outcome, second.reason) == ("bob", "suppressed", "repeat")
    assert account.alerts.open_cases()[0].by == "ann"
    account.wait(hours=100)
    assert "escalated" not in [step.step for step in account.steps]


def test_an_end_under_a_snooze_is_in_the_summary() -> None:
    account = AlertedAccount(policy_of(tier=replace(PATIENT, dwell="", exit_dwell="")))
    account.see(90.0)
    (opened,) = account.see(30.0)
    account.command("snooze", rule="tier", until_ms=account.now_ms + DAY_MS, by="ann")
    (end,) = account.see(90.0)
    assert (end.step, end.outcome, end.reason, end.by) == ("resolved", "suppressed", "snooze", "ann")
    (summary,) = account.wait(hours=24)
    assert (summary.step, summary.reason, summary.status) == ("snooze_ended", "summary", "resolved")
    assert (summary.case_id, summary.by) == (opened.case_id, "ann")
    assert summary.words == "acme: the snooze by ann ended: health fell is over"


def test_the_end_of_a_snooze_gives_one_summary() -> None:
    account = AlertedAccount(policy_of(tier=replace(PATIENT, dwell=""), drop=DropRule()))
    account.see(90.0)
    account.command("snooze", until_ms=account.now_ms + DAY_MS, by="ann")
    for score in (60.0, 30.0, 20.0):
        account.wait(hours=2)
        account.see(score)
    assert [step.reason for step in account.steps if step.is_told] == ["action"]
    ended = account.wait(hours=18)
    assert [step.reason for step in ended if step.is_told] == ["summary", "action"]
    assert "health fell still holds (red)" in ended[0].words
    assert "drop" in ended[0].words


def test_after_a_snooze_the_time_to_act_starts_again() -> None:
    account = AlertedAccount(policy_of(tier=replace(PATIENT, dwell="")))
    account.see(90.0)
    account.see(30.0)
    account.command("snooze", rule="tier", until_ms=account.now_ms + DAY_MS)
    assert [(step.outcome, step.reason) for step in account.wait(hours=12)] == [("suppressed", "snooze")]
    account.wait(hours=12)
    assert [step.reason for step in account.wait(hours=12)] == ["escalated"]


def test_an_outage_holds_everything_and_then_says_what_is_left() -> None:
    account = AlertedAccount(policy_of(tier=replace(PATIENT, dwell="", exit_dwell=""), flag=FlagRule(flags=("f",))))
    account.see(90.0, held_rules=frozenset(("flag",)))
    account.see(cause="guard", outage="alarm-1")
    account.see(30.0, held_rules=frozenset())
    account.wait(hours=24)
    during = [step for step in account.steps if step.as_of_ms >= START_MS and step.outage]
    assert {(step.outcome, step.reason, step.outage) for step in during} == {("suppressed", "guard", "alarm-1")}
    after = account.see(cause="guard", is_outage_over=True)
    assert [(step.rule, step.step, step.reason, step.outage) for step in after] == [
        ("tier", "opened", "after_outage", "alarm-1"),
        ("flag", "resolved", "after_outage", "alarm-1"),
    ]


def test_a_fall_that_an_outage_made_and_its_end_took_back_is_told_nobody() -> None:
    account = AlertedAccount(policy_of(tier=PATIENT))
    account.see(90.0)
    account.see(cause="guard", outage="alarm-1")
    account.see(30.0)
    account.wait(hours=24)
    account.see(90.0, cause="guard", is_outage_over=True)
    account.wait(hours=24)
    assert account.told() == []


def test_a_rule_that_goes_ends_its_case_and_a_new_one_floods_nobody() -> None:
    rules: dict[str, Rule] = {"tier": replace(PATIENT, dwell=""), "payment": FlagRule(flags=("p",))}
    account = AlertedAccount(policy_of(**rules))
    account.see(90.0)
    account.see(30.0, held_rules=frozenset(("payment",)))
    assert [step.rule for step in account.steps if step.is_told] == ["tier", "payment"]
    account.view.held_rules = frozenset(("other",))
    steps = account.change_rules(policy_of(tier=rules["tier"], other=FlagRule(flags=("p",)), drop=DropRule()))
    assert [(step.rule, step.step, step.outcome, step.reason) for step in steps] == [
        ("payment", "resolved", "sent", "rule_changed"),
        ("other", "none", "suppressed", "rule_changed"),
    ]
    assert [case.rule for case in account.alerts.open_cases()] == ["tier"]
    account.see(held_rules=frozenset())
    assert [step.reason for step in account.see(held_rules=frozenset(("other",)))] == ["first"]


@pytest.mark.parametrize("cause", ["norm", "model", "backfill", "rules"])
def test_what_nobody_did_pages_nobody_and_is_the_new_normal(cause: str) -> None:
    account = AlertedAccount(policy_of(tier=replace(PATIENT, dwell="", exit_dwell=""), drop=DropRule()))
    account.see(90.0)
    account.see(60.0, cause=cause)
    account.wait(hours=48)
    assert account.told() == []
    account.see(30.0)
    assert account.decided()[-2:] == ["first", "not covered"]
    account.see(90.0)
    assert account.steps[-2].step == "resolved"
    account.see(60.0)
    assert [(step.rule, step.reason) for step in account.steps[-2:]] == [("tier", "first"), ("drop", "covered")]


def test_provisional_and_settling_accounts_page_when_that_ends_and_it_still_holds() -> None:
    account = AlertedAccount(policy_of(tier=replace(PATIENT, dwell="")))
    account.see(30.0, is_provisional=True, is_settling=True)
    account.wait(hours=3)
    account.see(is_provisional=False)
    account.wait(hours=3)
    assert account.decided() == ["not provisional", "not settling"]
    account.view.is_settling = False
    account.wait(hours=1)
    assert account.told() == [("opened", "first")]


def test_a_standing_ends_cases_and_after_it_they_begin_again() -> None:
    account = AlertedAccount(policy_of(tier=PATIENT, flag=FlagRule(flags=("f",))))
    account.see(90.0, held_rules=frozenset(("flag",)))
    account.see(30.0)
    account.wait(hours=3)
    ended = account.see(None, standing="churned")
    assert [(step.step, step.reason, step.is_told) for step in ended if step.case_id] == [
        ("resolved", "standing", True),
        ("resolved", "standing", True),
    ]
    account.wait(hours=50)
    assert account.alerts.open_cases() == ()
    account.see(30.0, standing="")
    account.wait(hours=3)
    assert [case.rule for case in account.alerts.open_cases()] == ["tier", "flag"]


def test_the_same_look_twice_says_nothing_twice() -> None:
    account = AlertedAccount(policy_of(**FEW_RULES), always=True)
    account.see(90.0, mrr=100.0)
    assert account.see(20.0, mrr=50.0, held_rules=frozenset(("payment", "champion"))) != []
    assert account.see() == []
    assert account.wait() == []


def test_a_persons_clock_decides_nothing() -> None:
    account = AlertedAccount(policy_of(tier=replace(PATIENT, dwell="")))
    account.see(90.0)
    account.see(30.0)
    command = Command(kind="acknowledge", author="ann", at_ms=0)
    (step,) = account.alerts.command(command, account.view)
    assert step.as_of_ms == account.now_ms


@given(st.lists(SCORES, max_size=6))
def test_two_replicas_of_the_log_agree_to_the_byte(scores: list[float | None]) -> None:
    """A replica that restarts before each call, and one that never does."""
    one = AlertedAccount(policy_of(**FEW_RULES))
    other = AlertedAccount(policy_of(**FEW_RULES), restarts=True)
    for account in (one, other):
        for score in scores:
            account.see(score)
            account.wait(hours=30)
    assert one.steps == other.steps
    assert one.alerts.snapshot() == other.alerts.snapshot()


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 40)),
        st.tuples(st.just("see"), st.floats(0, 100)),
        st.tuples(st.just("acknowledge"), st.none()),
        st.tuples(st.just("snooze"), st.integers(1, 40)),
    ),
    min_size=2,
    max_size=12,
)


@given(MOVES, st.integers(0, 11))
def test_a_crash_anywhere_repeats_the_same_steps_under_the_same_ids(moves: list[tuple[str, Any]], crash: int) -> None:
    """The log after a snapshot is read again: the steps since then come again, with the same bytes."""
    account = AlertedAccount(policy_of(**FEW_RULES))
    account.see(90.0, mrr=100.0)
    crash = min(crash, len(moves) - 1)
    for move in moves[:crash]:
        moved(account, move)
    snapshot, view, first = account.alerts.snapshot(), msgspec_copy(account.view), len(account.steps)
    for move in moves[crash:]:
        moved(account, move)
    again = AlertedAccount(account.policy)
    again.alerts, again.view = AccountAlerts.restore(account.policy, snapshot), view
    for move in moves[crash:]:
        moved(again, move)
    assert msgspec.json.encode(again.steps) == msgspec.json.encode(account.steps[first:])


def moved(account: AlertedAccount, move: tuple[str, Any]) -> None:
    match move:
        case ("wait", hours):
            account.wait(hours=hours)
        case ("see", score):
            account.see(score)
        case ("snooze", hours):
            account.command("snooze", until_ms=account.now_ms + hours * HOUR_MS)
        case _:
            if account.alerts.open_cases():
                account.command("acknowledge")


def msgspec_copy(view: View) -> View:
    return View(**{name: value for name, value in vars(view).items() if name != "asked"})


class AlertMachine(RuleBasedStateMachine):
    """Everything at once: two accounts, one of which restarts before every call, must say the same."""

    @initialize()
    def start(self) -> None:
        policy = policy_of(**FEW_RULES)
        self.steady = AlertedAccount(policy)
        self.restarting = AlertedAccount(policy, restarts=True)
        self.mutes: dict[str, int] = {}
        self.checked = 0
        self.over: set[str] = set()
        self.status: dict[str, str] = {}
        self.both(lambda account: account.see(90.0, mrr=100.0))

    def both(self, act: Callable[[AlertedAccount], list[AlertStep]]) -> None:
        first, second = act(self.steady), act(self.restarting)
        assert first == second
        assert self.steady.alerts.snapshot() == self.restarting.alerts.snapshot()
        assert self.steady.alerts.band == self.restarting.alerts.band
        assert self.steady.alerts.next_due_ms == self.restarting.alerts.next_due_ms

    @rule(minutes=st.sampled_from((0, 1, 30, 60, 120, 300, 1_440, 10_000)))
    def time_passes(self, minutes: int) -> None:
        self.both(lambda account: account.wait(ms=minutes * MINUTE_MS))

    @rule(score=st.floats(0, 100), minutes=st.sampled_from((0, 59, 60, 121, 180, 301)))
    def an_event_comes(self, score: float, minutes: int) -> None:
        self.both(lambda account: account.see(score, standing=""))
        self.both(lambda account: account.wait(minutes=minutes))

    @rule(score=SCORES, cause=CAUSES)
    def judged(self, score: float | None, cause: str) -> None:
        self.both(lambda account: account.see(score, cause=cause, standing=""))

    @rule(
        held=st.sets(st.sampled_from(("payment", "champion", "praise"))), mrr=st.sampled_from((None, 0.0, 80.0, 100.0))
    )
    def facts_change(self, held: set[str], mrr: float | None) -> None:
        self.both(lambda account: account.see(held_rules=frozenset(held), mrr=mrr))

    @rule(provisional=SELDOM, settling=SELDOM)
    def age_changes(self, provisional: bool, settling: bool) -> None:
        self.both(lambda account: account.see(is_provisional=provisional, is_settling=settling))

    @rule(happens=SELDOM)
    def churns(self, happens: bool) -> None:
        if happens:
            self.both(lambda account: account.see(None, standing="churned"))

    @rule(days=st.sampled_from((None, 1, 4, 9)))
    def the_future_changes(self, days: int | None) -> None:
        for account in (self.steady, self.restarting):
            at_ms = account.now_ms + (days or 0) * DAY_MS
            cause = TransitionCause(kind="expiry")
            fall = TierForecast(at="", at_ms=at_ms, tier="red", score=44.0, cause=cause)
            account.view.next_fall = None if days is None else fall

    @rule(which=st.integers(0, 2), happens=SELDOM)
    def the_rules_change(self, which: int, happens: bool) -> None:
        if not happens:
            return
        policy, tiers = POLICIES[which]
        before = {each.key for each in self.steady.policy.compiled}
        kept = {"", *(each.name for each in policy.compiled if each.key in before)}
        self.both(lambda account: account.change_rules(policy, tiers))
        self.mutes = {name: end for name, end in self.mutes.items() if name in kept}

    @rule(happens=SELDOM)
    def outage_begins(self, happens: bool) -> None:
        if happens:
            self.both(lambda account: account.see(cause="guard", outage="alarm", is_outage_over=False))

    @rule(score=st.floats(0, 100))
    def outage_ends(self, score: float) -> None:
        if self.steady.view.outage:
            self.both(lambda account: account.see(score, cause="guard", is_outage_over=True, standing=""))
            self.both(lambda account: account.see(outage="", is_outage_over=False))

    @rule(
        kind=st.sampled_from(("acknowledge", "assign", "resolve", "note", "wake")),
        name=st.sampled_from(("", *FEW_RULES)),
        by=st.sampled_from(("ann", "bob")),
    )
    def somebody_acts(self, kind: Any, name: str, by: str) -> None:
        before = self.steady.alerts.snapshot()
        try:
            self.both(lambda account: account.command(kind, by, name, assignee="cem", reason="r", action="called"))
        except InvalidCommand:
            assert self.steady.alerts.snapshot() == before
            with pytest.raises(InvalidCommand):
                self.restarting.command(kind, by, name, assignee="cem", reason="r")
        else:
            if kind == "wake":
                self.mutes = {} if not name else {rule: end for rule, end in self.mutes.items() if rule != name}

    @rule(hours=st.sampled_from((1, 7, 30, 2_160)), name=st.sampled_from(("", *FEW_RULES)))
    def somebody_snoozes(self, hours: int, name: str) -> None:
        until = self.steady.now_ms + hours * HOUR_MS
        try:
            self.both(lambda account: account.command("snooze", "ann", name, until_ms=until))
        except InvalidCommand:
            assert name
            assert name not in [case.rule for case in self.steady.alerts.open_cases()]
        else:
            self.mutes[name] = until

    @precondition(lambda self: hasattr(self, "steady"))
    @invariant()
    def new_steps_are_right(self) -> None:
        new = self.steady.steps[self.checked :]
        self.checked = len(self.steady.steps)
        self.nothing_pages_while_muted(new)
        self.each_case_follows_the_table(new)

    def nothing_pages_while_muted(self, new: list[AlertStep]) -> None:
        """Only answers to a person's own action are sent while a snooze holds."""
        for step in new:
            muted = max(self.mutes.get("", 0), self.mutes.get(step.rule, 0))
            is_answer = step.reason == "action" and step.by
            if step.is_told and not is_answer:
                assert step.as_of_ms >= muted, step

    def each_case_follows_the_table(self, new: list[AlertStep]) -> None:
        for step in new:
            assert step.sequence == self.steady.steps.index(step) + 1
            if not step.case_id:
                continue
            if step.case_id in self.over:
                assert step.step == "snooze_ended", "a case that is over is silent, but for the end of a snooze"
                continue
            status: Any = self.status.get(step.case_id, "")
            assert step.step == "none" or any(
                STEP_OF[edge] == step.step and step.status in after for edge, after in ALLOWED[status].items()
            ), (status, step)
            assert step.status is not None
            self.status[step.case_id] = step.status
            if step.status in ("resolved", "retracted"):
                self.over.add(step.case_id)
        open_rules = [case.rule for case in self.steady.alerts.open_cases()]
        assert len(open_rules) == len(set(open_rules))
        assert not self.over & {case.id for case in self.steady.alerts.open_cases()}

    @precondition(lambda self: hasattr(self, "steady"))
    @invariant()
    def a_call_is_owed_later_and_for_other_scores(self) -> None:
        alerts, view = self.steady.alerts, self.steady.view
        assert alerts.next_due_ms > view.as_of_ms
        if view.score is not None and self.steady.calls:
            low, high = alerts.band
            assert low <= view.score < high


TestAlertMachine = AlertMachine.TestCase
