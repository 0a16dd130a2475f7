"""Accounts at rest: a look that decides nothing changes nothing but what is tracked, whatever happened before."""

from __future__ import annotations

import random
from typing import Any

import pytest

from alerts.lifecycle.account_alerts import AccountAlerts
from alerts.lifecycle.cases.rest import Tracks
from alerts.lifecycle.cases.state import AccountState, unpacked
from alerts.lifecycle.schema import (
    ConditionRule,
    DropRule,
    FlagRule,
    ForecastRule,
    MrrRule,
    Only,
    Rule,
    TierRule,
)
from scoring.instants import FAR, HOUR_MS, MINUTE_MS
from scoring.model.schema import Condition
from scoring.result import TierForecast, TransitionCause
from tests.support.alert_account import AlertedAccount, policy_of

RULES: dict[str, Rule] = {
    "tier": TierRule(severities={"red": "critical", "yellow": "warning"}, dwell="1h", exit_dwell="2h"),
    "drop": DropRule(points=9.0, within="3h", exit_dwell="1h"),
    "deep": DropRule(points=30.0, within="6h", dwell="30m", only=Only(tiers=("red",))),
    "flag": FlagRule(flags=("f",), dwell="10m", escalate_after="5h"),
    "other": ConditionRule(when=(Condition(signal="x", at_least=1.0),), only=Only(tiers=("green",))),
    "mrr": MrrRule(share=0.1, within="2h"),
    "forecast": ForecastRule(tiers=("red",), near=20.0),
}
CAUSES = ("event", "event", "event", "late", "expiry", "norm", "backfill")


def forecast_at(at_ms: int) -> TierForecast:
    return TierForecast(at="", at_ms=at_ms, tier="red", score=44.0, cause=TransitionCause(kind="expiry"))


def account_under(luck: random.Random) -> AlertedAccount:
    """An account under some of the rules, one about a fall at least."""
    names = {"drop", *luck.sample(sorted(RULES), luck.randrange(1, len(RULES)))}
    return AlertedAccount(policy_of(**{name: RULES[name] for name in RULES if name in names}))


def live_on(account: AlertedAccount, luck: random.Random) -> None:
    """One thing happens to the account."""
    account.wait(minutes=luck.choice((0, 1, 20, 90)))
    view = account.view
    score = min(99.0, max(1.0, (70.0 if view.score is None else view.score) + luck.gauss(0.0, 6.0)))
    changes: dict[str, Any] = {}
    match luck.randrange(12):
        case 0:
            changes["held_rules"] = frozenset(luck.sample(("flag", "other"), luck.randrange(3)))
        case 1:
            changes["mrr"] = luck.choice((None, 0.0, 100.0, 95.0, 80.0))
        case 2:
            changes["is_provisional"] = luck.random() < 0.5
        case 3:
            changes["is_settling"] = luck.random() < 0.5
        case 4:
            view.next_fall = forecast_at(view.as_of_ms + luck.choice((1, 90)) * HOUR_MS)
        case 5 if account.alerts.open_cases():
            kind = luck.choice(("acknowledge", "resolve", "assign"))
            account.command(kind, assignee="cat", reason="known")  # type: ignore[arg-type]
            return
        case _:
            pass
    account.see(luck.choice((score, score, float(round(score)))), cause=luck.choice(CAUSES), **changes)


def but_for_scores(state: AccountState) -> AccountState:
    for key, rule in state.rules.items():
        if key.startswith(("d:", "t:")):
            rule.memory = []
    return state


def drops_of(state: AccountState) -> list[tuple[int, list[int]]]:
    return [(state.rules[key].plain, state.rules[key].memory) for key in ("d:drop", "d:deep") if key in state.rules]


def looked_at(account: AlertedAccount, tracks: Tracks, luck: random.Random) -> tuple[AccountAlerts, float] | None:
    """A copy of the alerts after one more look at which they only record, and its score; None when it decides
    something."""
    view = account.view
    again = AccountAlerts.restore(account.policy, account.alerts.snapshot())
    score = view.score
    assert score is not None
    least, most = max(0.0, tracks.low, score - 15.0), min(100.0, tracks.high, score + 15.0)
    old, was, before = view.as_of_ms, score, view.before
    view.before, view.score = view.after(), luck.uniform(least, most)
    view.as_of_ms = min(tracks.until_ms - 1, view.as_of_ms + luck.choice((0, MINUTE_MS, HOUR_MS, 50 * HOUR_MS)))
    if not tracks.low <= view.score < tracks.high or view.as_of_ms < old:
        view.as_of_ms, view.score, view.before = old, was, before
        return None
    view.cause_kind = luck.choice(("event", "late", "expiry", "backfill"))
    steps, seen = again.judge(view), view.score
    view.as_of_ms, view.score, view.before = old, was, before
    is_same = [plain for plain, _ in drops_of(unpacked(again.snapshot()))] == [track.holds for track in tracks.each]
    return (again, seen) if is_same and not steps else None


@pytest.mark.parametrize("seed", range(60))
def test_a_look_at_rest_only_records(seed: int) -> None:
    luck = random.Random(seed)
    account, at_rest = account_under(luck), 0
    for _ in range(60):
        live_on(account, luck)
        score = account.view.score
        tracks = None if score is None else account.alerts.tracks(score, may_be_warming=False)
        if tracks is None or tracks.until_ms <= account.now_ms:
            continue
        looked = looked_at(account, tracks, luck)
        if looked is None:
            continue
        again, seen = looked
        at_rest += 1
        after = unpacked(again.snapshot())
        memories = [memory for _, memory in drops_of(after)]
        assert but_for_scores(unpacked(account.alerts.snapshot())) == but_for_scores(after)
        account.alerts.recorded(seen, memories)
        assert account.alerts.snapshot() == again.snapshot()
        assert (account.alerts.band, account.alerts.next_due_ms) == (again.band, again.next_due_ms)
    assert at_rest > 5


def test_without_a_rule_about_a_fall_nothing_is_tracked() -> None:
    account = AlertedAccount(policy_of(tier=RULES["tier"]))
    account.see(90.0)
    assert account.alerts.tracks(90.0, may_be_warming=False) is None


def test_before_the_first_look_under_these_rules_nothing_is_at_rest() -> None:
    account = AlertedAccount(policy_of(drop=RULES["drop"]))
    account.see(90.0)
    other = policy_of(drop=DropRule(points=50.0))
    assert AccountAlerts.restore(other, account.alerts.snapshot()).tracks(90.0, may_be_warming=False) is None


def test_a_case_that_waits_until_the_account_is_known_is_not_at_rest_while_signals_warm_up() -> None:
    account = AlertedAccount(policy_of(tier=RULES["tier"], drop=RULES["drop"]))
    account.see(30.0, is_provisional=True)
    account.wait(hours=2)
    assert account.alerts.tracks(30.0, may_be_warming=True) is None
    tracks = account.alerts.tracks(30.0, may_be_warming=False)
    assert tracks is not None
    assert tracks.due_ms == FAR


def test_looks_do_not_put_off_when_it_is_asked_again_whether_a_first_day_is_over() -> None:
    account = AlertedAccount(policy_of(tier=TierRule(severities={"red": "critical", "yellow": "warning"})))
    account.see(30.0, is_settling=True)
    due_ms = account.alerts.next_due_ms
    account.wait(minutes=59)
    account.see(44.0)
    account.see(50.0)
    assert account.alerts.next_due_ms == due_ms == account.now_ms + MINUTE_MS
