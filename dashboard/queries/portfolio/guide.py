"""The distribution of tiers beside the guide, 60-70 % green, 20-30 % yellow, 5-10 % red. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.values.portfolio import Guide, GuideLine, TierTotal

RANGES = ((0.05, 0.10), (0.20, 0.30), (0.60, 0.70))
"""The worst tier's range, the second's, the best's."""
ROUNDING = 0.0005


def guide_of(tiers: Sequence[TierTotal]) -> Guide:
    """The guide for three tiers, the worst first; without lines for any other number of them."""
    if len(tiers) != len(RANGES) or not any(each.now.accounts for each in tiers):
        words = "No account has a score yet." if len(tiers) == len(RANGES) else "The guide is one of three tiers."
        return Guide(lines=(), verdict="", words=words)
    lines = tuple(
        GuideLine(
            tier=each.tier,
            share=each.share,
            mrr_share=each.mrr_share,
            low=low,
            high=high,
            beyond=beyond(each.share, low, high),
        )
        for each, (low, high) in zip(tiers, RANGES, strict=True)
    )
    verdict = verdict_of(lines)
    return Guide(lines=lines, verdict=verdict, words=words_of(lines, verdict))


def beyond(share: float, low: float, high: float) -> float:
    """How far a share lies outside its range: above it positive, below it negative, 0 within.

    >>> round(beyond(0.547, 0.6, 0.7), 3), beyond(0.65, 0.6, 0.7)
    (-0.053, 0.0)
    """
    return share - high if share > high else share - low if share < low else 0.0


def verdict_of(lines: Sequence[GuideLine]) -> str:
    """ "too lenient": more are in the best tier, or fewer in the worst, than the guide has; "too strict": the reverse.

    The best tier decides; where it is within its range, the worst does.
    """
    worst, *_, best = lines
    for line, over, under in ((best, "too lenient", "too strict"), (worst, "too strict", "too lenient")):
        if abs(line.beyond) > ROUNDING:
            return over if line.beyond > 0 else under
    return "within the guide"


def words_of(lines: Sequence[GuideLine], verdict: str) -> str:
    """«Too strict by the guide. Green lacks 5.3 points.», of the tier that decides."""
    outside = [line for line in lines if abs(line.beyond) > ROUNDING]
    if not outside:
        return "Within the guide: every tier has its share."
    worst, *_, best = lines
    shown = next((line for line in (best, worst) if line in outside), outside[0])
    lacks = "lacks" if shown.beyond < 0 else "is over by"
    points = f"{100 * abs(shown.beyond):.1f} points"
    return f"{verdict.capitalize()} by the guide. {shown.tier.capitalize()} {lacks} {points}."
