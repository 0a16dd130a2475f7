"""The tiers beside the guide: shares as two bars, then each tier's share against its range."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboard.charts import shapes
from dashboard.values.portfolio import Guide, GuideLine
from dashboard.wording.look import Look

WIDTH = 440
_LEFT, _ROW = 64.0, 26.0


def guide_chart(look: Look, guide: Guide, width: float = WIDTH, classes: str = "fl", key: str = "guide") -> Markup:
    """Per tier the guide's range as a grey block, accounts as the mark, MRR as a line, and how far beyond in words."""
    inner = width - _LEFT
    best_first = list(reversed(guide.lines)) if _is_worst_first(look, guide.lines) else list(guide.lines)
    parts = [*_bar("accounts", 1, [(look.tone(line.tier), line.share) for line in best_first], inner)]
    parts += _bar("MRR", 19, [(look.tone(line.tier), line.mrr_share) for line in best_first], inner)
    for number, line in enumerate(best_first):
        parts += _line(look, line, 58 + number * _ROW, inner)
    foot = 58 + len(best_first) * _ROW + 6
    for share, side, words in (
        (0.0, "", "0 %"),
        (0.25, "c", "25"),
        (0.5, "c", "50"),
        (0.75, "c", "75"),
        (1.0, "e", "100 %"),
    ):
        parts.append(shapes.text(words, _LEFT + share * inner, foot, side))
    said = ", ".join(f"{line.tier} {look.percent(line.share, 1)}, {_beyond(look, line)}" for line in best_first)
    return shapes.svg(
        parts, width, foot + 4, "Share of accounts by tier beside the guide", f"{guide.verdict}: {said}", classes, key
    )


def _is_worst_first(look: Look, lines: Sequence[GuideLine]) -> bool:
    return bool(lines) and look.tone(lines[0].tier) != "green"


def _bar(label: str, top: float, shares: Sequence[tuple[str, float]], inner: float) -> list[str]:
    parts = [shapes.text(label, 0, top + 10, "t-2")]
    at = _LEFT
    for tone, share in shares:
        length = share * inner
        parts.append(shapes.rect(f"f-{tone}", at, top, length - 2, 12))
        at += length
    return parts


def _line(look: Look, line: GuideLine, y: float, inner: float) -> list[str]:
    tone = look.tone(line.tier)

    def x(share: float) -> float:
        return _LEFT + min(max(share, 0.0), 1.0) * inner

    words = f"{look.percent(line.share, 1)}, {_beyond(look, line)}"
    rightmost = max(x(line.share) + 12, x(line.high) + 12)
    is_left = rightmost + len(words) * 6.2 > _LEFT + inner
    at = min(x(line.share), x(line.low)) - 12 if is_left else rightmost
    return [
        shapes.text(line.tier, 0, y + 4, f"t-{tone}"),
        shapes.line("gr", _LEFT, y, _LEFT + inner, y),
        shapes.rect("lost", x(line.low), y - 7, x(line.high) - x(line.low), 14),
        shapes.line("ln", x(line.mrr_share), y - 6, x(line.mrr_share), y + 6),
        shapes.mark(tone, x(line.share), y, 10, ring=True),
        shapes.text(words, at, y + 4, f"t-ink halo{' e' if is_left else ''}"),
    ]


def _beyond(look: Look, line: GuideLine) -> str:
    if not line.beyond:
        return "within"
    return f"{look.points(abs(line.beyond) * 100)} {'under' if line.beyond < 0 else 'over'}"
