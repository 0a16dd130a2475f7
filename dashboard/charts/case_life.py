"""The life of a case as one bar: pale open, grey acknowledged, black escalated, dashed until the next step."""

from __future__ import annotations

from markupsafe import Markup

from dashboard.charts import shapes
from dashboard.values.account import CaseStep, CaseView
from dashboard.wording.look import Look

WIDTH, HEIGHT = 1056, 64
_TONES = {"open": "lost", "acknowledged": "earned", "escalated": "inkf", "snoozed": "band"}
_LETTER = 6.2


def case_life(look: Look, case: CaseView, width: float = WIDTH, classes: str = "fl", key: str = "life") -> Markup:
    """From the first step to now, and on to the instant of the next one where it is known."""
    brief = case.brief
    steps = [step for step in case.steps if step.step != "none"] or [_opened(case)]
    begin = steps[0].at_ms
    is_over = brief.status in ("resolved", "retracted")
    now = steps[-1].at_ms if is_over else max(look.now_ms, steps[-1].at_ms)
    end = max(brief.until_ms, now) if not is_over else now
    scale = (width - 2) / max(end - begin, 1)

    def x(at_ms: int) -> float:
        return 1 + (at_ms - begin) * scale

    parts = []
    for number, step in enumerate(steps):
        after = steps[number + 1].at_ms if number + 1 < len(steps) else now
        parts.append(shapes.rect(_TONES.get(step.status, "lost"), x(step.at_ms), 26, x(after) - x(step.at_ms), 8))
    if end > now:
        parts.append(shapes.line("ln fc", x(now), 30, x(end), 30))
    labels = [(step.at_ms, step.step, look.instant(step.at_ms)) for step in steps]
    if not is_over:
        labels.append((now, "now", look.time(now)))
    if end > now:
        labels.append((end, "ends" if brief.status == "snoozed" else "escalates", look.instant(end)))
    parts += _labels([(x(at), words, when) for at, words, when in labels], width)
    finding = ", ".join(f"{words} {when}" for _, words, when in labels)
    return shapes.svg(parts, width, HEIGHT, f"Life of case {brief.id}", finding, classes, key)


def _opened(case: CaseView) -> CaseStep:
    brief = case.brief
    return CaseStep(at_ms=brief.opened_at_ms, step="opened", status=brief.status, outcome="", reason="", words="")


def _labels(labels: list[tuple[float, str, str]], width: float) -> list[str]:
    """First and last label have their room; one between that finds none keeps its tick alone."""
    parts, free_from, free_to = [], 0.0, width
    order = sorted(range(len(labels)), key=lambda place: (0 < place < len(labels) - 1, place))
    for place in order:
        at, words, when = labels[place]
        parts.append(shapes.line("ax", at, 20, at, 40))
        length = max(len(words), len(when)) * _LETTER
        is_last = place == len(labels) - 1 and place > 0
        start = at - length if is_last or at + length > free_to else at
        if start < free_from or start + length > free_to:
            continue
        side = " e" if start < at else ""
        parts.append(shapes.text(words, at, 13, f"t-ink t-12{side}"))
        parts.append(shapes.text(when, at, 55, side.strip()))
        if is_last:
            free_to = start - 8
        else:
            free_from = start + length + 8
    return parts
