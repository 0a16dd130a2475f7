"""The values of actions, team and alerts."""

from __future__ import annotations

from typing import Any

from dashboard.values.alerts import AlertsView, Decision, RuleLine, RulePreview
from dashboard.values.listing import CaseBrief
from dashboard.values.team import AccuracyView, ActionItem, ActionsView, Kpi, OwnerLine, QuarterLine, TeamView
from tests.support.page_samples.accounts import HOSTILE, HOUR_MS, NOW_MS, case, least_case, least_row, row

_KPIS = ("health_check", "onboarded", "qbr", "call", "training", "email")


def actions() -> ActionsView:
    """A queue with each status, and an opportunity."""
    given: tuple[tuple[str, float, str, float | None, dict[str, Any], bool], ...] = (
        ("Halverson Freight", 31.4, "red", 14_200.0, {"status": "open"}, True),
        ("Quillstone Games", 66.3, "yellow", 18_900.0, {"status": "acknowledged", "assignee": "Tom Okafor"}, False),
        (HOSTILE, 61.0, "yellow", 11_750.0, {"status": "escalated", "until_ms": 0}, True),
        ("Driftmoor Robotics", 38.2, "red", 6_260.0, {"status": "snoozed"}, False),
        ("Rookwood Optics", 52.6, "yellow", None, {"status": "open", "until_ms": NOW_MS - HOUR_MS}, False),
    )
    items = tuple(
        _item(number, name, score, tier, mrr, is_mine, **about)
        for number, (name, score, tier, mrr, about, is_mine) in enumerate(given)
    )
    good = _item(8, "Northwick Energy", 91.2, "green", 26_800.0, False, severity="good", label="Champion candidate")
    return ActionsView(
        words="Call Halverson Freight first: $9,741 is at risk, and it escalates today at 16:00.",
        as_of_ms=NOW_MS,
        items=items,
        opportunities=(good,),
        open_mrr=51_110.0,
    )


def least_actions() -> ActionsView:
    """One case of which nothing is known."""
    item = ActionItem(row=least_row(), case=least_case(), what="", playbook="")
    return ActionsView(words="", as_of_ms=0, items=(item,), opportunities=(), open_mrr=0.0)


def empty_actions() -> ActionsView:
    """Nothing to do."""
    return ActionsView(words="Nothing is open.", as_of_ms=NOW_MS, items=(), opportunities=(), open_mrr=0.0)


def _item(
    number: int, name: str, score: float, tier: str, mrr: float | None, is_mine: bool, **about: Any
) -> ActionItem:
    found = case(number, account=name, **about)
    brief: CaseBrief = found.brief
    return ActionItem(
        row=row(number, name=name, score=score, tier=tier, mrr=mrr, case=brief),
        case=found,
        what="Call the billing contact",
        playbook="https://playbooks.example/champion-call",
        is_mine=is_mine,
    )


def team(days: int = 90) -> TeamView:
    """Four CSMs, one of them hostile, and accounts without an owner."""
    return TeamView(
        words="4 CSMs, 148 accounts. Five of six KPIs are short of their target; onboarding lacks most, 10.7 points.",
        as_of_ms=NOW_MS,
        days=days,
        kpis=tuple(_kpi(number, name) for number, name in enumerate(_KPIS)),
        owners=tuple(
            _owner(number, name)
            for number, name in enumerate(("Ines Carvalho", "Tom Okafor", HOSTILE, "Sven Lindqvist", ""))
        ),
        accuracy=AccuracyView(
            recorded_since="2026-03-01",
            first_eligible="",
            quarters=(_quarter("2026-Q3", 41, True), _quarter("2026-Q2", 7, None)),
            notes=("no renewal date is known of 12 accounts",),
        ),
    )


def least_team() -> TeamView:
    """No owner, and KPIs of nothing."""
    kpi = Kpi(
        name="call",
        label="Call coverage",
        coverage=None,
        numerator=0,
        denominator=0,
        target=0.8,
        vs_target=None,
        how="",
    )
    owner = OwnerLine(
        owner="",
        accounts=1,
        mrr=0,
        score=None,
        change_28d=None,
        at_risk=0,
        kpis={},
        renewed=0,
        contracted=0,
        churned=0,
        recovered=0,
        open_cases=0,
    )
    return TeamView(words="", as_of_ms=0, days=30, kpis=(kpi,), owners=(owner,))


def _quarter(quarter: str, contracts: int, verdict: bool | None) -> QuarterLine:
    return QuarterLine(
        quarter=quarter,
        contracts=contracts,
        churned=5,
        seen_churned=4,
        flagged=3,
        early_warning=0.75,
        predicted=0.09,
        actual=5 / contracts,
        variance_points=100 * (0.09 - 5 / contracts),
        warns_early=verdict,
        is_within=verdict,
    )


def _kpi(number: int, name: str) -> Kpi:
    met = 112 + number
    return Kpi(
        name=name,
        label=name.replace("_", " ").capitalize(),
        coverage=met / 148,
        numerator=met,
        denominator=148,
        target=0.7 + number / 40,
        vs_target=100 * (met / 148 - 0.7 - number / 40),
        how=f"{name} in the last 30 days",
    )


def _owner(number: int, name: str) -> OwnerLine:
    return OwnerLine(
        owner=name,
        accounts=34 + number,
        mrr=150_000.0,
        score=66.4 + 3 * number,
        change_28d=-4.4 + 2 * number,
        at_risk=41_200.0 - 3_000 * number,
        kpis=dict.fromkeys(_KPIS, None if number == 4 else 0.5 + number / 10),
        renewed=40_100.0,
        contracted=2_300.0 * number,
        churned=3_440.0 if number else 0.0,
        recovered=7_300.0,
        open_cases=4 - number,
    )


def alerts() -> AlertsView:
    """Six cases in each status, decisions of both outcomes, rules with and without a label."""
    statuses = ("open", "acknowledged", "escalated", "snoozed", "open")
    severities = ("critical", "warning", "critical", "info", "good")
    names = ("Halverson Freight", "Mossbank Steel", HOSTILE, "Driftmoor Robotics", "Northwick Energy")
    cases = tuple(
        case(number, account=name, status=status, severity=severity)
        for number, (name, status, severity) in enumerate(zip(names, statuses, severities, strict=True))
    )
    return AlertsView(
        words="5 cases are open. In 30 days 18 of 64 decisions told somebody; dwell kept most of the others quiet.",
        as_of_ms=NOW_MS,
        cases=cases,
        decisions=tuple(_decision(number) for number in range(12)),
        rules=(
            RuleLine(name="red", label="Red", kind="tier", severity="critical", open=3, sent=9, suppressed=12),
            RuleLine(
                name="forecast_red",
                label="Red within 5 days",
                kind="forecast",
                severity="warning",
                open=2,
                sent=9,
                suppressed=34,
            ),
            RuleLine(name="drop", label="", kind="drop", severity="info", open=0, sent=0, suppressed=0),
        ),
        rules_name="default",
        rules_version=3,
    )


def least_alerts() -> AlertsView:
    """A case of which nothing is known."""
    return AlertsView(
        words="", as_of_ms=0, cases=(least_case(),), decisions=(), rules=(), rules_name="", rules_version=0
    )


def preview(*, is_valid: bool = True) -> RulePreview:
    """A rule file that can be used, or one with faults."""
    return RulePreview(
        is_valid=is_valid,
        findings=() if is_valid else ("rules.red: unknown tier «reed»", HOSTILE),
        holds=(("red", 9), ("forecast_red", 2)) if is_valid else (),
        sample=(("acct-1", HOSTILE, "red"),) if is_valid else (),
        words="It would open 11 cases now; 6 are open under the rules of today." if is_valid else "2 faults.",
    )


def _decision(number: int) -> Decision:
    is_sent = number % 3 == 0
    return Decision(
        id=f"d{number}",
        at_ms=NOW_MS - number * 9 * HOUR_MS,
        account_id=f"acct-{number}",
        account=HOSTILE if number == 2 else f"Account {number}",
        rule="forecast_red",
        label="Red within 5 days" if number % 2 else "",
        severity="warning",
        step="opened" if is_sent else "none",
        outcome="sent" if is_sent else "suppressed",
        reason="first" if is_sent else "dwell",
        words="forecast: red on 28 Nov 14:00" if is_sent else "the drop held for 0 of 30 min",
        case_id=f"case-{number}" if number % 2 else "",
    )
