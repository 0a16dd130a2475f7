"""The forecast, held to the oracle: what it foresees comes, at that very instant; what it says would lift, lifts."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from scoring.explain.forecast import HORIZON_DAYS, forecast_of
from scoring.fold.cohort import Cohort
from scoring.model import schema
from scoring.oracle.signals.open_items import kept_states
from scoring.plan.score_cache import ScoreCache
from scoring.plan.signals.base import VALUE
from scoring.result import Adjustment
from scoring.state.account import Account
from tests.builders import Sent
from tests.oracle import DAY_MS, happened, verdicts
from tests.properties.strategies import History, histories
from tests.properties.test_fold import cohort_of
from tests.support.examples import examples

NEAR = 1e-9
"""A score so near to a bound may be rounded to either side of it."""


def tier_then(history: History, more: Iterable[Sent], account_id: str, as_of_ms: int, norms: dict[str, float]) -> str:
    """The oracle's tier of an account, under the norms of now; "" without evidence."""
    verdict = verdicts(history.model, [*history.arrivals, *more], as_of_ms, norms)[account_id]
    if verdict.score is not None:
        assume(all(abs(verdict.score - tier.lower) > NEAR for tier in history.model.tiers[1:]))
    return verdict.tier


def judged_accounts(history: History) -> tuple[Cohort, dict[str, float], list[tuple[str, Account, str]]]:
    """The cohort at the end of its history, its norms, and the accounts that can be judged, with their tiers."""
    cohort = cohort_of(history.model, history.arrivals)
    cohort.advance(history.end_ms)
    norms = cohort.norm()
    named = []
    for account_id, account in cohort.accounts.items():
        judged = cohort.plan.primary.score(account, norms)
        if judged is not None:
            named.append((account_id, account, cohort.plan.primary.tier_names[judged.tier]))
    return cohort, norms, named


@examples(250)
@given(histories(), st.randoms(use_true_random=False))
def test_the_crossing_that_silence_brings_comes_at_its_very_instant_and_none_before(
    history: History, random_: random.Random
) -> None:
    cohort, norms, named = judged_accounts(history)
    for account_id, account, tier in named:
        before = msgspec.msgpack.encode(cohort.plan.facts(account))
        next_tier = forecast_of(cohort.plan, account, ScoreCache(cohort.plan.score_plans), norms).next_tier
        assert msgspec.msgpack.encode(cohort.plan.facts(account)) == before, "the account itself is left alone"
        until_ms = next_tier.at_ms if next_tier is not None else history.end_ms + HORIZON_DAYS * DAY_MS
        if next_tier is not None:
            assert tier_then(history, (), account_id, next_tier.at_ms, norms) == next_tier.tier != tier
            assert tier_then(history, (), account_id, next_tier.at_ms - 1, norms) in (tier, "")
        for _ in range(4):
            between_ms = random_.randrange(history.end_ms, until_ms)
            assert tier_then(history, (), account_id, between_ms, norms) in (tier, "")


@examples(250)
@given(histories())
def test_a_path_lifts_an_account_a_tier_and_one_less_of_anything_in_it_does_not(history: History) -> None:
    cohort, norms, named = judged_accounts(history)
    names = list(cohort.plan.primary.tier_names)
    for account_id, account, tier in named:
        for improvement in forecast_of(cohort.plan, account, ScoreCache(cohort.plan.score_plans), norms).improvements:
            then = tier_then(
                history, events_of(history, account_id, improvement.adjustments), account_id, history.end_ms, norms
            )
            assert names.index(then) > names.index(tier)
            assert then == improvement.tier
            for index, adjustment in enumerate(improvement.adjustments):
                less = msgspec.structs.replace(adjustment, number=adjustment.number - 1)
                adjustments = [less if place == index else each for place, each in enumerate(improvement.adjustments)]
                more = events_of(history, account_id, adjustments)
                after = tier_then(history, more, account_id, history.end_ms, norms)
                assert after == "" or names.index(after) <= names.index(tier)


def events_of(history: History, account_id: str, adjustments: Sequence[Adjustment]) -> list[Sent]:
    """The events that a producer would send for these adjustments."""
    return [sent for adjustment in adjustments for sent in _events_of(history, account_id, adjustment)]


def _events_of(history: History, account_id: str, adjustment: Adjustment) -> Iterable[Sent]:
    if adjustment.item:
        for item in open_items(history, account_id, adjustment)[: adjustment.number]:
            yield _sent(history, account_id, adjustment, adjustment.event, {adjustment.item: item})
    elif adjustment.vary.startswith(VALUE):
        value = {adjustment.vary.removeprefix(VALUE): adjustment.number}
        yield _sent(history, account_id, adjustment, adjustment.event, dict(adjustment.properties) | value)
    else:
        for number in range(adjustment.number):
            new = f"new-{number}"
            properties: dict[str, Any] = dict(adjustment.properties)
            if adjustment.vary not in ("", "user", "event"):
                properties[adjustment.vary] = new
            name = new if adjustment.vary == "event" else adjustment.event
            yield _sent(history, account_id, adjustment, name, properties, new if adjustment.vary == "user" else "")


def _sent(
    history: History, account_id: str, adjustment: Adjustment, name: str, properties: dict[str, Any], user_id: str = ""
) -> Sent:
    body = {"account_id": account_id, "event": name, "timestamp": history.end_ms, "properties": properties}
    return Sent(adjustment.topic, body | ({"user_id": user_id} if user_id else {}))


def open_items(history: History, account_id: str, adjustment: Adjustment) -> list[str]:
    """The ids that are open, the weightiest first, then the oldest."""
    signal = history.model.signals[adjustment.signal]
    assert isinstance(signal, schema.Open)
    of_account = [event for event in map(happened, history.arrivals) if event.account_id == account_id]
    said = kept_states(history.model, signal, of_account, history.end_ms)
    found = sorted((-each.weight, each.place, item) for item, each in said.items() if each.weight >= 0)
    assume(all(at_ms < history.end_ms for _, (at_ms, _, _), _ in found))  # else a tie decides whether it can be closed
    return [item for _, _, item in found]
