"""The tiers beside the guide: shares of accounts and MRR, the guide's range as a block, and how far outside it is."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.charts import stretched
from dashboard.values.portfolio import Guide, GuideLine
from dashboard.wording.look import Look

HEIGHT = 148
_LEFT, _WIDTH = 14.0, 86.0
_ROWS_TOP, _ROW = 60.0, 26.0
_FULL = 0.58
"""Beyond this share the words stand at the left of the block."""


def guide_chart(look: Look, guide: Guide) -> Markup:
    """The tiers are drawn the best first."""
    best_first = sorted(guide.lines, key=lambda line: -_place(look, line.tier))
    parts = [
        *_bar(look, "accounts", [(line.tier, line.share) for line in best_first], 1.0),
        *_bar(look, "MRR", [(line.tier, line.mrr_share) for line in best_first], 19.0),
    ]
    for number, line in enumerate(best_first):
        parts.extend(_row(look, line, _ROWS_TOP + number * _ROW))
    foot = _ROWS_TOP + len(best_first) * _ROW + 8
    for share, classes in ((0, ""), (25, "c"), (50, "c"), (75, "c"), (100, "e")):
        parts.append(stretched.text(f"{share} %" if share in (0, 100) else share, _at(share / 100), foot, classes))
    finding = "; ".join(f"{line.tier} {_words(look, line)}" for line in best_first)
    return stretched.drawing(parts, foot + 6, "Share of accounts by tier beside the guide", f"{finding}.", "guide")


def _bar(look: Look, label: str, shares: Sequence[tuple[str, float]], top: float) -> list[str]:
    parts, at = [stretched.text(label, 0, top + 10, "t-2")], 0.0
    for tier, share in shares:
        parts.append(stretched.rect(f"f-{look.tone(tier)} seam", _at(at), top, share * _WIDTH, 12))
        at += share
    return parts


def _row(look: Look, line: GuideLine, y: float) -> list[str]:
    tone = look.tone(line.tier)
    right = max(line.share, line.high, line.mrr_share)
    left = min(line.share, line.low, line.mrr_share)
    is_full = right > _FULL
    return [
        stretched.text(line.tier, 0, y + 4, f"t-{tone}"),
        stretched.line("gr", _LEFT, y, 100, y),
        stretched.rect("lost", _at(line.low), y - 7, (line.high - line.low) * _WIDTH, 14),
        stretched.line("ln", _at(line.mrr_share), y - 6, _at(line.mrr_share), y + 6),
        stretched.mark(tone, _at(line.share), y, 10, "ring"),
        stretched.text(
            _words(look, line),
            _at(left if is_full else right),
            y + 4,
            f"t-ink halo{' e' if is_full else ''}",
            -12 if is_full else 12,
        ),
    ]


def _words(look: Look, line: GuideLine) -> str:
    share = look.percent(line.share, 1)
    points = f"{abs(line.beyond) * 100:.1f}"
    if points == "0.0":
        return f"{share}, within"
    return f"{share}, {points} {'over' if line.beyond > 0 else 'under'}"


def _at(share: float) -> float:
    return _LEFT + min(max(share, 0.0), 1.0) * _WIDTH


def _place(look: Look, tier: str) -> int:
    names = [name for name, _ in look.tiers]
    return names.index(tier) if tier in names else -1
