"""Tiers over time: each day's accounts (or MRR) by tier as one stack, the worst at the bottom, where change is seen.

Places along the width are in percent, so that the chart fills its column and its text is not scaled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

HEIGHT = 156
_PLOT_PERCENT, _TOP, _BOTTOM = 71.0, 8.0, 130.0
_LABEL_HEIGHT = 14.0


def tier_days(
    title: str,
    finding: str,
    days: Sequence[tuple[str, Mapping[str, float]]],
    tiers: Sequence[tuple[str, str]],
    ends: Mapping[str, str],
) -> Markup:
    """Shares of 100 % a day. `days` are (label, amount by tier), the oldest first; a day without amounts stays empty.
    `tiers` are (name, tone), the worst first; `ends` the words at the right, by tier; `finding` says what it shows.

    >>> tiers = (("bad", "red"), ("good", "green"))
    >>> tier_days("T", "F", [("1 Sep", {"bad": 1.0, "good": 3.0})], tiers, {}).count("f-red")
    1
    """
    return Markup(
        '<svg class="days" width="100%" height="{}" role="img"><title>{}</title><desc>{}</desc>{}{}{}{}</svg>'
    ).format(
        HEIGHT,
        title,
        finding,
        _areas([amounts for _, amounts in days], tiers),
        Markup('<line class="ax" x1="0" x2="{}%" y1="{}" y2="{}"/>').format(_PLOT_PERCENT, _BOTTOM, _BOTTOM),
        _dates([label for label, _ in days]),
        _labels(days[-1][1] if days else {}, tiers, ends),
    )


def _heights(amounts: Mapping[str, float], tiers: Sequence[tuple[str, str]]) -> list[float]:
    known = [max(amounts.get(tier, 0.0), 0.0) for tier, _ in tiers]
    total = sum(known)
    return [amount / total * (_BOTTOM - _TOP) if total > 0.0 else 0.0 for amount in known]


def _areas(days: Sequence[Mapping[str, float]], tiers: Sequence[tuple[str, str]]) -> Markup:
    """One step path a tier, in an inner drawing that alone is stretched."""
    feet = [0.0] * len(days)
    paths = Markup()
    tops = [_heights(amounts, tiers) for amounts in days]
    for number, (_, tone) in enumerate(tiers):
        heads = [foot + top[number] for foot, top in zip(feet, tops, strict=True)]
        there = "".join(f"L{day} {-head:.1f}H{day + 1}" for day, head in enumerate(heads))
        back = "".join(f"L{day + 1} {-foot:.1f}H{day}" for day, foot in reversed(list(enumerate(feet))))
        paths += Markup('<path class="f-{}" d="M0 0{}{}z"/>').format(tone, there, back)
        feet = heads
    height = _BOTTOM - _TOP
    box = Markup(
        '<svg class="area" y="{}" width="{}%" height="{}" viewBox="0 {} {} {}" preserveAspectRatio="none">{}</svg>'
    )
    return box.format(_TOP, _PLOT_PERCENT, height, -height, max(len(days), 1), height, paths)


def _dates(labels: Sequence[str]) -> Markup:
    if not labels:
        return Markup()
    ends = Markup('<text x="0" y="{}">{}</text><text class="e" x="{}%" y="{}">{}</text>')
    return ends.format(HEIGHT - 8, labels[0], _PLOT_PERCENT, HEIGHT - 8, labels[-1])


def _labels(last: Mapping[str, float], tiers: Sequence[tuple[str, str]], ends: Mapping[str, str]) -> Markup:
    """The words beside the last day's parts, moved apart where the parts are thin."""
    lines, foot, limit = Markup(), _BOTTOM, _BOTTOM - 2.0
    for (tier, tone), height in zip(tiers, _heights(last, tiers), strict=True):
        at = min(foot - height / 2, limit)
        limit, foot = at - _LABEL_HEIGHT, foot - height
        if tier in ends:
            lines += Markup('<text class="t-{}" x="{}%" y="{:.1f}">{}</text>').format(
                tone, _PLOT_PERCENT + 1.5, at + 4, ends[tier]
            )
    return lines
