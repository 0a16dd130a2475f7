"""What the kernel keeps of judgements: judged again are those that changed, and an evaluation is another one when the
reference makes another one."""

from __future__ import annotations

import random
from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.model.frozen import Frozen
from scoring.model.model import Model
from scoring.model.references import conditions_of
from scoring.model.schema import Condition
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation, ScorePlan
from streams.kernel.kernel import is_built
from tests.builders import a_model, at_ms, usage
from tests.kernel.both import Both, BothCohort, is_same
from tests.oracle import DAY_MS
from tests.properties.strategies import History, histories
from tests.support.examples import examples

FUTURE_MS = at_ms("2100-01-01T00:00Z")
HELD: tuple[tuple[float | None, float], ...] = ((None, 1.0), (0.0, 1.0), (37.25, 0.5), (100.0, 0.0))
pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")


def watches_of(model: Model, random_: random.Random) -> dict[str, tuple[Condition, ...]]:
    """Up to two watches, made of conditions of the model."""
    conditions = list(conditions_of(model))
    if not conditions:
        return {}
    return {f"watch{number}": (random_.choice(conditions),) for number in range(random_.randrange(3))}


def some_of(plan: ScorePlan, random_: random.Random) -> Frozen:
    """Some components and rules that stand still."""
    judgements = {each.name: random_.choice(HELD) for each in plan.components if random_.random() < 0.4}
    return Frozen(judgements, {each.name: random_.random() < 0.5 for each in plan.rules if random_.random() < 0.4})


def passed(cohort: BothCohort, history: History, random_: random.Random) -> Iterable[Both]:
    """The account of each event, after it, and all of them in the silence that follows."""
    for sent in history.arrivals:
        event = cohort.kernel.plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        yield cohort.apply(event, event.occurred_at_ms)
    as_of_ms = history.end_ms
    for days in (1, 10, 40):
        as_of_ms += days * random_.randrange(DAY_MS)
        for both in cohort.accounts.values():
            both.advance_by_timers(as_of_ms, 6)
            yield both


@examples(60)
@given(histories(), st.randoms(use_true_random=False))
def test_what_stands_still_and_what_watches_see(history: History, random_: random.Random) -> None:
    plan = Plan(history.model, watches=watches_of(history.model, random_))
    cohort = BothCohort(plan)
    for both in passed(cohort, history, random_):
        if random_.random() < 0.2:
            both.freeze(some_of(plan.primary, random_))
        if random_.random() < 0.2:
            cohort.set_norm(plan.norm_part(both.account) if random_.random() < 0.8 else {})


@examples(60)
@given(histories(), st.randoms(use_true_random=False))
def test_an_evaluation_has_another_version_when_the_reference_makes_another(
    history: History, random_: random.Random
) -> None:
    plan = Plan(history.model, watches=watches_of(history.model, random_))
    cohort = BothCohort(plan)
    seen: dict[int, tuple[Evaluation | None, int]] = {}
    for both in passed(cohort, history, random_):
        now = both.score.refresh(plan.primary, both.account, both.norm)
        found = both.kernel.native.refresh(both.number, 0)
        before, version = seen.get(both.number, (None, -1))
        if now is not None and found is not None:
            assert (found[7] == version) == (now is before)
            version = found[7]
        seen[both.number] = (now, version)


def test_amounts_beyond_what_a_float_holds_are_divided_once() -> None:
    signals = {
        kind: {"kind": kind, "topics": ["analytics"], "property": "amount", "window": "30d"} for kind in ("sum", "mean")
    }
    plan = Plan(a_model(signals))
    cohort = BothCohort(plan)
    sent = usage("acme", at="2026-01-03T10:00Z", amount=999_999_999.9999)
    event = msgspec.structs.replace(plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS), event_id="")
    both = cohort.apply(event, event.occurred_at_ms, times=1)
    rounded_twice = 0
    for times in range(101, 801, 4):
        cohort.apply(event, event.occurred_at_ms, times=times)
        total, number = both.account.sums
        rounded_twice += float(total) / 10_000 != total / 10_000
        rounded_twice += float(total) / float(number * 10_000) != total / (number * 10_000)
    assert rounded_twice


def test_a_difference_in_the_last_bit_is_seen() -> None:
    """The comparison itself."""
    assert not is_same(0.1 + 0.2, 0.3)
    assert not is_same((1, 0.5), (1.0, 0.5))
