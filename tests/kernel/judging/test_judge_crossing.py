"""The next change of tier under silence: the kernel finds the instant that the reference finds, and what was before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.explain.forecast import HORIZON_DAYS, tier_forecast_of
from scoring.fold.fold import advance
from scoring.fold.fork import fork
from scoring.model.model import Tier
from scoring.plan.evaluation import Evaluation
from scoring.plan.plan import Plan
from streams.kernel.kernel import is_built
from tests.builders import a_model, ticket, usage
from tests.kernel.both import Both, BothCohort, is_same
from tests.kernel.judging.test_judge_cache import FUTURE_MS
from tests.oracle import DAY_MS
from tests.properties.strategies import History, histories
from tests.support.examples import examples

TIERS = tuple([Tier(name=f"from_{lower}", lower=float(lower)) for lower in range(0, 100, 4)])
"""So many that most accounts come into another."""
pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")


def before_crossing(both: Both, judged: Evaluation, at_ms: int) -> Evaluation:
    """The latest score before an instant, which may be of long before: silence may leave nothing to judge by."""
    plan, copy, score = both.plan, fork(both.plan, both.account), both.score.copy()
    last = judged
    while (due_ms := copy.next_due * plan.resolution_ms) < at_ms:
        advance(plan, copy, due_ms)
        last = score.refresh(plan.primary, copy, both.norm) or last
    return last


def check_crossing(both: Both) -> bool:
    """Compare what both foresee; whether there is a crossing."""
    plan, kernel, account = both.plan, both.kernel, both.account
    judged = both.score.refresh(plan.primary, account, both.norm)
    ours = None if judged is None else tier_forecast_of(plan, account, both.score, both.norm, judged)
    found = kernel.crossing(both.number, account.as_of_ms + HORIZON_DAYS * DAY_MS)
    if ours is None or found is None:
        assert ours is None
        assert found is None
        return False
    after = kernel.refresh(found.fork, plan.primary)
    assert after is not None
    assert (kernel.native.as_of_ms(found.fork), plan.primary.tier_names[after.tier]) == (ours.at_ms, ours.tier)
    assert is_same(after.value, ours.score)
    assert judged is not None
    assert found.before == before_crossing(both, judged, ours.at_ms)
    copy = fork(plan, account)
    advance(plan, copy, ours.at_ms)
    assert after == plan.primary.score(copy, both.norm)
    assert kernel.facts(found.fork, plan.primary) == plan.facts(copy)
    kernel.free(found.fork)
    both.compare()
    return True


@examples(80)
@given(histories(), st.booleans())
def test_the_crossing_that_silence_brings(history: History, has_norm: bool) -> None:
    plan = Plan(msgspec.structs.replace(history.model, tiers=TIERS))
    cohort = BothCohort(plan)
    for sent in history.arrivals:
        event = plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        both = cohort.apply(event, event.occurred_at_ms)
        if has_norm:
            cohort.set_norm(plan.norm_part(both.account))
    for both in cohort.accounts.values():
        check_crossing(both)


def test_after_a_standing_there_is_no_crossing() -> None:
    """Two days after its latest event an account has no score for a day; then it is in another tier."""
    since = {"kind": "since_last"}
    falling = {"falling": {"shape": "linear", "signal": "since", "points": [[0, 100], [10, 0]], "weight": 1}}
    standings = {"away": {"when": [{"signal": "since", "at_least": 2, "below": 3}]}}
    for has_standing in (True, False):
        plan = Plan(a_model({"since": since}, falling, standings=standings if has_standing else {}))
        sent = usage("acme", at="2026-01-03T10:00Z")
        event = plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        both = BothCohort(plan).apply(event, event.occurred_at_ms)
        assert check_crossing(both) != has_standing


SINCE, OLDEST = {"signal": "since"}, {"signal": "oldest"}
FALLS = {"shape": "linear", "signal": "since", "points": [[6, 100], [9, 0]], "weight": 1}
FLAT = {"shape": "linear", "signal": "since", "points": [[0, 100], [1, 100]], "weight": 1}
BY_DAYS: Mapping[str, Mapping[str, Any]] = {
    "a line": {"one": FALLS},
    "a cadence": {"one": {"shape": "cadence", "signal": "since", "due": 5, "lapse": 8, "weight": 1}},
    "a way of evidence": {"one": {**FLAT, "evidence": [{**SINCE, "from": 7, "to": 12}]}},
    "evidence that fades": {"one": {**FLAT, "evidence": [{**SINCE, "fade": 30}]}},
    "an inclusive bound": {"one": {**FLAT, "when": [{**SINCE, "at_least": 4, "judgement": 3}]}},
    "an exclusive bound": {"one": {**FLAT, "when": [{**SINCE, "above": 4, "judgement": 3}]}},
    "a range": {"one": {**FLAT, "when": [{**SINCE, "at_least": 4.5, "below": 6.5, "judgement": 3}]}},
    "an upper bound": {"one": {**FLAT, "when": [{**SINCE, "at_most": 11, "judgement": 3}]}},
    "the oldest open": {"one": {**FLAT, "when": [{**OLDEST, "at_least": 20, "judgement": 3}]}},
    "a ratio of days": {"one": {"shape": "ratio", "signal": "since", "of": 40, "weight": 1}},
    "a difference": {"one": {"shape": "ratio", "signal": "less", "of": 40, "weight": 1}},
    "a floor": {"one": FLAT},
}


@pytest.mark.parametrize("components", BY_DAYS.values(), ids=BY_DAYS)
def test_days_that_change_no_judgement_are_passed_over_and_no_others(components: Any) -> None:
    opened = {"events": ["ticket_opened"], "closed_by": ["ticket_closed"], "item": "ticket_id"}
    signals: dict[str, Mapping[str, Any]] = {
        "since": {"kind": "since_last"},
        "users": {"kind": "distinct", "of": "user", "window": "30d"},
        "oldest": {"kind": "open", "topics": ["tickets"], **opened, "measure": "oldest"},
    }
    if components["one"]["signal"] == "less":
        signals["less"] = {"kind": "difference", "of": "since", "minus": "users"}
    floors = {"low": {"when": [{**SINCE, "at_least": 13}], "to": 3}} if components["one"] == FLAT else {}
    model = a_model(signals, components, floors=floors, neutral=50, neutral_weight=1)
    plan = Plan(msgspec.structs.replace(model, tiers=TIERS))
    cohort = BothCohort(plan)
    tickets = [ticket("acme", at=f"2026-01-0{day}T0{day}:30Z", ticket_id=str(day)) for day in (1, 3)]
    for sent in (*tickets, usage("acme", at="2026-01-05T10:00Z")):
        event = plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        both = cohort.apply(event, event.occurred_at_ms)
    crossings = 0
    while check_crossing(both):
        found = both.kernel.crossing(both.number, both.account.as_of_ms + HORIZON_DAYS * DAY_MS)
        assert found is not None
        at_ms = both.kernel.native.as_of_ms(found.fork)
        both.kernel.free(found.fork)
        both.advance(at_ms)
        crossings += 1
    assert crossings
