"""Daily totals and what is read from them, in the kernel and in `scoring`, after every event and every day."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from scoring.fold.fold import apply
from scoring.plan.plan import Plan
from streams.kernel.kernel import Kernel, is_built
from tests.builders import Sent, a_model, at_ms, usage
from tests.kernel.both import Both
from tests.oracle import DAY_MS

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built")

BEGIN = at_ms("2021-02-27T12:00Z")
WEEK: dict[str, Any] = {"window": "7d", "events": ["login"]}
SIGNALS: dict[str, dict[str, Any]] = {
    "age": {"kind": "age"},
    "since": {"kind": "since_last"},
    "since_2": {"kind": "since_last", "nth": 2, "within": "30d"},
    "since_10": {"kind": "since_last", "nth": 10, "within": "200d", "events": ["login"]},
    "peak": {"kind": "peak"},
    "peak_week": {"kind": "peak", "within": "10d", **WEEK},
    "peak_day": {"kind": "peak", "window": "1d", "within": "1d", "events": ["export"]},
    "peak_invites": {"kind": "peak", "window": "3d", "within": "4d", "events": ["invite"]},
    "weeks": {"kind": "volatility", "weeks": 4},
    "many_weeks": {"kind": "volatility", "weeks": 26, "events": ["login"]},
    "season": {"kind": "season", "back": "56d", **WEEK},
    "after": {"kind": "season", "back": "21d", **WEEK},
    "season_days": {"kind": "season", "window": "28d", "of": "days"},
    "usual": {"kind": "usual", "within": "60d", **WEEK},
    "usual_days": {"kind": "usual", "window": "35d", "of": "days", "quantile": 0.2},
    "usual_invites": {"kind": "usual", "window": "3d", "within": "20d", "events": ["invite"], "quantile": 0.9},
    "least": {"kind": "usual", "window": "1d", "within": "1d", "quantile": 0.0},
    "most": {"kind": "usual", "window": "30d", "within": "400d", "quantile": 1.0},
    "expected": {"kind": "expected", "usual": "usual", "season": "season", "margin": 0.7},
    "expected_after": {"kind": "expected", "usual": "usual", "season": "season", "after": ["after"]},
    "average": {"kind": "average", "window": "7d", "within": "30d"},
    "average_year": {"kind": "average", "events": ["login"]},
    "dispersion": {"kind": "dispersion", "weeks": 4, "back": "7d"},
    "many_dispersed": {"kind": "dispersion", "weeks": 52, "events": ["login"]},
    "days": {"kind": "days", "window": "35d"},
    "gap": {"kind": "usual_gap", "within": "90d"},
    "gap_of_3": {"kind": "usual_gap", "nth": 3, "events": ["login"]},
    "known_usual": {"kind": "known", "of": "usual_days"},
    "known_gaps": {"kind": "known", "of": "gap_of_3"},
}


def an_account(resolution: str) -> Both:
    level = {"shape": "ratio", "signal": "age", "of": 10, "weight": 1}
    model = a_model(SIGNALS, {"level": level}, resolution=resolution, pause_max="90d")
    return Both(Kernel(Plan(model)), BEGIN)


def see(account: Both, sent: Sent, now: int, *, times: int = 1, compares: bool = True) -> None:
    event = account.plan.decoder.decode(sent.topic, sent.value, 0, now + 9 * DAY_MS)
    if compares:
        account.apply(event, now, times=times)
    else:
        apply(account.plan, account.account, event, now, times=times)
        account.kernel.apply(account.number, event, now, times=times)


def an_event(random: Random, at: int) -> Sent:
    fields = {} if random.random() < 0.7 else {"id": str(random.randrange(40))}
    return usage(at=at, event=random.choice(("login", "login", "export", "invite")), **fields)


def lateness(random: Random, style: str) -> int:
    """How long ago an event occurred, in milliseconds; below 0 for one from the time to come."""
    days: dict[str, tuple[float, ...]] = {
        "prompt": (0, 0, 0, 0, 0.2, 0.9),
        "late": (0, 0, 0.5, 1, 1, 2, 7, 30, 31, 90, 380, 800),
        "lost": (*range(0, 900, 7), -0.4, -2),
    }
    return round(random.choice(days[style]) * DAY_MS * random.choice((1.0, random.random())))


def pause(random: Random) -> int:
    """Until the next event, in milliseconds."""
    days = random.choice((0, 0, 0, 0.1, 0.3, 0.7, 1, 1, 1, 2, 3, 8, 9))
    return round((days if random.random() < 0.95 else random.choice((20, 45, 100, 450))) * DAY_MS)


@pytest.mark.parametrize(
    ("seed", "resolution", "style"),
    [(1, "1d", "prompt"), (2, "1h", "prompt"), (3, "1h", "late"), (4, "1d", "late"), (5, "1h", "lost")],
)
def test_signals_of_daily_totals_are_the_same_in_both_folds(seed: int, resolution: str, style: str) -> None:
    random, account, now = Random(seed), an_account(resolution), BEGIN
    for _ in range(160):
        now += pause(random)
        see(account, an_event(random, now - lateness(random, style)), now, times=random.choice((1, 1, 1, 7)))
        if random.random() < 0.05:
            copy = account.fork()
            see(copy, usage(at=now), now, times=3)
            copy.free()
            account.compare()


@pytest.mark.parametrize(("seed", "style"), [(6, "prompt"), (7, "late"), (8, "lost")])
def test_they_are_the_same_where_they_are_read_seldom(seed: int, style: str) -> None:
    random, account, now = Random(seed), an_account("1h"), BEGIN
    for _ in range(900):
        now += pause(random)
        see(account, an_event(random, now - lateness(random, style)), now, compares=random.random() < 0.06)


@pytest.mark.parametrize("seed", [11, 12])
def test_silence_changes_them_alike_in_both_folds(seed: int) -> None:
    random, account, now = Random(seed), an_account("1h"), BEGIN
    for _ in range(60):
        see(account, an_event(random, now), now)
        now += round(random.choice((0.5, 1, 2, 5)) * DAY_MS)
    for _ in range(120):
        now = random.choice((now + DAY_MS, (now // DAY_MS + 1) * DAY_MS, now + 9 * DAY_MS))
        account.advance(now)


def test_late_days_come_in_any_order() -> None:
    days = list(range(200))
    Random(21).shuffle(days)
    account, now = an_account("1d"), BEGIN + 200 * DAY_MS
    for day in days:
        see(account, usage(at=BEGIN + day * DAY_MS), now)


def test_a_late_event_comes_when_totals_that_were_read_before_are_dropped() -> None:
    account, now = an_account("1h"), BEGIN
    see(account, usage(at=now - 800 * DAY_MS), now)  # totals are dropped only of an account that is as old as this
    for _ in range(40):
        now += DAY_MS
        see(account, usage(at=now, event="invite"), now)
    now += 12 * DAY_MS
    for days in (23, 14, 30):
        see(account, usage(at=now - days * DAY_MS, event="invite"), now)
