"""The fold, held to the oracle: at every prefix, in any order, with repeats, through crashes and restores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.notification import Notification
from alerts.transition import notification_id
from scoring.event.event import Event
from scoring.explain.snapshot import signs_of
from scoring.fold.cohort import Cohort
from scoring.fold.fold import advance
from scoring.model.model import Model
from scoring.oracle.signs import OracleSign
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.result import Sign
from scoring.state.account import Account
from tests.builders import Sent
from tests.oracle import DAY_MS, OracleScore, verdicts
from tests.properties.strategies import History, histories
from tests.support.examples import examples
from tests.support.in_memory_cluster import FAR_FUTURE_MS, Line, Reached
from tests.support.timeouts import within

# --- the pure core


@examples(400)
@given(histories())
def test_the_fold_says_what_the_oracle_says_after_every_event(history: History) -> None:
    cohort = Cohort(Plan(history.model))
    as_of_ms = 0
    for number, sent in enumerate(history.arrivals, start=1):
        event = decoded(cohort.plan, sent)
        cohort.apply(event)
        as_of_ms = max(as_of_ms, event.occurred_at_ms)
        cohort.advance(as_of_ms)
        assert_same(cohort, history.arrivals[:number], as_of_ms)


@examples(400)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(history: History, random: object) -> None:
    shuffled = list(history.arrivals)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = cohort_of(history.model, history.arrivals), cohort_of(history.model, shuffled)
    for cohort in (one, other):
        cohort.advance(history.end_ms)
    assert_same(other, history.arrivals, history.end_ms)
    assert said(one) == said(other)


@examples(300)
@given(histories())
def test_every_event_twice_is_every_event_once(history: History) -> None:
    with_ids = [sent for sent in history.arrivals if "id" in sent.body]
    once, twice = cohort_of(history.model, with_ids), cohort_of(history.model, [*with_ids, *reversed(with_ids)])
    assert said(once) == said(twice)


LEAPS_MS = st.one_of(st.integers(0, 3 * DAY_MS), st.integers(0, 70).map(lambda days: days * DAY_MS), st.just(1_000))


@examples(400)
@given(histories(), st.lists(LEAPS_MS, min_size=1, max_size=8))
def test_time_moves_in_steps_as_at_once_and_says_when_something_changed(history: History, leaps: list[int]) -> None:
    steps, at_once = (cohort_of(history.model, history.arrivals) for _ in range(2))
    as_of_ms = history.end_ms
    for cohort in (steps, at_once):
        cohort.advance(as_of_ms)
    norm = steps.norm()
    for leap in leaps:
        as_of_ms += leap
        for account in steps.accounts.values():
            before = verdict(steps.plan, account, norm)
            if not advance(steps.plan, account, as_of_ms):
                assert verdict(steps.plan, account, norm) == before, "nobody would have looked at the account again"
        assert_same(steps, history.arrivals, as_of_ms)
    at_once.advance(as_of_ms)
    assert said(at_once) == said(steps)


@examples(400)
@given(histories(), st.lists(LEAPS_MS, max_size=4), st.integers(1, 3))
def test_what_is_worked_out_again_is_what_working_all_out_anew_says(
    history: History, leaps: list[int], every: int
) -> None:
    cohort, as_of_ms = Cohort(Plan(history.model)), history.end_ms
    norm: dict[str, float] = {}
    scores: dict[str, ScoreCache] = {}
    for number, sent in enumerate(history.arrivals):
        cohort.apply(decoded(cohort.plan, sent))
        if number % every == 0:  # in between, what is stale adds up
            norm = assert_fresh(cohort, scores, norm)
    for leap in (0, *leaps):
        as_of_ms += leap
        cohort.advance(as_of_ms)
        norm = assert_fresh(cohort, scores, norm)


def assert_fresh(cohort: Cohort, scores: dict[str, ScoreCache], norm_before: dict[str, float]) -> dict[str, float]:
    """What is asked of every account, under the cohort's norm; answers the norm, another one only if it changed."""
    norm = cohort.norm()
    if norm == norm_before:
        norm = norm_before
    for name, account in cohort.accounts.items():
        cache = scores.setdefault(name, ScoreCache(cohort.plan.score_plans))
        assert cache.refresh(cohort.plan.primary, account, norm) == cohort.plan.primary.score(account, norm)
    return norm


# --- a partition, its changelog, and crashes


class Interruption(NamedTuple):
    """What happens after so many events: a flush, or a crash that came so far in one."""

    after: int
    what: Literal["flush"] | Reached
    groups: int


AFTER = st.integers(0, 28)
KINDS = st.sampled_from(("flush", "nothing", "some records", "records", "outputs", "offsets"))
INTERRUPTIONS = st.lists(st.builds(Interruption, AFTER, KINDS, st.integers(0, 3)), max_size=5)


def line_of(history: History, plan: Plan, interrupted: Iterable[Interruption] = ()) -> Line:
    """The history through one partition, judged at its end and again 20 days later."""
    line = Line(plan)
    with within(5):
        for number, sent in enumerate(history.arrivals):
            line.send(sent)
            line.work()
            interrupt(line, interrupted, number)
        for days in (0, 20):
            line.tick(history.end_ms + days * DAY_MS)
            interrupt(line, interrupted, len(history.arrivals) + days)
        line.tick(history.end_ms + 20 * DAY_MS)
    return line


def interrupt(line: Line, interrupted: Iterable[Interruption], number: int) -> None:
    for interruption in interrupted:
        if interruption.after == number:
            if interruption.what == "flush":
                line.flush()
            else:
                line.crash(0, interruption.what, interruption.groups)
                line.work()


@examples(400)
@given(histories(), INTERRUPTIONS)
def test_a_worker_that_crashes_anywhere_ends_where_the_oracle_does(
    history: History, interrupted: list[Interruption]
) -> None:
    line = line_of(history, Plan(history.model), interrupted)
    assert_answers(line, history, history.end_ms + 20 * DAY_MS)
    assert_honest(line)


@examples(300)
@given(histories(), INTERRUPTIONS)
def test_a_crash_changes_no_notification(history: History, interrupted: list[Interruption]) -> None:
    plan = Plan(history.model)
    undisturbed, disturbed = line_of(history, plan), line_of(history, plan, interrupted)
    for account_id in undisturbed.answers:
        assert sent_to(disturbed, account_id) == sent_to(undisturbed, account_id)


@examples(150)
@given(histories(), AFTER)
def test_a_compacted_changelog_restores_the_same_state_in_any_order(history: History, after: int) -> None:
    line = Line(Plan(history.model))
    for number, sent in enumerate(history.arrivals):
        line.send(sent)
        line.work()
        if number % 3 == 0 or number == after:
            line.flush()
    line.flush()
    compacted = list(dict(line.changelogs[0]).items())
    line.restart(0, compacted[::-1])
    line.tick(history.end_ms)
    assert_answers(line, history, history.end_ms)


# --- what is compared, and how


def decoded(plan: Plan, sent: Sent) -> Event:
    return plan.decoder.decode(sent.topic, sent.value, 0, FAR_FUTURE_MS)


def cohort_of(model: Model, arrivals: Iterable[Sent]) -> Cohort:
    cohort = Cohort(Plan(model))
    for sent in arrivals:
        cohort.apply(decoded(cohort.plan, sent))
    return cohort


def verdict(plan: Plan, account: Account, norm: dict[str, float]) -> OracleScore:
    facts, now = plan.facts(account), plan.primary.evaluate(account, norm)
    judged = plan.primary.score(account, norm)
    if judged is None:
        flags = tuple(rule.name for rule in plan.primary.holding(account))
        return OracleScore(facts, now.judgements, None, "", flags=flags, standing=plan.primary.standing_of(account))
    return OracleScore(
        facts=facts,
        judgements=list(judged.judgements),
        score=judged.value,
        tier=plan.primary.tier_names[judged.tier],
        coverage=judged.coverage,
        provisional=judged.provisional,
        profile=judged.profile,
        flags=judged.flags,
        evidence=judged.evidence,
    )


def said(cohort: Cohort) -> dict[str, OracleScore]:
    """All that a cohort says; equal only where every float is."""
    norm = cohort.norm()
    return {name: verdict(cohort.plan, account, norm) for name, account in cohort.accounts.items()}


def assert_same(cohort: Cohort, arrivals: Sequence[Sent], as_of_ms: int) -> None:
    expected, got = verdicts(cohort.plan.model, arrivals, as_of_ms), said(cohort)
    assert set(got) == set(expected)
    for account_id, verdict_ in got.items():
        assert_verdict(verdict_, expected[account_id], cohort.plan.model)
        signs = signs_of(cohort.plan, cohort.accounts[account_id], ())
        assert told(signs) == expected[account_id].signs


def told(signs: Iterable[Sign]) -> tuple[OracleSign, ...]:
    """Signs as the oracle tells them."""
    return tuple(OracleSign(sign.name, sign.number, sign.event, sign.user, sign.hour) for sign in signs)


def assert_answers(line: Line, history: History, as_of_ms: int) -> None:
    expected = verdicts(history.model, history.arrivals, as_of_ms)
    assert set(line.answers) == set(expected)
    for account_id, answer in line.answers.items():
        judged = {name: each.judgement for name, each in answer.components.items()}
        judgements = [judged.get(name) for name in history.model.components]
        if answer.score is None:  # then nothing is said of its components
            judgements = expected[account_id].judgements
        verdict_ = OracleScore(
            facts=dict(answer.facts),
            judgements=judgements,
            score=answer.score,
            tier=answer.tier,
            coverage=answer.coverage,
            provisional=answer.provisional,
            profile=answer.profile,
            flags=answer.flags,
            signs=expected[account_id].signs,
            evidence=tuple(answer.components[name].evidence for name in history.model.components if judged),
            standing=answer.standing,
            sources=answer.sources,
        )
        assert told(answer.signs) == expected[account_id].signs
        assert dict(answer.sources) == dict(expected[account_id].sources)
        assert_verdict(verdict_, expected[account_id], history.model)
        assert answer.as_of_ms == as_of_ms


def sent_to(line: Line, account_id: str) -> list[Notification]:
    return [notification for notification in line.notifications if notification.account_id == account_id]


def assert_verdict(got: OracleScore, expected: OracleScore, model: Model) -> None:
    """Facts, profile and flags exactly; judgements, coverage and score up to rounding; the tier and `provisional`,
    unless a rounding decides them."""
    assert got.facts == expected.facts
    assert (got.profile, got.flags, got.standing) == (expected.profile, expected.flags, expected.standing)
    assert [each is None for each in got.judgements] == [each is None for each in expected.judgements]
    assert [each or 0.0 for each in got.judgements] == pytest.approx([each or 0.0 for each in expected.judgements])
    assert (got.score is None) == (expected.score is None)
    if got.score is None or expected.score is None:
        assert got.tier == expected.tier == ""
        return
    assert 0 <= got.score <= 100
    assert got.score == pytest.approx(expected.score, abs=1e-9)
    if all(abs(got.score - tier.lower) > 1e-9 for tier in model.tiers[1:]):
        assert got.tier == expected.tier
    assert got.evidence == expected.evidence
    assert got.coverage == pytest.approx(expected.coverage)
    if abs(got.coverage - model.header.provisional_below) > 1e-9:
        assert got.provisional == expected.provisional


def assert_honest(line: Line) -> None:
    """One id, one content; no gap in an account's transitions; and sums that are exact to the cent."""
    contents: dict[str, set[bytes]] = defaultdict(set)
    for body in line.bodies:
        contents[msgspec.json.decode(body, type=Notification).id].add(body)
    assert all(len(each) == 1 for each in contents.values())
    last: dict[str, Notification] = {}
    for notification in line.notifications:
        before = last.get(notification.account_id)
        assert notification.sequence == (before.sequence + 1 if before else 1)
        if not line.plan.model.standings:  # after one the next score is a new baseline
            assert before is None or notification.from_tier == before.to_tier
        assert notification.id == notification_id(notification.account_id, notification.sequence)
        assert 0 <= notification.before <= 100
        assert 0 <= notification.after <= 100
        assert sum(cents(delta.points) for delta in notification.deltas) == cents(notification.change)
        assert cents(notification.after) - cents(notification.before) == cents(notification.change)
        last[notification.account_id] = notification


def cents(points: float) -> int:
    assert points == pytest.approx(round(points * 100) / 100, abs=1e-12), "points have two decimals"
    return round(points * 100)
