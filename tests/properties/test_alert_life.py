"""Told steps against the plain reference, on random histories."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alerts.lifecycle.schema import DropRule
from alerts.step import Severity
from scoring.instants import HOUR_MS, MINUTE_MS
from tests.support.alert_account import START_MS, TIER_RULE, AlertedAccount, policy_of
from tests.support.plain.alert_life import PlainRule, Seen, Told, drop_life, tier_life, uncovered

HOURS = st.integers(0, 6)
GAPS = st.integers(1, 20).map(lambda count: count * 20 * MINUTE_MS)
SCORES = st.sampled_from((90, 80, 78, 77, 76, 75, 74, 60, 50, 48, 47, 46, 45, 44, 43, 30, 10))
HISTORIES = st.lists(st.tuples(GAPS, SCORES, st.booleans()), min_size=1, max_size=25)
MARGINS = st.sampled_from((0.0, 1.0, 3.0, 40.0))
LAST_MS = 60 * HOUR_MS


def told_of(account: AlertedAccount, rule: str) -> list[Told]:
    return [
        Told(step.as_of_ms, rule, step.step, step.reason, step.severity)
        for step in account.steps
        if step.is_told and step.rule == rule
    ]


def lived(account: AlertedAccount, history: list[tuple[int, int, bool]]) -> tuple[list[Seen], list[int], int]:
    """Let an account live through (gap, score, whether somebody acknowledges then)."""
    account.see(90.0)
    acknowledged = []
    for gap, score, is_acknowledged in history:
        account.wait(ms=gap)
        account.see(float(score))
        if is_acknowledged and account.alerts.open_cases():
            account.command("acknowledge")
            acknowledged.append(account.now_ms)
    account.wait(ms=LAST_MS)
    instants = [START_MS, *accumulate((gap for gap, _, _ in history), initial=START_MS)][1:]
    seen = [Seen(START_MS, 90), *(Seen(at, score) for at, (_, score, _) in zip(instants[1:], history, strict=True))]
    return seen, acknowledged, account.now_ms


@given(HISTORIES, HOURS, HOURS, MARGINS, st.integers(1, 30), st.integers(1, 30), st.booleans(), st.booleans())
def test_the_told_life_of_a_tier_is_that_of_the_plain_reference(
    history: list[tuple[int, int, bool]],
    dwell: int,
    exit_dwell: int,
    margin: float,
    red: int,
    yellow: int,
    only_red: bool,
    restarts: bool,
) -> None:
    rule = replace(
        TIER_RULE,
        severities={"red": "critical"} if only_red else TIER_RULE.severities,
        margin=margin,
        dwell=f"{dwell}h" if dwell else "",
        exit_dwell=f"{exit_dwell}h" if exit_dwell else "",
        escalations={"red": f"{red}h", "yellow": f"{yellow}h"},
    )
    account = AlertedAccount(policy_of(tier=rule), restarts=restarts)
    seen, acknowledged, end_ms = lived(account, history)
    escalate_ms = {"critical": red * HOUR_MS, "warning": yellow * HOUR_MS}
    plain = PlainRule("tier", dwell * HOUR_MS, exit_dwell * HOUR_MS, escalate_ms)
    bounds = ((75.0, "" if only_red else "warning"), (45.0, "critical"))
    assert told_of(account, "tier") == tier_life(plain, bounds, margin, seen, end_ms, acknowledged)


@given(HISTORIES, HOURS, HOURS, st.integers(5, 30), st.integers(1, 30), st.integers(1, 30), st.booleans())
def test_the_told_life_of_a_drop_is_that_of_the_plain_reference(
    history: list[tuple[int, int, bool]],
    dwell: int,
    exit_dwell: int,
    points: int,
    within: int,
    escalate: int,
    restarts: bool,
) -> None:
    rule = DropRule(
        points=float(points),
        within=f"{within * 60 + 7}m",
        dwell=f"{dwell}h" if dwell else "",
        exit_dwell=f"{exit_dwell}h" if exit_dwell else "",
        escalate_after=f"{escalate}h",
    )
    account = AlertedAccount(policy_of(drop=rule), restarts=restarts)
    history = [
        (gap + 1, score, acted) for gap, score, acted in history
    ]  # no score is seen when another leaves the span
    seen, acknowledged, end_ms = lived(account, history)
    plain = PlainRule("drop", dwell * HOUR_MS, exit_dwell * HOUR_MS, {"warning": escalate * HOUR_MS})
    expected = drop_life(plain, points, within * HOUR_MS + 7 * MINUTE_MS, "warning", seen, end_ms, acknowledged)
    assert told_of(account, "drop") == expected


@given(
    HISTORIES, MARGINS, st.integers(5, 30), st.integers(1, 30), st.sampled_from(("critical", "warning")), st.booleans()
)
def test_a_drop_beside_a_tier_rule_is_told_as_the_plain_reference_says(
    history: list[tuple[int, int, bool]], margin: float, points: int, within: int, severity: Severity, restarts: bool
) -> None:
    """Without dwells, so that what opens at one instant opens in one call."""
    drop = DropRule(points=float(points), within=f"{within * 60 + 7}m", severity=severity)
    account = AlertedAccount(policy_of(drop=drop, tier=replace(TIER_RULE, margin=margin)), restarts=restarts)
    seen, _, end_ms = lived(account, [(gap + 1, score, False) for gap, score, _ in history])
    tier = tier_life(PlainRule("tier", 0, 0, {}), ((75.0, "warning"), (45.0, "critical")), margin, seen, end_ms)
    alone = drop_life(PlainRule("drop", 0, 0, {}), points, within * HOUR_MS + 7 * MINUTE_MS, severity, seen, end_ms)
    assert told_of(account, "tier") == tier
    assert told_of(account, "drop") == uncovered(alone, tier)
