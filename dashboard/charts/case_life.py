"""The life of a case as one bar: pale while open, grey acknowledged, black escalated, dashed until what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboard.charts import stretched
from dashboard.values.account import CaseView
from dashboard.wording.look import Look

HEIGHT = 62
_TOP, _TALL = 26.0, 8.0
_CLASSES = {"open": "case-open", "acknowledged": "case-ack", "escalated": "case-esc", "snoozed": "case-next"}
_ENDED = ("resolved", "retracted")
_WIDTH_PX = 1000.0
_LETTER_PX = 6.4


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the bar: from here on the case had `status`."""

    at_ms: int
    status: str
    words: str
    by: str = ""


def case_life(look: Look, case: CaseView) -> Markup:
    """From its opening to now, or to its end; and on to the next instant that is known."""
    stops = stops_of(case)
    is_over = case.brief.status in _ENDED
    end_ms = stops[-1].at_ms if is_over else max(look.now_ms, stops[-1].at_ms)
    ahead_ms = case.brief.until_ms if not is_over and case.brief.until_ms > end_ms else 0
    first_ms, last_ms = stops[0].at_ms, ahead_ms or end_ms
    span = max(last_ms - first_ms, 1)

    def at(ms: int) -> float:
        return 100.0 * (ms - first_ms) / span

    parts = []
    for stop, until_ms in zip(stops, [*(each.at_ms for each in stops[1:]), end_ms], strict=True):
        parts.append(
            stretched.rect(
                _CLASSES.get(stop.status, "case-open"), at(stop.at_ms), _TOP, at(until_ms) - at(stop.at_ms), _TALL
            )
        )
    marks = [(at(stop.at_ms), stop.words, _below(look, stop)) for stop in stops]
    if not is_over:
        marks.append((at(end_ms), "now", look.time(end_ms)))
    if ahead_ms:
        parts.append(stretched.line("ln fc", at(end_ms), _TOP + _TALL / 2, 100, _TOP + _TALL / 2))
        marks.append((100.0, "snooze ends" if case.brief.status == "snoozed" else "escalates", look.instant(ahead_ms)))
    parts += _labels(marks)
    told = ", ".join(f"{stop.words} {look.instant(stop.at_ms)}" for stop in stops)
    coming = f"; next {look.instant(ahead_ms)}" if ahead_ms else ""
    return stretched.drawing(parts, HEIGHT, "Life of the case", f"{told[:1].upper()}{told[1:]}{coming}.", "life")


def stops_of(case: CaseView) -> list[Stop]:
    """Where its status changed, the oldest first; at least its opening."""
    stops = [Stop(case.brief.opened_at_ms, "open", "opened")]
    for step in case.steps:
        if step.step in ("none", "opened") or not step.status or step.status == stops[-1].status:
            continue
        stops.append(Stop(max(step.at_ms, stops[-1].at_ms), step.status, step.step.replace("_", " "), step.by))
    return stops


def _below(look: Look, stop: Stop) -> str:
    when = look.instant(stop.at_ms, weekday=False)
    return f"{when}, {stop.by}" if stop.by else when


def _labels(marks: Sequence[tuple[float, str, str]]) -> list[str]:
    """A tick at each place, with words where they do not touch those before; both ends always have theirs.

    On a phone there is room for the ends alone: a style sheet hides what is `between`.
    """
    parts, right = [], -1.0
    for index, (place, above, under) in enumerate(marks):
        parts.append(
            stretched.line("ax", min(max(place, 0.05), 99.95), _TOP - 6, min(max(place, 0.05), 99.95), _TOP + _TALL + 6)
        )
        wide = max(len(above), len(under)) * _LETTER_PX / _WIDTH_PX * 100
        is_last = index == len(marks) - 1
        classes = (
            "e" if (is_last and place > 50) or place + wide / 2 > 100 else "c" if place - wide / 2 > 0 and index else ""
        )
        left = place - wide if classes == "e" else place - wide / 2 if classes == "c" else place
        reserve = (
            100.0 if is_last else 100.0 - max(len(marks[-1][1]), len(marks[-1][2])) * _LETTER_PX / _WIDTH_PX * 100 - 1
        )
        if index and not is_last and (left < right + 1 or left + wide > reserve):
            continue
        right = left + wide
        where = classes if is_last or not index else f"{classes} between".strip()
        parts.append(stretched.text(above, place, _TOP - 13, f"t-ink t-12 {where}".strip()))
        parts.append(stretched.text(under, place, _TOP + _TALL + 21, where))
    return parts
