"""Forecasts and causes from the kernel: equal to those of the reference, field by field and to the last bit."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.explain.cause import cause_of
from scoring.explain.forecast import HORIZON_DAYS, forecast_of
from scoring.model.frozen import Frozen
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from scoring.result import Forecast
from streams.kernel import forecasting
from streams.kernel.kernel import is_built
from tests.builders import a_model, usage
from tests.kernel.both import Both, BothCohort, Difference, is_same
from tests.kernel.flood import FUTURE_MS, Flood
from tests.kernel.judging.test_judge_crossing import TIERS
from tests.oracle import DAY_MS
from tests.properties.strategies import History, histories
from tests.support.examples import examples

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
NOTHING: dict[str, float] = {}


class ForecastFlood(Flood):
    """A flood in which forecasts and causes are compared now and then."""

    def __init__(self, seed: int, each: int) -> None:
        super().__init__(seed)
        tiers = TIERS[::each]
        self.plan = Plan(
            msgspec.structs.replace(self.plan.model, tiers=tiers), [each.model for each in self.plan.shadows]
        )
        self.seen: Counter[str] = Counter()

    def _between(self, both: Both) -> None:
        super()._between(both)
        if self._random.random() < 0.03:
            check_causes(both)
            forecast = check_forecast(both)
            self.seen.update(expired=0, norm=0, facts=0)
            if forecast.next_tier is not None:
                cause = forecast.next_tier.cause
                self.seen.update(tiers=1, expired=len(cause.expired), norm=len(cause.norm), facts=len(cause.facts))
            self.seen["improvements"] += len(forecast.improvements)


def check_forecast(both: Both) -> Forecast:
    """Compare both forecasts, and their bytes on the wire. No fork is left, and the account is as before."""
    number = next_number(both)
    ours = forecast_of(both.plan, both.account, both.score, both.norm)
    check_same(both, ours, forecasting.forecast_of(both.kernel, both.number, both.norm))
    assert next_number(both) == number
    both.compare()
    return ours


def check_causes(both: Both) -> None:
    """Compare the causes of a change in any part of the score."""
    plan, native = both.plan, both.kernel.native
    judged = both.score.refresh(plan.primary, both.account, both.norm)
    assert sorted(native.expired_counts(both.number)) == sorted(both.account.expired_counts)
    for part in (*plan.model.components, "floor"):
        after = {part: 1.0}
        for kind in ("event", "expiry"):
            ours = cause_of(plan, both.account, judged, both.norm, kind, NOTHING, after)
            check_same(
                both, ours, forecasting.cause_of(both.kernel, both.number, judged, both.norm, kind, NOTHING, after)
            )


def check_same(both: Both, ours: object, theirs: object) -> None:
    """The same to the last bit, and in the same order."""
    if not is_same(ours, theirs) or msgspec.json.encode(ours) != msgspec.json.encode(theirs):
        raise Difference(f"{both.step}: the reference says {ours!r}, the kernel {theirs!r}")


def next_number(both: Both) -> int:
    """The number that the next account gets: another one where a fork is left."""
    number = both.kernel.begin(0)
    both.kernel.free(number)
    return number


def one_account(plan: Plan, at: str = "2026-01-03T10:00Z") -> Both:
    """An account that used the product once."""
    sent = usage("acme", at=at)
    event = plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
    return BothCohort(plan).apply(event, event.occurred_at_ms)


@examples(60)
@given(histories(), st.booleans(), st.sampled_from((1, 5)))
def test_small_models(history: History, has_norm: bool, each: int) -> None:
    """Of all tiers, and of every fifth: one more event is then seldom enough."""
    plan = Plan(msgspec.structs.replace(history.model, tiers=TIERS[::each]))
    cohort = BothCohort(plan)
    for sent in history.arrivals:
        event = plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        both = cohort.apply(event, event.occurred_at_ms)
        if has_norm:
            cohort.set_norm(plan.norm_part(both.account))
    for both in cohort.accounts.values():
        check_forecast(both)
        check_causes(both)


def test_long_lives() -> None:
    """Presets and small models by turns, with norms, late events, silences, and judgements that stand still."""
    seen: Counter[str] = Counter()
    for seed in range(12):
        flood = ForecastFlood(seed, each=1 + 4 * (seed % 3 == 0))
        flood.run(90)
        seen += flood.seen
    assert all(seen[what] for what in ("tiers", "improvements", "expired", "norm", "facts")), seen


def test_an_adjustment_is_tried_on_the_day_of_the_account() -> None:
    """A second day with use would lift it, and today is the first."""
    signals = {name: {"kind": "distinct", "of": name, "window": "30d"} for name in ("day", "user")}
    components = {
        "days": {"shape": "linear", "signal": "day", "points": [[0, 0], [4, 100]], "weight": 80},
        "users": {"shape": "linear", "signal": "user", "points": [[0, 0], [20, 100]], "weight": 20},
    }
    both = one_account(Plan(a_model(signals, components)))
    assert check_forecast(both).improvements == ()
    both.advance(both.account.as_of_ms + DAY_MS)
    assert check_forecast(both).improvements != ()


def test_what_stands_still_does_not_change_with_silence() -> None:
    falling = {"falling": {"shape": "linear", "signal": "since", "points": [[0, 100], [10, 0]], "weight": 1}}
    both = one_account(Plan(a_model({"since": {"kind": "since_last"}}, falling)))
    assert check_forecast(both).next_tier is not None
    both.freeze(Frozen({"falling": (70.0, 1.0)}))
    assert check_forecast(both).next_tier is None
    both.freeze(Frozen({}))
    assert check_forecast(both).next_tier is not None


def test_after_a_standing_there_is_no_next_tier() -> None:
    """Two days after its latest event an account has no score for a day; then it is in another tier."""
    falling = {"falling": {"shape": "linear", "signal": "since", "points": [[0, 100], [10, 0]], "weight": 1}}
    standings = {"away": {"when": [{"signal": "since", "at_least": 2, "below": 3}]}}
    plan = Plan(a_model({"since": {"kind": "since_last"}}, falling, standings=standings))
    both = one_account(plan)
    assert check_forecast(both).next_tier is None
    both.advance(both.account.as_of_ms + 2 * DAY_MS)
    assert check_forecast(both) == Forecast(horizon_days=HORIZON_DAYS, next_tier=None, improvements=())
    check_causes(both)
    both.advance(both.account.as_of_ms + DAY_MS)
    assert check_forecast(both).next_tier is not None


@pytest.mark.parametrize("preset", ["default", "four-inputs", "usage-trend-friction"])
def test_a_silent_account(preset: str) -> None:
    """It has no score, or falls until nothing changes any more."""
    plan = Plan(load_preset(preset))
    both = Both(one_account(plan).kernel, 0)
    assert check_forecast(both).improvements == ()
    check_causes(both)
    both = one_account(plan)
    for days in (0, 1, 20, 60, 500):
        both.advance(both.account.as_of_ms + days * DAY_MS)
        forecast = check_forecast(both)
        check_causes(both)
    assert forecast.next_tier is None
