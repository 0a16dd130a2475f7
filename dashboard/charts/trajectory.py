"""The score over time: closes as steps, causes as numbered pins, and dashed what silence brings. The server's drawing;
a script may put a finer one in its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from dashboard.charts import shapes
from dashboard.values.account import Trajectory
from dashboard.wording.look import Look
from dashboard.wording.times import DAY_MS, local

_TOP, _AXIS, _FOOT = 6.0, 26.0, 18.0
_PIN, _LETTER = 8.0, 6.2
_SPACE = 84.0
"""Pixels between two dates at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A drawing for one width. `ends` are the pixels right of the plot, for the bounds' names."""

    width: float
    height: float
    ends: float
    ahead_days: int
    is_short: bool = False


WIDEST = Size(width=1040, height=260, ends=104, ahead_days=10)
WIDE = Size(width=772, height=236, ends=96, ahead_days=10)
MIDDLE = Size(width=632, height=224, ends=96, ahead_days=10)
NARROW = Size(width=358, height=190, ends=30, ahead_days=6, is_short=True)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where an instant and a score stand."""

    size: Size
    begin_ms: int
    end_ms: int

    @property
    def inner(self) -> float:
        return self.size.width - self.size.ends

    @property
    def bottom(self) -> float:
        return self.size.height - _AXIS

    def x(self, at_ms: float) -> float:
        return (at_ms - self.begin_ms) / max(self.end_ms - self.begin_ms, 1) * self.inner

    def y(self, score: float) -> float:
        return self.bottom - min(max(score, 0.0), 100.0) / 100 * (self.bottom - _TOP)

    def has(self, at_ms: float) -> bool:
        return self.begin_ms <= at_ms <= self.end_ms


def trajectory_chart(
    look: Look, trajectory: Trajectory, name: str, size: Size = WIDE, key: str = "trajectory"
) -> Markup:
    """`look.now_ms` is the instant of judgement. A day without a score is a gap."""
    closes = [(_end_of(day.day, look.now_ms), day.score) for day in trajectory.days]
    begin = closes[0][0] if closes else look.now_ms - trajectory.weeks * 7 * DAY_MS
    frame = _Frame(size, begin, look.now_ms + size.ahead_days * DAY_MS)
    parts = [shapes.washes(look.bands(), 0, frame.inner, frame.y), *_axes(look, frame)]
    parts += _models(trajectory, frame)
    parts += [f'<path class="ln" d="{line}"/>' for line in _lines(closes, frame)]
    now_score = closes[-1][1] if closes else None
    parts += _ahead(look, trajectory, frame, now_score)
    parts += _pins(trajectory, frame)
    if now_score is not None:
        tier = look.tone(trajectory.days[-1].tier)
        parts.append(shapes.mark(tier, frame.x(look.now_ms), frame.y(now_score), 9.6, ring=True))
    title = f"Score of {name}, {trajectory.weeks} weeks and {size.ahead_days} days ahead"
    return shapes.svg(parts, size.width, size.height, title, finding(look, trajectory), f"w{size.width:g}", key)


def _end_of(day: str, now_ms: int) -> int:
    begin = datetime.fromisoformat(day[:10]).replace(tzinfo=UTC)
    return min(int(begin.timestamp() * 1000) + DAY_MS, now_ms)


def _lines(closes: Sequence[tuple[int, float | None]], frame: _Frame) -> Iterator[str]:
    """A path of steps for each run of days with a score."""
    path: list[str] = []
    for at_ms, score in closes:
        if score is None:
            if path:
                yield "".join(path)
            path = []
            continue
        x, y = shapes.number(frame.x(at_ms)), shapes.number(frame.y(score))
        path.append(f"H{x}V{y}" if path else f"M{x} {y}")
    if path:
        yield "".join(path)


def _axes(look: Look, frame: _Frame) -> list[str]:
    left = frame.inner + 6
    parts = [shapes.line("ax", 0, frame.bottom, frame.inner, frame.bottom)]
    parts += [shapes.text("100", left, frame.y(100) + 8), shapes.text("0", left, frame.bottom)]
    lowest = frame.bottom - 12
    for name, bound in look.tiers[1:]:
        words = f"{bound:g}" if frame.size.is_short else f"{shapes.clip(name, 8)} from {bound:g}"
        lowest = min(frame.y(bound) + 4, lowest)
        parts.append(shapes.text(words, left, lowest, f"t-{look.tone(name)}"))
        lowest -= 14
    now = frame.x(look.now_ms)
    parts.append(shapes.line("ax", now, _TOP, now, frame.bottom))
    foot = frame.size.height - _FOOT + 10
    end = look.day(frame.end_ms, weekday=False)
    last = [] if frame.inner - now < _SPACE - 14 else [(frame.inner, end, "e")]
    for at, words, side in (*_dates(look, frame), (now, "now", "c"), *last):
        parts.append(shapes.line("ax", at, frame.bottom, at, frame.bottom + 4))
        parts.append(shapes.text(words, at, foot, side))
    return parts


def _dates(look: Look, frame: _Frame) -> Iterator[tuple[float, str, str]]:
    """Mondays, as many as there is room for, none close to now."""
    week = frame.x(frame.begin_ms + 7 * DAY_MS)
    step = next((weeks for weeks in (1, 2, 4, 8, 13) if weeks * week >= _SPACE), 26)
    now = local(look.now_ms, look.zone)
    monday = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(60):
        at_ms = int((monday - timedelta(weeks=step * number)).timestamp() * 1000)
        if not frame.has(at_ms):
            return
        x = frame.x(at_ms)
        if 24 <= x <= frame.x(look.now_ms) - 40:
            yield x, look.day(at_ms, weekday=False), "c"


def _models(trajectory: Trajectory, frame: _Frame) -> list[str]:
    parts: list[str] = []
    last = -1e9
    for each in trajectory.models:
        if not frame.has(each.at_ms):
            continue
        x = frame.x(each.at_ms)
        parts.append(shapes.line("mod", x, _TOP, x, frame.bottom))
        words = shapes.clip(each.words, 20 if frame.size.is_short else 44)
        is_left = x - 4 - len(words) * _LETTER > max(last, 0.0)
        if is_left or x + 4 + len(words) * _LETTER < frame.inner:
            parts.append(
                shapes.text(words, x - 4 if is_left else x + 4, frame.bottom - 8, "t-2 e" if is_left else "t-2")
            )
            last = x
    return parts


def _ahead(look: Look, trajectory: Trajectory, frame: _Frame, score: float | None) -> list[str]:
    steps = [step for step in trajectory.ahead if look.now_ms < step.at_ms <= frame.end_ms]
    if score is None or not steps:
        return []
    path = [f"M{shapes.number(frame.x(look.now_ms))} {shapes.number(frame.y(score))}"]
    path += [f"H{shapes.number(frame.x(step.at_ms))}V{shapes.number(frame.y(step.score))}" for step in steps]
    path.append(f"H{shapes.number(frame.inner)}")
    parts = [f'<path class="ln fc" d="{"".join(path)}"/>']
    tier = trajectory.days[-1].tier if trajectory.days else ""
    for step in steps:
        if step.tier != tier:
            parts += _crossing(look, frame, step.at_ms, step.score, step.tier)
            break
    return parts


def _crossing(look: Look, frame: _Frame, at_ms: int, score: float, tier: str) -> list[str]:
    tone, x, y = look.tone(tier), frame.x(at_ms), frame.y(score)
    words = f"{tier} {look.instant(at_ms)}"
    is_left = x + 8 + len(words) * 6.6 > frame.inner
    at, side = (frame.inner, " e") if is_left else (x + 8, "")
    return [
        shapes.mark(tone, x, y, 9, ring=True),
        shapes.text(words, at, y + 22 if is_left else y - 8, f"t-{tone} t-b halo{side}"),
    ]


def _pins(trajectory: Trajectory, frame: _Frame) -> list[str]:
    """Each above or below its place, where it covers no other; one that finds no room is in the legend alone."""
    parts: list[str] = []
    taken: list[tuple[float, float]] = []
    for pin in trajectory.pins:
        if not frame.has(pin.at_ms):
            continue
        x, y = frame.x(pin.at_ms), frame.y(pin.after)
        for shift in (-18, 22, -36, 40, -54, 58):
            middle = y + shift
            is_free = all(abs(x - other) >= 2 * _PIN or abs(middle - height) >= 2 * _PIN for other, height in taken)
            if is_free and _TOP + _PIN <= middle <= frame.bottom - _PIN:
                taken.append((x, middle))
                parts.append(shapes.line("conn", x, y, x, middle + (_PIN if shift < 0 else -_PIN)))
                parts.append(
                    f'<circle class="inkf" cx="{shapes.number(x)}" cy="{shapes.number(middle)}" r="{_PIN:g}"/>'
                )
                parts.append(shapes.text(pin.number, x, middle + 4, "c t-b inv"))
                break
    return parts


def finding(look: Look, trajectory: Trajectory) -> str:
    """What the line shows, in a sentence."""
    known = [day for day in trajectory.days if day.score is not None]
    if not known:
        return "No score in these weeks."
    words = f"From {look.score(known[0].score)} on {look.iso_day(known[0].day)} to {look.score(known[-1].score)} now"
    words += f", {known[-1].tier}" if known[-1].tier else ""
    least = min(known, key=lambda day: 101.0 if day.score is None else day.score)
    words += f"; lowest {look.score(least.score)} on {look.iso_day(least.day)}"
    crossing = next((step for step in trajectory.ahead if step.tier != known[-1].tier), None)
    words += f"; {crossing.tier} on {look.instant(crossing.at_ms)} if nothing arrives" if crossing else ""
    return f"{words}."
