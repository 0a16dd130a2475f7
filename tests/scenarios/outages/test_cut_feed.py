"""A feed cut for six hours and restored: partitions, guard and control in virtual time, with the guard and without it.

The workers' arrivals go to the guard's fold, and its alarms to every partition's control log, as in a deployment. While
the feed is cut its producer keeps the events, and sends them when it is back.
"""

from __future__ import annotations

import msgspec
import pytest

from alerts.lifecycle.loader import load_rules, load_shipped
from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import AlertRules
from alerts.step import AlertStep
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS
from scoring.model.loader import load_preset
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.arrivals import Arrivals
from streams.guard.messages import alert_step, case_after, fleet_alarm, note_case
from streams.guard.rates import WINDOW_MS, Limits, Window
from streams.guard.watch import Watch
from tests.builders import Sent, a_model, an_exception, at_ms, subscription, ticket, usage
from tests.support.in_memory_cluster import Line

CUT = at_ms("2026-03-10T08:00Z")  # a Tuesday
BACK = CUT + 6 * HOUR_MS
PARTITIONS = 2
ACCOUNTS = tuple(f"account {number}" for number in range(12))
QUICK = """
[alerts]
name = "quick"

[rules.tier]
kind = "tier"
severities = { red = "critical", yellow = "warning" }

[rules.drop]
kind = "drop"

[routes.default]
to = ["none"]
"""
NERVOUS: Model = a_model(
    {
        "lately": {"kind": "count", "window": "2h"},
        "errors": {"kind": "count", "window": "1d", "topics": ["exceptions"]},
    },
    {
        "use": {"shape": "linear", "signal": "lately", "points": [[0, 0], [6, 100]], "source": "use", "weight": 3},
        "friction": {"shape": "linear", "signal": "errors", "points": [[0, 100], [50, 0]], "weight": 1},
    },
    sources={"use": {"topics": ["analytics"]}},
)


class Deployment:
    """Two partitions and, `guarded`, a guard, over virtual time. A turn is a minute."""

    def __init__(self, model: Model, rules: AlertRules, *, guarded: bool, begin: int) -> None:
        policy = Policy(rules, model.tiers)
        self.model = model
        self.line = Line(Plan(model, watches=policy.watches), PARTITIONS, "wall", begin, policy)
        for partition in self.line.partitions:
            partition.settle_ms = 0
        self.now_ms = begin
        topics_of = {name: each.topics for name, each in model.sources.items()}
        self.watch = Watch(Limits.of(rules.guard, rules.header.zone), PARTITIONS, topics_of)
        self.windows: dict[int, Window] = {}
        self.guarded = guarded
        self.pipeline: list[AlertStep] = []
        self.kept: list[Sent] = []

    def usual(self, rate: int) -> None:
        """The guard has seen a week in which so many events came in each window."""
        topics = {"topic:analytics": rate, "source:use": rate, "watched": WINDOW_MS * PARTITIONS}
        self.windows = dict.fromkeys(range(CUT - 8 * DAY_MS, CUT - DAY_MS + 12 * HOUR_MS, WINDOW_MS), topics)

    def turn(self, *events: Sent) -> None:
        """A minute in which these are sent."""
        self.now_ms += MINUTE_MS
        self.line.now_ms = self.now_ms
        for sent in events:
            self.line.send(sent)
        for number in range(PARTITIONS):
            self.line.advance(self.now_ms, number)
        self.line.settle()
        self.line.now_ms = self.now_ms
        for partition in self.line.partitions:
            message = partition.take_arrivals(self.now_ms)
            if message is not None and self.guarded:
                self._tell_guard(message)

    def _tell_guard(self, message: Arrivals) -> None:
        begin = message.to_ms - message.to_ms % WINDOW_MS
        window = self.watch.take(message, self.windows.get(begin, {}))
        assert window is not None
        self.windows[begin] = window
        for decision in self.watch.decide(lambda begin: self.windows.get(begin, {})):
            case = case_after(self.watch.state, decision)
            self.pipeline.append(alert_step(self.watch.state, decision, case, self.model))
            self.watch.apply(decision)
            note_case(self.watch.state, case)
            for number in range(PARTITIONS):
                self.line.control(fleet_alarm(decision), number)
        self.watch.judged()

    def told(self) -> list[AlertStep]:
        """The steps of accounts that somebody hears of."""
        return [step for step in self.line.steps if step.is_told]

    def scores(self) -> dict[str, ScoreSnapshot]:
        """The last answers, but for ranks, instants and what has happened on the way."""
        return {
            name: msgspec.structs.replace(
                each,
                generation=0,
                version=0,
                as_of="",
                as_of_ms=0,
                applied=(),
                forecast=None,
                cases=(),
                last_transition=None,
            )
            for name, each in self.line.answers.items()
        }


def run(deployment: Deployment, until: int, every: int = 10, *, really_gone: tuple[str, ...] = ()) -> None:
    """Each account uses the product every so many minutes, and has errors now and then. The feed of use is cut between
    `CUT` and `BACK`; those who are `really_gone` use it no more from then on."""
    while deployment.now_ms < until:
        minute = deployment.now_ms // MINUTE_MS
        events: list[Sent] = []
        for number, name in enumerate(ACCOUNTS):
            at = deployment.now_ms + MINUTE_MS
            if (minute + number) % every == 0 and not (name in really_gone and at > CUT):
                (deployment.kept if CUT < at <= BACK else events).append(usage(name, at))
            if (minute + number) % 120 == 0:
                events.append(an_exception(name, at))
        if deployment.now_ms + MINUTE_MS > BACK:
            events += deployment.kept
            deployment.kept = []
        deployment.turn(*events)


def nervous(*, guarded: bool) -> Deployment:
    deployment = Deployment(NERVOUS, load_rules(QUICK, NERVOUS), guarded=guarded, begin=CUT - 3 * HOUR_MS)
    deployment.usual(len(ACCOUNTS) // 2)
    return deployment


def test_without_a_guard_every_account_pages() -> None:
    """Else the other tests would show nothing."""
    deployment = nervous(guarded=False)
    run(deployment, BACK)
    assert {step.account_id for step in deployment.told() if step.as_of_ms > CUT} == set(ACCOUNTS)


def test_with_it_operations_hear_of_one_case_and_no_account_pages() -> None:
    deployment, other = nervous(guarded=True), nervous(guarded=False)
    run(deployment, CUT + 20 * MINUTE_MS)
    frozen = deployment.scores()
    assert {tuple(each.stale) for each in frozen.values()} == {("analytics",)}
    run(deployment, BACK)
    assert {name: each.score for name, each in deployment.scores().items()} != {}
    for name, each in deployment.scores().items():
        assert each.components["use"].judgement == frozen[name].components["use"].judgement
        assert each.tier == frozen[name].tier
    run(deployment, BACK + 4 * HOUR_MS)
    run(other, BACK + 4 * HOUR_MS)
    opened, resolved = deployment.pipeline
    assert (opened.step, opened.reason, resolved.step) == ("opened", "first", "resolved")
    assert opened.case_id == resolved.case_id
    assert 15 * MINUTE_MS <= opened.as_of_ms - CUT <= 20 * MINUTE_MS
    assert [step for step in deployment.told() if step.as_of_ms > CUT] == []
    assert deployment.scores() == other.scores(), "thawed, as if nothing had stood still"
    for ours, theirs in zip(deployment.line.partitions, other.line.partitions, strict=True):
        assert ours.scorer.ledger.tier_accounts == theirs.scorer.ledger.tier_accounts
        assert sum(ours.scorer.ledger.tier_accounts) == len(ours.accounts)


def test_what_was_lost_all_the_same_is_told_at_the_end_as_after_the_outage() -> None:
    lost = ACCOUNTS[3]
    deployment = nervous(guarded=True)
    run(deployment, BACK + 4 * HOUR_MS, really_gone=(lost,))
    told = [step for step in deployment.told() if step.as_of_ms > CUT]
    assert {step.account_id for step in told} == {lost}
    assert {step.reason for step in told} == {"after_outage"}
    assert {step.outage for step in told} == {deployment.pipeline[0].outage}


@pytest.mark.slow
def test_under_the_default_model_and_the_shipped_rules() -> None:
    """Ten days of history, then the cut: one case of operations, nobody paged, and the scores of a run without it."""
    model = load_preset("default")
    runs: list[Deployment] = []
    for guarded in (True, False):
        begin = CUT - 3 * HOUR_MS
        deployment = Deployment(model, load_shipped("default", model).rules, guarded=guarded, begin=begin)
        deployment.usual(len(ACCOUNTS) // 2)
        for day in range(60, 0, -1):
            at = begin - day * DAY_MS
            deployment.line.now_ms = at + 4 * HOUR_MS
            for number, name in enumerate(ACCOUNTS):
                if day == 60:
                    deployment.line.send(subscription(name, at, mrr=100.0 * (number + 1)))
                for hour in range(3):
                    deployment.line.send(usage(name, at + hour * HOUR_MS + number))
                if day % 20 == number:
                    deployment.line.send(ticket(name, at))
            for number in range(PARTITIONS):
                deployment.line.advance(at + 4 * HOUR_MS, number)
            deployment.line.settle()
        run(deployment, BACK + 3 * HOUR_MS)
        runs.append(deployment)
    ours, theirs = runs
    assert [step.step for step in ours.pipeline] == ["opened", "resolved"]
    assert [step for step in ours.told() if step.as_of_ms > CUT] == []
    assert {name: each.components for name, each in ours.scores().items()} == {
        name: each.components for name, each in theirs.scores().items()
    }
    assert ours.scores() == theirs.scores()
    for one, other in zip(ours.line.partitions, theirs.line.partitions, strict=True):
        assert one.scorer.ledger.tier_cents == other.scorer.ledger.tier_cents
    assert sum(cents for each in ours.line.partitions for cents in each.scorer.ledger.tier_cents) == 7_800_00
