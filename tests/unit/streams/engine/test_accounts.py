"""Accounts of a partition that are awake or at rest."""

from __future__ import annotations

from scoring.instants import FAR, HOUR_MS
from scoring.plan.plan import Plan
from scoring.result import Forecast
from tests.builders import usage
from tests.scenarios.test_idle_accounts import MODEL, NOON
from tests.support.in_memory_cluster import Line


def rested(*, wakes_ms: int = 0) -> Line:
    """An account that was not heard of for more than an hour, and whose forecast was worked out. Its timer was set to
    an earlier instant than need be, `wakes_ms`, where there is one."""
    line = Line(Plan(MODEL), clock="wall")
    line.send(usage(at=NOON))
    line.settle()
    if wakes_ms:
        line.partitions[0].timers.set(line.partitions[0].accounts["acme"], wakes_ms)
    while line.partitions[0].compute_next_forecast():
        line.flush()
    line.tick(NOON + 2 * HOUR_MS)
    line.tick(NOON + 2 * HOUR_MS + 1)
    return line


def test_what_is_asked_of_all_accounts_wakes_none() -> None:
    accounts = rested().partitions[0].accounts
    assert accounts.awake("acme") is None
    assert list(accounts) == ["acme"]
    assert "acme" in accounts
    assert "globex" not in accounts
    assert accounts.timer_ms("acme") < FAR == accounts.timer_ms("globex")
    assert accounts.awake("acme") is None


def test_an_account_that_wakes_is_as_it_was_but_for_what_is_decoded() -> None:
    accounts = rested().partitions[0].accounts
    due_at_ms = accounts.timer_ms("acme")
    stored = accounts["acme"]
    assert stored is accounts.awake("acme") is accounts.get("acme")
    assert stored.account is None
    assert (stored.timer_ms, stored.tier >= 0, stored.version > 0) == (due_at_ms, True, True)


def test_the_forecast_of_an_account_at_rest_is_kept_until_it_wakes_or_is_forgotten() -> None:
    accounts = rested().partitions[0].accounts
    stored = accounts["acme"]
    forecast = stored.forecast = Forecast(horizon_days=84, next_tier=None, improvements=())
    accounts.rest(stored)
    assert accounts["acme"] is not stored
    assert accounts["acme"].forecast is forecast
    accounts.rest(accounts["acme"])
    del accounts["acme"]
    accounts.add_at_rest("acme", stored.at_rest())
    assert accounts["acme"].forecast is None


def test_the_timer_of_an_account_at_rest_is_the_one_of_its_head_though_it_was_set_to_an_earlier_instant() -> None:
    line, plain = rested(wakes_ms=NOON + 3 * HOUR_MS), rested()
    accounts, due_at_ms = line.partitions[0].accounts, plain.partitions[0].accounts.timer_ms("acme")
    assert accounts.timer_ms("acme") == due_at_ms > NOON + 3 * HOUR_MS
    line.tick(NOON + 4 * HOUR_MS, declare=False)
    assert accounts.awake("acme") is None
    for each in (line, plain):
        each.tick(due_at_ms, declare=False)
    assert accounts.timer_ms("acme") == plain.partitions[0].accounts.timer_ms("acme") > due_at_ms
