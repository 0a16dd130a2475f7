"""The portfolio page's values."""

from __future__ import annotations

import math

from dashboard.values.listing import Row, Total
from dashboard.values.portfolio import (
    Bubble,
    CauseShare,
    GroupHealth,
    Guide,
    GuideLine,
    IndexDay,
    PortfolioView,
    TierChange,
    TierTotal,
)
from tests.support.page_samples.accounts import DAY_MS, HOSTILE, LONG, NOW_MS, least_row, row

BOUNDS = (("red", 0.0), ("yellow", 45.0), ("green", 75.0))
SENTENCE = (
    "The index fell 1.2 in a week, most of it use that left its windows. Two more are red than a week ago; "
    "Halverson Freight is the largest, $14,200 MRR."
)


def portfolio(since_days: int = 7) -> PortfolioView:
    """A book of 148 accounts."""
    return PortfolioView(
        sentence=SENTENCE,
        since_days=since_days,
        as_of_ms=NOW_MS,
        index=71.83,
        index_change=-1.2,
        index_by_mrr=74.2,
        index_by_mrr_change=-0.6,
        book=Total(name="", accounts=159, mrr=612_400, at_risk=134_500),
        at_risk_change=7_900,
        tiers=_tiers(),
        unscored=(Total(name="Cancelled", accounts=8, mrr=0, at_risk=0), Total(name="", accounts=3, mrr=0, at_risk=0)),
        changes=_changes(),
        fell=10,
        rose=1,
        causes=_causes(),
        guide=_guide(),
        days=_days(),
        bubbles=_bubbles(),
        bounds=BOUNDS,
        by_segment=_groups("Enterprise", "Mid-market", "Small"),
        by_industry=_groups("Logistics", "Industrial", "Retail", "Public", "Media", "Software", HOSTILE, "Finance"),
        by_owner=_groups("Ines Carvalho", "Tom Okafor", "Mei Tanaka", "Sven Lindqvist"),
        by_plan=_groups("starter", "pro", "scale", ""),
        bottom=_bottom(),
    )


def least_portfolio() -> PortfolioView:
    """An account that has no score, and nothing else."""
    return PortfolioView(
        sentence="",
        since_days=1,
        as_of_ms=0,
        index=None,
        index_change=None,
        index_by_mrr=None,
        index_by_mrr_change=None,
        book=Total(name="", accounts=1, mrr=0, at_risk=0),
        at_risk_change=None,
        tiers=(),
        unscored=(Total(name="", accounts=1, mrr=0, at_risk=0),),
        changes=(),
        fell=0,
        rose=0,
        causes=(),
        guide=Guide(lines=(), verdict="", words=""),
        days=(IndexDay(day="2026-11-26", by_account=None, by_mrr=None, accounts={}, mrr={}),),
        bubbles=(),
        bounds=(),
        by_segment=(GroupHealth(name="", accounts=1, score=None, before=None, mrr=0, at_risk=0),),
        by_industry=(),
        by_owner=(),
        by_plan=(),
        bottom=(least_row(),),
    )


def _tiers() -> tuple[TierTotal, ...]:
    given = (
        ("red", 9, 32_400, 17_700, 2, 14_200),
        ("yellow", 58, 170_900, 61_000, 4, 9_100),
        ("green", 81, 409_100, 55_800, -6, -23_300),
    )
    return tuple(
        TierTotal(
            tier=tier,
            now=Total(name=tier, accounts=accounts, mrr=mrr, at_risk=at_risk),
            accounts_change=more,
            mrr_change=mrr_more,
            share=accounts / 148,
            mrr_share=mrr / 612_400,
        )
        for tier, accounts, mrr, at_risk, more, mrr_more in given
    )


def _changes() -> tuple[TierChange, ...]:
    given: list[tuple[str, str, str, float, float, str, float | None]] = [
        ("Halverson Freight", "yellow", "red", 54.2, 31.4, "payment_failed, the third in 30 days", 14_200),
        ("Silverfen Media", "green", "yellow", 75.05, 74.93, "$exception: 100 errors in 14 days", 9_800),
        ("Quillstone Games", "green", "yellow", 75.7, 66.3, "4 tickets opened, one urgent", 18_900),
        (HOSTILE, "green", "yellow", 75.4, 52.6, "payment_failed on 21 Nov", 2_950),
        (LONG, "green", "yellow", 75.2, 61.0, "31 of 220 seats active in 14 days", None),
        ("Valewick Steel", "red", "green", 44.2, 82.6, "391 product events since Monday", 7_300),
        *((f"Account {n}", "green", "yellow", 75.4, 70.0 - n, "trend −22 %", 1_000.0 + n) for n in range(5)),
    ]
    return tuple(
        TierChange(
            account_id=f"acct-{number}",
            account=account,
            from_tier=from_tier,
            to_tier=to_tier,
            before=before,
            after=after,
            cause=cause,
            mrr=mrr,
            at_ms=NOW_MS - number * DAY_MS // 4,
        )
        for number, (account, from_tier, to_tier, before, after, cause, mrr) in enumerate(given)
    )


def _causes() -> tuple[CauseShare, ...]:
    given = (
        ("Use left a window", 41, -1.86),
        ("Errors", 9, -0.53),
        ("Tickets", 12, -0.42),
        ("Payments", 4, -0.31),
        ("Model v4", 148, 0.21),
        ("Surveys", 6, 0.12),
        ("Use arrived", 67, 1.59),
    )
    return tuple(CauseShare(cause=cause, accounts=accounts, points=points) for cause, accounts, points in given)


def _guide() -> Guide:
    return Guide(
        lines=(
            GuideLine(tier="green", share=0.547, mrr_share=0.668, low=0.6, high=0.7, beyond=-0.053),
            GuideLine(tier="yellow", share=0.392, mrr_share=0.279, low=0.2, high=0.3, beyond=0.092),
            GuideLine(tier="red", share=0.061, mrr_share=0.053, low=0.05, high=0.1, beyond=0.0),
        ),
        verdict="too strict",
        words="Too strict by the guide. Green lacks 5.3 points. With green from 71 it would be 62.2 %.",
    )


def _days() -> tuple[IndexDay, ...]:
    days = []
    for number in range(85):
        wave = math.sin(number / 9) * 1.5
        red = 5 + number // 20
        yellow = 50 + number // 10
        days.append(
            IndexDay(
                day=f"2026-{9 + (number + 2) // 30:02}-{(number + 2) % 30 + 1:02}",
                by_account=74.6 - number * 0.033 + wave,
                by_mrr=77.7 - number * 0.041 + wave,
                accounts={"red": red, "yellow": yellow, "green": 148 - red - yellow},
                mrr={"red": red * 3_000.0, "yellow": yellow * 3_000.0, "green": 400_000.0},
            )
        )
    return tuple(days)


def _bubbles() -> tuple[Bubble, ...]:
    found = [
        Bubble(account_id="acct-0", name="Halverson Freight", mrr=14_200, score=31.4, tier="red", before=54.2),
        Bubble(account_id="acct-2", name="Quillstone Games", mrr=18_900, score=66.3, tier="yellow", before=75.7),
        Bubble(account_id="acct-3", name=HOSTILE, mrr=2_950, score=52.6, tier="yellow", before=None),
    ]
    for number in range(60):
        score = 50 + (number * 37 % 50)
        tier = "green" if score >= 75 else "yellow"
        found.append(
            Bubble(
                account_id=f"b-{number}",
                name=f"Account {number}",
                mrr=900 * 1.06**number,
                score=score,
                tier=tier,
                before=score + number % 7 - 3,
            )
        )
    return tuple(found)


def _groups(*names: str) -> tuple[GroupHealth, ...]:
    return tuple(
        GroupHealth(
            name=name,
            accounts=14 + number,
            score=58.2 + 4 * number,
            before=None if number == 3 else 66.9 + 2.5 * number,
            mrr=80_000.0 - 5_000 * number,
            at_risk=24_300.0 - 2_000 * number,
        )
        for number, name in enumerate(names)
    )


def _bottom() -> tuple[Row, ...]:
    return (
        row(1, name="Pellwood Foods", score=17.1, tier="red", mrr=3_440.0),
        row(2, name="Halverson Freight", score=31.4, tier="red", mrr=14_200.0),
        row(3, name=HOSTILE, score=38.2, tier="red", mrr=None, case=None),
        row(4, name=LONG, score=42.8, tier="red", is_provisional=True),
        row(5, name="Rookwood Optics", score=52.6, change_7d=0.04, marks=()),
    )
