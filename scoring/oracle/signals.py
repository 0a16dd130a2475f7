"""Signals of one account, worked out from all of its events up to an instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import fsum, sqrt
from typing import NamedTuple, assert_never

from scoring.fingerprint import fingerprint
from scoring.instants import DAY_MS, parse_duration, plain_instant
from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import Happened, feeds, fulfils, id_of, is_blank, is_named, is_number, text_of
from scoring.oracle.order import Place, ends_of, place

Fact = int | float | str | None
"""A signal as it is exported: a number, a text, an instant as a text, or None when it is unknown."""
_Windowed = schema.Count | schema.Sum | schema.Mean | schema.Distinct
Told = tuple[Place, str, float | None]
"""What an event says of an item, "" for the whole: its place, the item, and the value; None ends it."""
LAST_LIMIT = 1e15
LAST_CHARACTERS = 200
SUMMED_LIMIT = 1e9
SUMMED_SCALE = 10_000


def fact(model: Model, name: str, events: Sequence[Happened], as_of_ms: int) -> Fact:
    """One signal of one account. `events` are all that it had up to `as_of_ms`, at least one, each id once."""
    signal = model.signals[name]
    match signal:
        case schema.Distinct():
            return _distinct(model, signal, events, as_of_ms)
        case schema.Count() | schema.Sum() | schema.Mean():
            return _windowed(signal, _in_window(model, signal, events, as_of_ms))
        case schema.Last():
            return _sum_by_item(model, signal, events) if signal.by else _last(model, signal, events)
        case schema.LastAt():
            at = _latest(signal, events)
            return None if at is None else plain_instant(at)
        case schema.SinceLast():
            at = _latest(signal, events)
            return None if at is None else _elapsed_ms(model, at, as_of_ms) // DAY_MS
        case schema.Age():
            return age_ms(model, events, as_of_ms) // DAY_MS
        case schema.Difference():
            of, minus = fact(model, signal.of, events, as_of_ms), fact(model, signal.minus, events, as_of_ms)
            return of - minus if isinstance(of, int | float) and isinstance(minus, int | float) else None
        case schema.Peak() | schema.Volatility() | schema.Season():
            return _daily(model, signal, events, as_of_ms // DAY_MS)
        case schema.Open():
            return _open(model, signal, events, as_of_ms)
        case schema.Reached():
            return len(reached(signal, events))
        case _:
            assert_never(signal)


def age_ms(model: Model, events: Iterable[Happened], as_of_ms: int) -> int:
    """Milliseconds since the account began, by whatever event; from bucket to bucket."""
    return _elapsed_ms(model, _began_ms(model, events), as_of_ms)


def _began_ms(model: Model, events: Iterable[Happened]) -> int:
    """Between two pauses that are too long lies a stretch. The first event of the first one that is borne out, by three
    days with events and a week from the first to the last; where none is, of the last one."""
    stretches: list[list[int]] = []
    for at_ms in sorted(event.at_ms for event in events):
        if not stretches or at_ms - stretches[-1][-1] > parse_duration(model.header.pause_max):
            stretches.append([])
        stretches[-1].append(at_ms)
    for each in stretches:
        if len({at_ms // DAY_MS for at_ms in each}) > 2 and each[-1] - each[0] >= 7 * DAY_MS:
            return each[0]
    return stretches[-1][0]


def reached(signal: schema.Reached, events: Iterable[Happened]) -> list[schema.Step]:
    """The steps for which there is an event that fits, however long ago."""
    given = list(events)
    return [step for step in signal.steps if any(_fits(step, event) for event in given)]


def _fits(step: schema.Step, event: Happened) -> bool:
    return event.topic in step.topics and is_named(step.events, event.name) and fulfils(step.where, event)


# --- windows of buckets


def _in_window(model: Model, signal: _Windowed, events: Iterable[Happened], as_of_ms: int) -> list[Happened]:
    """The buckets (bucket(T) - D/r, bucket(T)], or the D/r before them."""
    length = parse_duration(signal.window) // model.resolution_ms
    newest = as_of_ms // model.resolution_ms - (length if signal.prior else 0)
    return [
        event
        for event in events
        if feeds(signal, event) and newest - length < event.at_ms // model.resolution_ms <= newest
    ]


def _distinct(model: Model, signal: schema.Distinct, events: Iterable[Happened], as_of_ms: int) -> int:
    """Different values in the window, of those that are kept of each day."""
    fed = [event for event in events if feeds(signal, event) and _value(signal.of, event)]
    ceilings = _ceilings(model, signal, fed)
    found = set()
    for event in _in_window(model, signal, fed, as_of_ms):
        value = _value(signal.of, event)
        ceiling = ceilings.get(event.at_ms // DAY_MS)
        if ceiling is None or fingerprint(value) < ceiling:
            found.add(value)
    return len(found)


def _ceilings(model: Model, signal: schema.Distinct, fed: Iterable[Happened]) -> dict[int, int]:
    """By day that has more than is kept, the smallest fingerprint that does not fit: see `schema.VALUES_MAX`."""
    days: dict[int, set[tuple[int, int]]] = {}
    for event in fed:
        pair = fingerprint(_value(signal.of, event)), event.at_ms // model.resolution_ms
        days.setdefault(event.at_ms // DAY_MS, set()).add(pair)
    ceilings = {}
    for day, pairs in days.items():
        if len(pairs) > schema.VALUES_MAX:
            ceilings[day] = sorted(pairs)[schema.VALUES_MAX][0]
    return ceilings


def _windowed(signal: schema.Count | schema.Sum | schema.Mean, events: list[Happened]) -> Fact:
    match signal:
        case schema.Count():
            return len(events)
        case schema.Sum():
            return sum(_numbers(signal.property, events)) / SUMMED_SCALE
        case schema.Mean():
            numbers = _numbers(signal.property, events)
            return sum(numbers) / (SUMMED_SCALE * len(numbers)) if numbers else None


def _numbers(name: str, events: Iterable[Happened]) -> list[int]:
    """The numbers that were sent under this name, in ten-thousandths."""
    found = (event.properties.get(name) for event in events)
    return [round(number * SUMMED_SCALE) for number in found if is_number(number) and abs(number) <= SUMMED_LIMIT]


def _value(of: str, event: Happened) -> str:
    match of:
        case "user":
            return event.user_id
        case "event":
            return event.name
        case "day":
            return str(event.at_ms // DAY_MS)
        case _:
            return text_of(event.properties.get(of))


# --- latest values


def _latest(signal: schema.LastAt | schema.SinceLast, events: Iterable[Happened]) -> int | None:
    return max((event.at_ms for event in events if feeds(signal, event)), default=None)


def _last(model: Model, signal: schema.Last, events: Iterable[Happened]) -> float | str | None:
    """The latest by its place. What sets it to 0 is asked for no property, and so for no `where`."""
    latest: Place | None = None
    value: float | str | None = None
    for event in events:
        if ends_of(signal, event):
            found: float | str | None = 0.0
        elif feeds(signal, event):
            found = _value_of(signal, event.properties.get(signal.property))
        else:
            continue
        if found is None:
            continue
        at = place(model, event)
        if latest is None or at > latest:
            latest, value = at, found
    return value


def _sum_by_item(model: Model, signal: schema.Last, events: Iterable[Happened]) -> float | None:
    """What was last said of each item, in the order in which it was said: see `schema.Last`."""
    told = _told(model, signal, events)
    latest = _latest_by_item(told)
    kept = set(sorted(latest, key=lambda item: latest[item], reverse=True)[: schema.ITEMS_MAX])
    values: dict[str, float] = {}
    whole: float | None = None
    for _, item, value in sorted(told, key=lambda each: (each[0], each[2] or 0.0)):
        if item:
            whole = None
            if item in kept:
                values[item] = value or 0.0
        elif value is None:
            whole, values = 0.0, {}
        else:
            whole = value
    return (fsum(values.values()) if told else None) if whole is None else whole


def _latest_by_item(told: Iterable[Told]) -> dict[str, Place]:
    """When each item was told of last, since all were ended together."""
    given = list(told)
    ended = max((at for at, item, value in given if not item and value is None), default=(-1, -1, -1))
    latest: dict[str, Place] = {}
    for at, item, _ in given:
        if item and at > ended:
            latest[item] = max(at, latest.get(item, at))
    return latest


def _told(model: Model, signal: schema.Last, events: Iterable[Happened]) -> list[Told]:
    told: list[Told] = []
    for event in events:
        said_of = event.properties.get(signal.by)
        item = id_of(said_of)
        value = _value_of(signal, event.properties.get(signal.property))
        if not item and not is_blank(said_of):
            continue
        if ends_of(signal, event):
            told.append((place(model, event), item, None))
        elif feeds(signal, event) and isinstance(value, float):
            told.append((place(model, event), item, value))
    return told


def _value_of(signal: schema.Last, found: object) -> float | str | None:
    """Numbers from the signal's minimum (else -10^15) to 10^15, texts to 200 characters; what has the wrong type, or
    lies beyond, says nothing."""
    match signal.type:
        case "text":
            return found[:LAST_CHARACTERS] if isinstance(found, str) else None
        case "length":
            return float(len(found)) if isinstance(found, list) else None
        case "number":
            lowest = -LAST_LIMIT if signal.minimum is None else signal.minimum
            return float(found) if is_number(found) and lowest <= found <= LAST_LIMIT else None


def is_past_bounds(model: Model, name: str, events: Sequence[Happened], as_of_ms: int) -> bool:
    """Whether the signal may lack something, because the account has more than is kept of one."""
    signal = model.signals[name]
    match signal:
        case schema.Difference():
            return any(is_past_bounds(model, part, events, as_of_ms) for part in (signal.of, signal.minus))
        case schema.Distinct():
            fed = [event for event in events if feeds(signal, event) and _value(signal.of, event)]
            length = parse_duration(signal.window) // model.resolution_ms
            newest = as_of_ms // model.resolution_ms - (length if signal.prior else 0)
            first, last = ((each * model.resolution_ms) // DAY_MS for each in (newest - length + 1, newest))
            return any(first <= day <= last for day in _ceilings(model, signal, fed))
        case schema.Open():
            return len(_registered(model, signal, events, as_of_ms)) > schema.ITEMS_MAX
        case schema.Last() if signal.by:
            return len(_latest_by_item(_told(model, signal, events))) > schema.ITEMS_MAX
        case _:
            return False


# --- whole days


def _daily(
    model: Model, signal: schema.Peak | schema.Volatility | schema.Season, events: Sequence[Happened], today: int
) -> Fact:
    days = [event.at_ms // DAY_MS for event in events if feeds(signal, event)]
    first_day = _began_ms(model, events) // DAY_MS
    match signal:
        case schema.Peak():
            return _peak(signal, days, today)
        case schema.Volatility():
            return _volatility(signal.weeks, days, today) if first_day <= today - 7 * signal.weeks else None
        case schema.Season():
            window, back = parse_duration(signal.window) // DAY_MS, parse_duration(signal.back) // DAY_MS
            known = first_day <= today - back - window + 1
            return _between(days, today - back - window, today - back) if known else None


def _peak(signal: schema.Peak, days: Sequence[int], today: int) -> int:
    """The best `window` days that end on one of the last `within` days, today's among them."""
    window, within = parse_duration(signal.window) // DAY_MS, parse_duration(signal.within) // DAY_MS
    return max(_between(days, end - window, end) for end in range(today - within + 1, today + 1))


def _volatility(weeks: int, days: Sequence[int], today: int) -> float | None:
    """Week k of n is the days from today - 7(k + 1) to today - 7k - 1, both inclusive."""
    totals = [_between(days, today - 7 * (week + 1) - 1, today - 7 * week - 1) for week in range(weeks)]
    if not any(totals):
        return None
    return sqrt(weeks * sum(total * total for total in totals) - sum(totals) ** 2) / sum(totals)


def _between(days: Iterable[int], after: int, until: int) -> int:
    return sum(after < day <= until for day in days)


# --- what is open


class Said(NamedTuple):
    """The last that was said of one thing that can be open; `weight` is -1.0 when it was closed."""

    place: Place
    weight: float

    @property
    def at_ms(self) -> int:
        return self.place[0]


def _open(model: Model, signal: schema.Open, events: Iterable[Happened], as_of_ms: int) -> Fact:
    opened = [said for said in registers(model, signal, events, as_of_ms).values() if said.weight >= 0]
    match signal.measure:
        case "count":
            return len(opened)
        case "weight":
            return fsum(said.weight for said in opened)
        case "oldest":
            return max((_elapsed_ms(model, said.at_ms, as_of_ms) // DAY_MS for said in opened), default=0)


def registers(model: Model, signal: schema.Open, events: Iterable[Happened], as_of_ms: int) -> dict[str, Said]:
    """By id, what the latest event says, of the ids that were told of last."""
    latest = _registered(model, signal, events, as_of_ms)
    kept = sorted(latest, key=lambda item: latest[item], reverse=True)[: schema.ITEMS_MAX]
    return {item: latest[item] for item in kept}


def _registered(model: Model, signal: schema.Open, events: Iterable[Happened], as_of_ms: int) -> dict[str, Said]:
    """By id, what the latest event says; at one instant, what closes is later than what opens."""
    reach = as_of_ms // model.resolution_ms - parse_duration(signal.within) // model.resolution_ms
    latest: dict[str, Said] = {}
    for event in events:
        item, weight = id_of(event.properties.get(signal.item)), _weight(signal, event)
        if not item or weight is None or event.at_ms // model.resolution_ms <= reach:
            continue
        said = Said(place(model, event, ends=weight < 0), weight)
        latest[item] = max(said, latest.get(item, said))
    return latest


def _weight(signal: schema.Open, event: Happened) -> float | None:
    """-1.0 for an event that closes, the weight of one that opens, None for all others."""
    if ends_of(signal, event):
        return -1.0
    if not feeds(signal, event):
        return None
    by = event.properties.get(signal.weigh_by)
    return float(signal.weights.get(by, 1.0)) if isinstance(by, str) else 1.0


def _elapsed_ms(model: Model, from_ms: int, to_ms: int) -> int:
    """From bucket to bucket."""
    return (to_ms // model.resolution_ms - from_ms // model.resolution_ms) * model.resolution_ms
