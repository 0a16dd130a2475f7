"""The values of model and sources."""

from __future__ import annotations

from dashboard.values.model import ComponentLine, ModelView, Moved, ShadowLine, TierLine, WhatIfView
from dashboard.values.sources import DeadLetterLine, LagLine, SourceLine, SourcesView, UnattributedLine
from tests.support.page_samples.accounts import DAY_MS, HOSTILE, HOUR_MS, NOW_MS

_WEIGHTS = {
    "usage": 25.0,
    "trend": 15.0,
    "recency": 15.0,
    "adoption": 10.0,
    "friction": 15.0,
    "support": 10.0,
    "billing": 5.0,
    "sentiment": 5.0,
}
_HISTOGRAM = (0, 0, 0, 1, 0, 1, 2, 2, 3, 4, 6, 7, 10, 13, 18, 20, 22, 19, 14, 6)


def model() -> ModelView:
    """A live model and a shadow."""
    return ModelView(
        name="default",
        version=4,
        description="Weights as of the back-test of 2026-10.",
        formula=(
            "score = Σ weight × judgement / Σ weight, over the components that have evidence",
            "        at most 40 after 30 days without product use",
            "tiers   red 0 to below 45   yellow 45 to below 75   green 75 to 100",
        ),
        components=tuple(
            ComponentLine(
                name=name,
                label=name.capitalize(),
                weight=weight,
                share=weight / 100,
                judges="events in 30 days against its own best",
                mean_judgement=None if name == "sentiment" else 74.0,
                with_evidence=0.0 if name == "sentiment" else 0.97,
                mean_lost=weight * 0.26,
            )
            for name, weight in _WEIGHTS.items()
        ),
        tiers=_tier_lines((9, 58, 81)),
        histogram=_HISTOGRAM,
        shadows=(
            ShadowLine(
                model="candidate",
                version=5,
                accounts=148,
                shares={"red": 0.06, "yellow": 0.31, "green": 0.63},
                better=14,
                worse=3,
                mean_difference=1.4,
            ),
        ),
        versions=("default v4 since 20 Nov 06:00", "default v3 from 1 Oct to 20 Nov"),
        accounts=148,
        as_of_ms=NOW_MS,
    )


def least_model() -> ModelView:
    """A model that no account was judged by."""
    return ModelView(
        name="",
        version=0,
        description="",
        formula=(),
        components=(),
        tiers=(),
        histogram=(0,) * 20,
        shadows=(ShadowLine(model="x", version=1, accounts=0, shares={}, better=0, worse=0, mean_difference=None),),
        versions=(),
        accounts=0,
        as_of_ms=0,
        can_what_if=False,
        why_not="No account has a score yet.",
    )


def what_if() -> WhatIfView:
    """Other weights, and who moves."""
    return WhatIfView(
        accounts=148,
        tiers=_tier_lines((11, 46, 91)),
        histogram=(*_HISTOGRAM[1:], 12),
        better=10,
        worse=2,
        moved=(
            Moved(
                account_id="acct-1",
                account="Silverfen Media",
                before=74.93,
                after=77.3,
                from_tier="yellow",
                to_tier="green",
                mrr=9_800,
            ),
            Moved(
                account_id="acct-2",
                account=HOSTILE,
                before=52.6,
                after=44.1,
                from_tier="yellow",
                to_tier="red",
                mrr=None,
            ),
        ),
        mean=73.2,
        mean_before=71.8,
        milliseconds=212.4,
    )


def sources() -> SourcesView:
    """Each state, a dead letter that can be replayed and one that cannot, ids of nobody."""
    lines = (
        ("analytics", "Product events", 4_000, 1_204.0, 1_180.0, "fresh", "use, trend, adoption"),
        ("exceptions", "Errors", 3 * HOUR_MS + 120_000, 0.0, 310.0, "late", "friction waits since 11:30"),
        ("billing", "Billing", 9 * DAY_MS, None, None, "stopped", "nothing in nine days"),
        ("tickets", "Tickets", None, None, None, "never", "no component reads it yet"),
    )
    return SourcesView(
        words="4 feeds; exceptions are 3 h late, so friction is frozen for 148 accounts.",
        as_of_ms=NOW_MS,
        sources=tuple(
            SourceLine(
                name=name,
                label=label,
                last_event_ms=None if age is None else NOW_MS - age,
                a_day=a_day,
                usual_a_day=usual,
                state=state,
                accounts=148,
                words=words,
            )
            for name, label, age, a_day, usual, state, words in lines
        ),
        lag=(
            LagLine(role="worker", group="vitals", lag=0),
            LagLine(role="projector", group="vitals-projector", lag=1_204, words="about 3 s behind"),
        ),
        dead_letters=(
            DeadLetterLine(
                id="tickets-3-18203",
                at_ms=NOW_MS - HOUR_MS,
                topic="tickets",
                reason="invalid",
                words="severity «P1?» is not low, normal, high, urgent or critical",
                account_id="acct-1",
                can_replay=True,
                excerpt='{"event": "<b>ticket_opened</b>"}',
            ),
            DeadLetterLine(
                id="billing-0-4391",
                at_ms=NOW_MS - DAY_MS,
                topic="billing",
                reason="malformed",
                words=HOSTILE,
                account_id="",
                can_replay=False,
                excerpt="",
            ),
        ),
        dead_letters_total=17,
        unattributed=(
            UnattributedLine(
                kind="zendesk.organization",
                id="org_2xKd88",
                events=212,
                since_ms=NOW_MS - 5 * DAY_MS,
                source="tickets",
            ),
            UnattributedLine(kind="stripe.customer", id=HOSTILE, events=1, since_ms=NOW_MS, source=""),
        ),
        unattributed_total=12,
    )


def least_sources() -> SourcesView:
    """Nothing has arrived, and the broker does not answer."""
    return SourcesView(
        words="",
        as_of_ms=0,
        sources=(),
        lag=(),
        dead_letters=(),
        dead_letters_total=0,
        unattributed=(),
        unattributed_total=0,
        trouble="The broker does not answer.",
    )


def _tier_lines(accounts: tuple[int, int, int]) -> tuple[TierLine, ...]:
    bounds = (("red", 0.0), ("yellow", 45.0), ("green", 75.0))
    return tuple(
        TierLine(tier=tier, bound=bound, accounts=count, share=count / sum(accounts), mrr=3_000.0 * count)
        for (tier, bound), count in zip(bounds, accounts, strict=True)
    )
