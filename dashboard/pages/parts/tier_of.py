"""The tier that a number lies in, where only a number is known: of means. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def tier_of(tiers: Sequence[tuple[str, float]], score: float | None) -> str:
    """The tier of a mean score, "" of none. `tiers` have their lower bounds, the worst first.

    >>> tier_of((("red", 0), ("green", 75)), 75.0), tier_of((("red", 0),), None)
    ('green', '')
    """
    if score is None:
        return ""
    return next((name for name, bound in reversed(tiers) if score >= bound), tiers[0][0] if tiers else "")
