"""Answers of accounts that were folded for real, of many kinds, cheaply: for tests of a whole book."""

from __future__ import annotations

import random
from functools import cache

from scoring.fold.fold import advance, apply
from scoring.instants import DAY_MS, HOUR_MS
from scoring.model.model_json import encode_model, model_key
from scoring.plan.plan import Plan
from scoring.result import Override, ScoreSnapshot
from scoring.state.account import Account
from streams.model_files import read_model
from tests.builders import Sent, an_event, at_ms
from tests.support.explained import snapshot_at

START = at_ms("2026-09-01T00:00Z")
DAYS = 70
SEGMENTS = ("Industrial", "Retail", "Public")
OWNERS = ("ann@example.com", "bo@example.com", "")


@cache
def plan_of(model: str) -> Plan:
    """A preset, compiled."""
    return Plan(read_model(model))


def models_of(*models: str) -> dict[str, bytes]:
    """Presets, as the read model has them."""
    found = [plan_of(name).model for name in models]
    return {model_key(model.name, model.version): encode_model(model) for model in found}


@cache
def answers_of(model: str, accounts: int, seed: int = 1) -> tuple[ScoreSnapshot, ...]:
    """One answer an account: loyal, falling, silent and troubled ones, young ones, some by hand, some cancelled."""
    plan, rng = plan_of(model), random.Random(seed)
    norm = {"usage_30d": 400.0, "errors_30d": 30.0}
    return tuple(_answer(plan, rng, number, norm) for number in range(accounts))


def _answer(plan: Plan, rng: random.Random, number: int, norm: dict[str, float]) -> ScoreSnapshot:
    account_id = f"acct-{number:03d}"
    begin = rng.choice((0, 0, 0, 30, DAYS - 5))
    end = rng.choice((DAYS, DAYS, DAYS - 6, DAYS - 20, begin + 3))
    sent = [*_subscribed(rng, account_id, begin), *_used(rng, account_id, begin, end), *_troubled(rng, account_id)]
    if rng.random() < 0.4:
        at = START + begin * DAY_MS + DAY_MS
        sent += [an_event("analytics", account_id, name, at) for name in ("setup_completed", "core_action_completed")]
    sent.sort(key=lambda each: str(each.body["timestamp"]))
    account = Account(plan.sizes, START)
    for each in sent:
        event = plan.decoder.decode(each.topic, each.value, 0, 1 << 50)
        apply(plan, account, event, max(account.as_of_ms, event.occurred_at_ms))
    advance(plan, account, START + DAYS * DAY_MS)
    held = None
    if number % 17 == 5:
        until_ms = START + (DAYS + 9) * DAY_MS
        held = Override(score=50.0 + number % 50, reason="by hand", author="ann", set_ms=START, until_ms=until_ms)
    return snapshot_at(plan, account, norm, account_id, override=held)


def _subscribed(rng: random.Random, account_id: str, day: int) -> list[Sent]:
    mrr = rng.choice((250, 900, 2_400, 8_400, 22_000))
    segment, owner = rng.choice(SEGMENTS), rng.choice(OWNERS)
    more = {"mrr": mrr, "plan": rng.choice(("starter", "scale")), "segment": segment, "seats": 20, "owner": owner}
    first = an_event("billing", account_id, "subscription_started", START + day * DAY_MS, **more)
    if rng.random() < 0.04:
        ended = an_event("billing", account_id, "subscription_canceled", START + (DAYS - 1) * DAY_MS)
        return [first, ended]
    return [first]


def _used(rng: random.Random, account_id: str, begin: int, end: int) -> list[Sent]:
    a_day, falls = rng.choice((1, 3, 6)), rng.choice((0.0, 0.0, 0.03))
    found = []
    for day in range(begin, end):
        for each in range(max(0, round(a_day * (1 - falls * (day - begin)) + rng.random() - 0.5))):
            at = START + day * DAY_MS + each * HOUR_MS + rng.randrange(HOUR_MS)
            found.append(an_event("analytics", account_id, "report_viewed", at, user_id=f"u{rng.randrange(12)}"))
    return found


def _troubled(rng: random.Random, account_id: str) -> list[Sent]:
    found = []
    for topic, event in (("tickets", "ticket_opened"), ("billing", "payment_failed"), ("exceptions", "error")):
        for each in range(rng.choice((0, 0, 1, 4))):
            at = START + (DAYS - 1 - 2 * each) * DAY_MS + rng.randrange(DAY_MS)
            found.append(an_event(topic, account_id, event, at, ticket_id=f"T{each}"))
    if rng.random() < 0.5:
        at = START + (DAYS - rng.randrange(1, 20)) * DAY_MS
        found.append(an_event("analytics", account_id, "nps_answered", at, nps=rng.randrange(11)))
    return found
