"""What happened, and what aged out: movements, events, alerts and people in one list whose days add up. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dashboard.queries.account.kept import Kept
from dashboard.queries.account.movement_words import detail_of, tier_cause, words_of
from dashboard.queries.account.told import told
from dashboard.queries.account.trajectory import closes_of, pinned
from dashboard.queries.decimals import apportioned, shown
from dashboard.queries.phrases import delta
from dashboard.values.account import TimelineEntry, TimelineKind
from scoring.instants import DAY_MS, HOUR_MS
from scoring.plan.plan import Plan
from streams.read_model.account_values import Movement, Notable

SMALL = 1.0
"""Points below which a movement may fold,"""
FOLDS = 3
"""when at least this many of its kind are of one day."""
MISSING = 0.15
"""Points of a day that no movement explains; less comes of the two decimals of the closes."""
UNIT = 0.01
"""Points are apportioned in hundredths where a score of the day needs two decimals, else in tenths."""
_KINDS: dict[str, TimelineKind] = {
    "event": "arrived",
    "late": "arrived",
    "expiry": "left",
    "norm": "norm",
    "model": "model",
    "override": "person",
}


def timeline_of(kept: Kept, plan: Plan | None, weeks: int, now_ms: int) -> tuple[TimelineEntry, ...]:
    """The entries of the last `weeks`, the newest first. The points of a day (UTC) add up to its change as shown."""
    since_ms = (now_ms // DAY_MS - 7 * weeks) * DAY_MS
    numbers = {id(each): number for number, each in pinned(kept.movements, since_ms).items()}
    by_day: dict[int, list[TimelineEntry]] = defaultdict(list)
    used: set[int] = set()
    for movement in kept.movements:
        if movement.at_ms >= since_ms:
            entry = _moved(movement, kept, plan, numbers.get(id(movement), 0), used)
            by_day[movement.at_ms // DAY_MS].append(entry)
    entries: list[TimelineEntry] = []
    for moved in _adding_up(by_day, kept, plan, since_ms, now_ms):
        entries += _folded(moved)
    entries += _events(each for number, each in enumerate(kept.activity.notable) if number not in used)
    entries += told(kept.steps, since_ms, now_ms)
    entries += _people(kept)
    return tuple(sorted((each for each in entries if each.at_ms >= since_ms), key=lambda each: -each.at_ms))


# --- what moved the score


def _moved(movement: Movement, kept: Kept, plan: Plan | None, pin: int, used: set[int]) -> TimelineEntry:
    words, detail = words_of(movement, kept, plan), detail_of(movement, plan)
    topic, event, event_id = movement.topics[0] if len(movement.topics) == 1 else "", "", ""
    if (cause := tier_cause(movement, kept, plan)) is not None:
        event, event_id, topic = cause.event, cause.event_id, cause.topic or topic
    found = _notable_of(movement, kept.activity.notable, used)
    if found is not None:
        used.add(found)
        news = kept.activity.notable[found]
        if not event:
            words = f"{news.event}: {words}"
        event, event_id, topic = news.event, news.event_id, news.topic
        detail = "; ".join(each for each in (news.detail, detail) if each)
    points = None if movement.before is None or movement.after is None else movement.after - movement.before
    return TimelineEntry(
        at_ms=movement.at_ms,
        kind=_KINDS[movement.kind],
        words=words,
        detail=detail,
        points=points,
        before=movement.before,
        after=movement.after,
        from_tier=movement.from_tier,
        to_tier=movement.to_tier,
        folded=movement.count,
        pin=pin,
        topic=topic,
        event=event,
        event_id=event_id,
    )


def _notable_of(movement: Movement, notable: Sequence[Notable], used: set[int]) -> int | None:
    """The one event that a movement must be of: on its topic, in the hour before it; None when it may be of several."""
    if movement.kind != "event" or movement.count > 1:
        return None
    found = [
        number
        for number, each in enumerate(notable)
        if number not in used
        and each.topic in movement.topics
        and movement.at_ms - HOUR_MS < each.at_ms <= movement.at_ms
    ]
    return found[0] if len(found) == 1 else None


def _adding_up(
    by_day: Mapping[int, list[TimelineEntry]], kept: Kept, plan: Plan | None, since_ms: int, now_ms: int
) -> Iterable[list[TimelineEntry]]:
    """Each day's entries, with points that add up to the change of the day as it is shown."""
    bounds = () if plan is None else tuple(tier.lower for tier in plan.model.tiers)
    closes = {close.day: close.score for close in closes_of(kept, now_ms).days}
    closes[now_ms // DAY_MS] = kept.answer.score
    for day in range(since_ms // DAY_MS, now_ms // DAY_MS + 1):
        entries, start, end = by_day.get(day, []), closes.get(day - 1), closes.get(day)
        exact = sum(entry.points or 0.0 for entry in entries)
        total = exact
        if start is not None and end is not None:
            total = shown(end, bounds) - shown(start, bounds)
            if abs(missing := end - start - exact) > MISSING:
                entries = [*entries, _other(day, missing)]
        yield _apportioned(entries, total)


def _apportioned(entries: Sequence[TimelineEntry], total: float) -> list[TimelineEntry]:
    moved = [entry for entry in entries if entry.points is not None]
    unit = 0.1 if abs(10 * total - round(10 * total)) < 1e-6 else UNIT
    scale = round(1 / unit)
    units = iter(apportioned([entry.points or 0.0 for entry in moved], round(total / unit), unit))
    return [entry if entry.points is None else replace(entry, points=next(units) / scale) for entry in entries]


def _other(day: int, points: float) -> TimelineEntry:
    words = "Other changes of the day, which are not kept one by one"
    return TimelineEntry(at_ms=day * DAY_MS, kind="other", words=words, points=points)


def _folded(entries: Sequence[TimelineEntry]) -> Iterable[TimelineEntry]:
    """Small movements of one kind as one line, where there are several."""
    small: dict[TimelineKind, list[TimelineEntry]] = defaultdict(list)
    for entry in entries:
        is_small = entry.points is not None and abs(entry.points) < SMALL and entry.from_tier == entry.to_tier
        if is_small and not entry.pin and not entry.event and entry.kind in ("arrived", "left", "norm"):
            small[entry.kind].append(entry)
        else:
            yield entry
    for kind, several in small.items():
        if len(several) < FOLDS:
            yield from several
            continue
        number = sum(entry.folded for entry in several)
        what = {"arrived": "of what arrived", "left": "of what left its windows", "norm": "of the cohort norm"}[kind]
        points = round(sum(entry.points or 0.0 for entry in several), 2)
        words = f"{number} smaller movements {what}"
        detail = f"the largest {delta(max((e.points or 0.0 for e in several), key=abs))}"
        at_ms = max(entry.at_ms for entry in several)
        yield TimelineEntry(at_ms=at_ms, kind=kind, words=words, detail=detail, points=points, folded=number)


# --- what did not


def _events(notable: Iterable[Notable]) -> list[TimelineEntry]:
    return [
        TimelineEntry(
            at_ms=each.at_ms,
            kind="arrived",
            words=each.event,
            detail=each.detail,
            topic=each.topic,
            event=each.event,
            event_id=each.event_id,
        )
        for each in notable
    ]


def _people(kept: Kept) -> list[TimelineEntry]:
    notes = [
        TimelineEntry(at_ms=each.at_ms, kind="person", words=f"{each.author} wrote a note", detail=each.text)
        for each in kept.notes
    ]
    felt = [
        TimelineEntry(
            at_ms=each.at_ms, kind="person", words=f"{each.author}: it feels {each.level}", detail=each.reason
        )
        for each in kept.sentiments
    ]
    held = kept.answer.override
    is_there = held is None or any(each.kind == "override" and each.at_ms == held.set_ms for each in kept.movements)
    if held is None or is_there:
        return notes + felt
    words = f"{held.author} set the score to {held.score:g}"
    return [*notes, *felt, TimelineEntry(at_ms=held.set_ms, kind="person", words=words, detail=held.reason)]
