"""Numbers that are rounded so that what a page shows adds up. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def adding_up(parts: Sequence[float], total: float, decimals: int = 1) -> tuple[float, ...]:
    """`parts` with that many decimals, such that they sum to `total` with as many: what is missing goes to those whose
    rounding was furthest off. What they lack by more than a step each stays missing.

    >>> adding_up((0.24, 0.24, 0.24), 0.72)
    (0.3, 0.2, 0.2)
    >>> adding_up((-1.86, 1.59), -0.27)
    (-1.9, 1.6)
    """
    unit = 10.0**decimals
    whole = [round(part * unit) for part in parts]
    missing = round(total * unit) - sum(whole)
    step = 1 if missing > 0 else -1
    off = sorted(range(len(parts)), key=lambda place: step * (whole[place] - parts[place] * unit))
    for place in off[: abs(missing)]:
        whole[place] += step
    return tuple(each / unit for each in whole)
