"""One account with all that its page shows, hostile words among it; and one with as little as is possible."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from dashboard.values.account import (
    AccountView,
    Axis,
    ContributionRow,
    DayScore,
    ExternalLink,
    FeatureUse,
    ForecastStep,
    Improvement,
    ModelMark,
    NotableEvent,
    Note,
    OverrideNow,
    Pin,
    Sentiment,
    TimelineEntry,
    Trajectory,
)
from tests.support.page_samples.accounts import DAY_MS, HOSTILE, HOUR_MS, NOW_MS, case, least_row, row

BOUNDS = (("red", 0.0), ("yellow", 45.0), ("green", 75.0))
COMPONENTS = (
    ("Trend", 0.6, 15.0, -9.2),
    ("Usage", 15.5, 25.0, -3.4),
    ("Adoption", 5.2, 10.0, -0.8),
    ("Recency", 11.2, 15.0, -3.8),
    ("Support", 6.4, 10.0, 0.0),
    ("Billing", 2.0, 5.0, -3.0),
    ("Sentiment", 2.0, 5.0, 0.0),
    ("Friction", 15.0, 15.0, 4.0),
)
"""Label, points earned, points possible, change in seven days: they add up to 57.9 and to −16.2."""


def contributions() -> tuple[ContributionRow, ...]:
    return tuple(
        ContributionRow(
            component=label.lower(),
            label=label,
            kind="component",
            words=f"evidence of {label} {HOSTILE}",
            judgement=100 * earned / possible,
            earned=earned,
            possible=possible,
            lost=round(possible - earned, 1),
            change_7d=change,
        )
        for label, earned, possible, change in COMPONENTS
    )


def account_view(number: int = 1, *, name: str = HOSTILE) -> AccountView:
    """Everything."""
    shown = row(number, name=name, score=57.9, next_tier="red", next_tier_ms=NOW_MS + 2 * DAY_MS, first_event_ms=0)
    return AccountView(
        row=shown,
        summary=f"Fell 16.2 points in 7 days: {HOSTILE}.",
        model="default",
        model_version=4,
        contributions=contributions(),
        radar=tuple(
            Axis(label=label, value=100 * earned / possible, median=70.0) for label, earned, possible, _ in COMPONENTS
        ),
        flags=(f"Payment failed {HOSTILE}",),
        signs=("quiet for a week",),
        since_tier_ms=NOW_MS - 19 * DAY_MS,
        transition="green to yellow on 7 Nov",
        ahead=(ForecastStep(at_ms=NOW_MS + 2 * DAY_MS, score=44.6, tier="red", words="58 events leave"),),
        improvements=(Improvement(words="120 product events", tier="green", points=17.3),),
        needs=17.1,
        chances=("3 in 10 with such a score churned in 90 days",),
        features=(
            FeatureUse(feature=HOSTILE, weeks=(4, 0, 2), now=2, before=4, last_ms=NOW_MS, first_ms=0),
            FeatureUse(feature="api", weeks=(0, 0, 3), now=3, before=0, last_ms=NOW_MS, first_ms=0),
        ),
        notable=tuple(
            NotableEvent(
                at_ms=NOW_MS - each * DAY_MS, topic="tickets", event="ticket_opened", event_id=str(each), words=HOSTILE
            )
            for each in range(13)
        ),
        facts=(("Events in 14 days (usage_14d)", "118"), (HOSTILE, HOSTILE)),
        links=(
            ExternalLink(kind="stripe.customer", id="cus_1", url="https://dashboard.stripe.com/customers/cus_1"),
            ExternalLink(kind="crm", id=HOSTILE, url=""),
        ),
        cases=(case(number), case(number + 1, status="acknowledged"), case(number + 2, status="resolved")),
        override=OverrideNow(
            score=57.9, beneath=81.3, reason=HOSTILE, author=HOSTILE, set_ms=NOW_MS, until_ms=NOW_MS + DAY_MS
        ),
        sentiment=Sentiment(level="uneasy", author=HOSTILE, at_ms=NOW_MS - DAY_MS, reason=HOSTILE),
        notes=(Note(id="n1", author="Ines", at_ms=NOW_MS - DAY_MS, text=f"{HOSTILE}\nsecond line"),),
        shadows=(("default v5", 61.2, "yellow"), ("other v1", None, "")),
    )


def least_account_view() -> AccountView:
    """Nothing that can be absent: no score, no history, no link."""
    return AccountView(row=least_row(), summary="", model="", model_version=0, contributions=(), radar=())


def trajectory(weeks: int = 8) -> Trajectory:
    """A fall from green to yellow, with a day without a score in it."""
    today = datetime.fromtimestamp(NOW_MS / 1000, UTC).date()
    last = 7 * weeks
    days = tuple(_close(today - timedelta(days=last - number), number, last) for number in range(last + 1))
    return Trajectory(
        weeks=weeks,
        components=(),
        days=days,
        bounds=BOUNDS,
        pins=(
            Pin(number=1, at_ms=NOW_MS - 19 * DAY_MS, words=f"412 events left {HOSTILE}", before=76.2, after=74.6),
            Pin(number=2, at_ms=NOW_MS - HOUR_MS, words="72 events left", before=62.1, after=57.9),
            Pin(number=3, at_ms=NOW_MS - 900 * DAY_MS, words="before these weeks", before=1.0, after=2.0),
        ),
        models=(ModelMark(at_ms=NOW_MS - 6 * DAY_MS, words="default v3 to v4"),),
        ahead=(
            ForecastStep(at_ms=NOW_MS + DAY_MS, score=53.1, tier="yellow", words="61 events leave"),
            ForecastStep(at_ms=NOW_MS + 2 * DAY_MS, score=44.6, tier="red", words="58 events leave"),
        ),
    )


def _close(day: date, number: int, last: int) -> DayScore:
    score = 57.9 if number == last else 90.0 - 30.0 * number / max(last, 1)
    tier = "green" if score >= 75 else "yellow"
    is_gap = number == last // 2
    return DayScore(day=day.isoformat(), score=None if is_gap else score, tier="" if is_gap else tier, mrr=8_400.0)


def timeline() -> tuple[TimelineEntry, ...]:
    """One entry of each kind, and many of one."""
    moved = TimelineEntry(
        at_ms=NOW_MS - HOUR_MS,
        kind="left",
        words=f"72 events left {HOSTILE}",
        detail=HOSTILE,
        points=-4.2,
        before=62.1,
        after=57.9,
        from_tier="green",
        to_tier="yellow",
        pin=2,
    )
    folded = TimelineEntry(at_ms=NOW_MS - DAY_MS, kind="left", words="11 smaller", points=-5.2, folded=11)
    quiet = [
        TimelineEntry(at_ms=NOW_MS - 2 * DAY_MS, kind=kind, words=f"of kind {kind}")
        for kind in ("arrived", "model", "alert", "person", "norm", "other")
    ]
    many = [
        TimelineEntry(at_ms=NOW_MS - 3 * DAY_MS - each, kind="arrived", words=f"event {each}") for each in range(70)
    ]
    return (moved, folded, *quiet, *many)
