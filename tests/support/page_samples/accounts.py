"""Accounts, cases and their names, hostile ones among them."""

from __future__ import annotations

from typing import Any

from dashboard.values.account import CaseStep, CaseView
from dashboard.values.listing import SPARK_DAYS, CaseBrief, Mark, Row

NOW_MS = 1_795_703_527_000
"""Thu 26 Nov 2026 14:32:07 UTC."""
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
HOSTILE = '<script>alert(1)</script> & "Söhne" \'; مؤسسة النخيل'
"""A name of an account, an owner, a segment, a note."""
LONG = "Association of Independent Wholesale Growers, Packers and Shippers of the Upper Valley and Its Tributaries " * 2


def row(number: int = 1, *, name: str = "", score: float | None = 57.86, tier: str = "yellow", **given: object) -> Row:
    """A row with everything."""
    mrr = 8_400.0 if "mrr" not in given else given.pop("mrr")
    at_risk = None if score is None or mrr is None else mrr * (100 - score) / 100  # type: ignore[operator]
    values: dict[str, object] = {
        "account_id": f"acct-{number}",
        "name": name or f"Mossbank Steel {number}",
        "score": score,
        "tier": tier,
        "as_of_ms": NOW_MS - 60_000,
        "version": f"v{number}",
        "coverage": 0.91,
        "change_1d": -5.8,
        "change_7d": -16.24,
        "change_28d": -20.0,
        "sparkline": tuple(70.0 - day / 8 if day % 11 else None for day in range(SPARK_DAYS)),
        "top_risk": "72 events of 12 Nov left the 14 days",
        "top_risk_whole": "72 product events of 12 November left the 14-day window",
        "mrr": mrr,
        "at_risk": at_risk,
        "urgency": 33.1,
        "is_starred": True,
        "owner": "Ines Carvalho",
        "segment": "Enterprise",
        "industry": "Industrial",
        "plan": "Scale",
        "renewal": "2027-01-14",
        "renewal_days": 49,
        "last_login_ms": NOW_MS - 4 * DAY_MS,
        "nps": 6.0,
        "csat": 3.2,
        "csat_trend": -0.4,
        "marks": (
            Mark(kind="forecast", words="red in 2 d", until_ms=NOW_MS + 2 * DAY_MS),
            Mark(kind="provisional", words="provisional to 12 Jan", is_dashed=True),
        ),
        "case": brief(number),
    }
    return Row(**(values | given))  # type: ignore[arg-type]


def least_row(number: int = 9) -> Row:
    """A row with nothing that can be absent."""
    return Row(account_id=f"bare-{number}", name=f"bare-{number}", score=None, tier="", as_of_ms=0, version="")


def brief(number: int = 1, *, status: str = "open", severity: str = "critical", **given: Any) -> CaseBrief:
    """A case that opened two days ago."""
    values: dict[str, object] = {
        "id": f"case-{number}",
        "rule": "forecast_red",
        "label": "Red within 5 days",
        "severity": severity,
        "status": status,
        "words": "red on Sat 28 Nov 14:00 if nothing arrives",
        "opened_at_ms": NOW_MS - 52 * HOUR_MS,
        "since_ms": NOW_MS - 28 * HOUR_MS,
        "until_ms": NOW_MS + 18 * HOUR_MS,
        "assignee": "Ines Carvalho",
        "by": "Ines Carvalho",
        "action": "Call the champion and go through their use",
        "playbook": "https://playbooks.example/champion-call",
    }
    return CaseBrief(**(values | given))  # type: ignore[arg-type]


def case(number: int = 1, *, account: str = "Mossbank Steel", **given: Any) -> CaseView:
    """A case with its whole life: opened, not sent, acknowledged, escalated."""
    opened = NOW_MS - 52 * HOUR_MS
    steps = (
        CaseStep(
            at_ms=opened, step="opened", status="open", outcome="sent", reason="first", words="forecast: red in 4 d 3 h"
        ),
        CaseStep(
            at_ms=opened + 9 * HOUR_MS,
            step="none",
            status="open",
            outcome="suppressed",
            reason="dwell",
            words="the drop held for 0 of 30 min",
        ),
        CaseStep(
            at_ms=opened + 24 * HOUR_MS,
            step="acknowledged",
            status="acknowledged",
            outcome="sent",
            reason="action",
            words="Ines Carvalho acknowledged",
            by="Ines Carvalho",
            note=f"calling Dana today {HOSTILE}",
        ),
        CaseStep(
            at_ms=opened + 48 * HOUR_MS,
            step="escalated",
            status="escalated",
            outcome="sent",
            reason="escalated",
            words="no action was logged for 48 h",
        ),
    )
    known = brief(number, **given)
    return CaseView(account_id=f"acct-{number}", account=account, brief=known, mrr=8_400.0, steps=steps)


def least_case() -> CaseView:
    """A case with nothing that can be absent."""
    return CaseView(
        account_id="bare",
        account="bare",
        brief=CaseBrief(
            id="c0", rule="r", label="", severity="info", status="open", words="", opened_at_ms=NOW_MS, since_ms=NOW_MS
        ),
        mrr=None,
    )
