"""Whether the tiers of a book are filled as healthy books usually are, in words."""

from __future__ import annotations

from collections.abc import Sequence

USUAL = ((0.05, 0.10), (0.20, 0.30), (0.60, 0.70))
"""The usual share of accounts in the worst tier, the middle one and the best, as customer success teams state it."""
ACCOUNTS_LEAST = 50
"""With fewer accounts a share says little."""


def tier_shares_note(counts: Sequence[tuple[str, int]]) -> str:
    """A warning when the best or the worst of three tiers is filled unlike the usual; "" when there is nothing to say.

    `counts` are accounts by tier, the worst tier first.

    >>> tier_shares_note([("red", 6), ("yellow", 25), ("green", 69)])
    ''
    >>> print(tier_shares_note([("red", 1), ("yellow", 9), ("green", 90)]))
    90 % green, usual are 60 % to 70 %: the model is lenient, or the book calm; vitals calibrate proposes bounds
    """
    total = sum(count for _, count in counts)
    if len(counts) != len(USUAL) or total < ACCOUNTS_LEAST:
        return ""
    (worst, worst_count), _, (best, best_count) = counts
    if best_count > USUAL[2][1] * total:
        return _said(best, best_count / total, USUAL[2], "lenient, or the book calm")
    if worst_count > USUAL[0][1] * total:
        return _said(worst, worst_count / total, USUAL[0], "strict, or the book in trouble")
    if best_count < USUAL[2][0] * total:
        return _said(best, best_count / total, USUAL[2], "strict, or the book in trouble")
    return ""


def _said(tier: str, share: float, usual: tuple[float, float], judgement: str) -> str:
    lower, upper = usual
    said = f"{share:.0%} {tier}, usual are {lower:.0%} to {upper:.0%}: the model is {judgement}"
    return f"{said}; vitals calibrate proposes bounds".replace("%", " %")
