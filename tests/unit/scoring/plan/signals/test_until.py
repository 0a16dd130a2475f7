"""Days until an instant that a property names. `NOON` is that of 1 March."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.fold.fold import advance, apply
from scoring.model import schema
from scoring.plan.plan import Plan
from scoring.plan.properties.property import TypeMismatch
from scoring.plan.read_facts import facts_of
from scoring.plan.score_cache import ScoreCache
from scoring.state.account import Account
from tests.builders import at_ms, usage
from tests.oracle import verdicts
from tests.support.signal_harness import DAY, HOUR, NOON, fact, model_of, watched

RENEWAL: dict[str, Any] = {"kind": "until", "property": "renews", "label": "renewal"}
SECONDS = at_ms("2026-03-31T23:59:59Z") // 1_000


@pytest.mark.parametrize(
    ("renews", "days"),
    [
        ("2026-03-31", 30),
        ("2026-03-31T23:59:59Z", 30),
        ("2026-03-31T23:59:59+02:00", 30),
        ("2026-03-31T23:59:59-01:00", 31),
        (" 2026-03-31 10:00 UTC", 30),
        ("2026-03-31t10:00:00.5z", 30),
        (SECONDS, 30),
        (SECONDS + 0.5, 30),
        (SECONDS * 1_000, 30),
        ("2026-03-02", 1),
        ("2026-03-01", 0),
        ("2026-03-01T00:00:00Z", 0),
        ("2026-02-28T23:59:59Z", -1),
        ("2000-01-01", -9_556),
        ("9999-12-31T23:59:59Z", 2_912_383),
    ],
)
def test_days_are_those_of_utc_from_today_to_its_day(renews: object, days: int) -> None:
    sent = usage(at=NOON - HOUR, renews=renews)
    assert fact(RENEWAL, sent) == days
    assert verdicts(model_of(RENEWAL), [sent], NOON)["acme"].facts["it"] == days


@pytest.mark.parametrize(
    ("renews", "is_what"),
    [
        ("soon", "no date"),
        ("2026-02-30", "no date"),
        ("1772359200", "no date"),
        ("2026-W10-1", "no date"),
        ("", "no date"),
        (0, "no date"),
        (30, "no date"),
        (-1, "no date"),
        (1e16, "no date"),
        ("1999-12-31", "no date"),
        (True, "a truth value"),
        (["2026-03-31"], "a list"),
    ],
)
def test_what_is_no_date_is_counted_and_changes_nothing(renews: object, is_what: str) -> None:
    good, bad = usage(at=NOON - HOUR, renews="2026-03-31"), usage(at=NOON, renews=renews)
    account = watched(RENEWAL, good, bad)
    assert account.facts["it"] == 30
    assert account.plan.type_mismatches == {TypeMismatch("it", "renews", is_what): 1}
    assert verdicts(model_of(RENEWAL), [good, bad], NOON)["acme"].facts["it"] == 30


def test_it_is_unknown_until_a_date_is_sent_and_null_changes_nothing() -> None:
    assert fact(RENEWAL, usage(at=NOON)) is None
    assert fact(RENEWAL, usage(at=NOON - HOUR, renews="2026-03-31"), usage(at=NOON, renews=None)) == 30


#   T-2h: 31 March    T-1h: 30 April, and late, T-3h: 2027
def test_the_latest_event_counts_not_the_latest_date() -> None:
    sent = [
        usage(at=NOON - hours * HOUR, renews=renews)
        for hours, renews in ((3, "2027-01-01"), (1, "2026-04-30"), (2, "2026-03-31"))
    ]
    assert fact(RENEWAL, *sent) == 60


def test_the_date_has_several_names() -> None:
    table = RENEWAL | {"property": "@renewal_date"}
    assert fact(table, usage(at=NOON, renewalDate="2026-03-31")) == 30
    assert fact(table, usage(at=NOON, contract_end="2026-03-03", renews_at="2026-03-05")) == 4


@pytest.mark.parametrize("resolution", ["1s", "1h", "1d"])
def test_it_falls_at_midnight_without_any_event(resolution: str) -> None:
    account = watched({**RENEWAL}, usage(at=NOON - HOUR, renews="2026-03-03"), resolution=resolution)
    midnight = at_ms("2026-03-02T00:00Z")
    assert account.to(midnight - 1)["it"] == 2
    assert account.to(midnight)["it"] == 1
    assert [account.to(midnight + day * DAY)["it"] for day in (1, 2, 3)] == [0, -1, -2]


def test_an_alert_rule_on_it_holds_from_midnight_though_nothing_arrives() -> None:
    soon = {"renewal": (schema.Condition(signal="it", at_least=0, at_most=30),)}
    plan = Plan(model_of(RENEWAL), watches=soon)
    account, cache = Account(plan.sizes, NOON), ScoreCache(plan.score_plans)
    sent = usage(at=NOON - HOUR, renews="2026-04-01")
    apply(plan, account, plan.decoder.decode(sent.topic, sent.value, 0, 1 << 50), NOON)

    def held(at: str) -> frozenset[str]:
        advance(plan, account, at_ms(at))
        evaluation = cache.refresh(plan.primary, account, {})
        assert evaluation is not None
        return frozenset(evaluation.watched)

    assert held("2026-03-01T12:00Z") == frozenset()
    assert account.next_due * plan.resolution_ms == at_ms("2026-03-02T00:00Z")
    assert held("2026-03-01T23:59Z") == frozenset()
    assert held("2026-03-02T00:00Z") == {"renewal"}
    assert held("2026-04-01T23:00Z") == {"renewal"}
    assert held("2026-04-02T00:00Z") == frozenset()


@pytest.mark.parametrize(
    ("renews", "words"),
    [
        ("2026-03-31", "renewal in 30 days"),
        ("2026-03-02", "renewal in 1 day"),
        ("2026-03-01", "renewal today"),
        ("2026-02-28", "renewal 1 day ago"),
        (None, "no renewal known"),
    ],
)
def test_it_is_said_in_words(renews: object, words: str) -> None:
    account = watched(RENEWAL, usage(at=NOON, renews=renews))
    facts = facts_of(account.plan.primary, account.account, {})
    assert account.plan.primary.signals["it"].text(facts) == words
