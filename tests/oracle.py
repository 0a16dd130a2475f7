"""The slow, obvious batch answer from the full list of events: the truth that the fold is held to.

It is written from the definitions (the docstrings of `scoring.spec`, and bucketed windows), and shares with the code
under test only the model's values, the fingerprint that is part of one definition, and nothing else. Events are taken
in their canonical JSON: `account_id`, `event`, `timestamp` (RFC 3339 or milliseconds), `id`, `user_id`, `properties`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from scoring import spec
from scoring.fingerprint import fingerprint
from scoring.model import Model
from tests.builders import Sent, at_ms

DAY_MS = 86_400_000
UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": DAY_MS}
Fact = float | str | None


class Happened(NamedTuple):
    """One event as the oracle sees it."""

    account_id: str
    topic: str
    name: str
    at_ms: int
    event_id: str
    user_id: str
    properties: Mapping[str, Any]


class Verdict(NamedTuple):
    """All that can be said of one account. Judgements are in the model's order; a tier of "" is none."""

    facts: dict[str, Fact]
    judgements: list[float | None]
    score: float | None
    tier: str


def verdicts(model: Model, sent: Iterable[Sent], as_of_ms: int) -> dict[str, Verdict]:
    """Every account with an event that occurred up to `as_of_ms`, judged at that instant under fresh norms."""
    by_account: dict[str, list[Happened]] = {}
    for event in _once_by_id(map(happened, sent)):
        if event.at_ms <= as_of_ms:
            by_account.setdefault(event.account_id, []).append(event)
    facts = {
        account_id: {name: fact(model, name, events, as_of_ms) for name in model.signals}
        for account_id, events in by_account.items()
    }
    ages_ms = {account_id: _age_ms(model, events, as_of_ms) for account_id, events in by_account.items()}
    norms = {name: max((_number(each[name]) or 0.0 for each in facts.values()), default=0.0) for name in model.signals}
    return {account_id: _verdict(model, facts[account_id], ages_ms[account_id], norms) for account_id in by_account}


def happened(sent: Sent) -> Happened:
    """What the event says, in the oracle's terms."""
    body = sent.body
    stamp = body["timestamp"]
    return Happened(
        account_id=body["account_id"],
        topic=sent.topic,
        name=body.get("event") or "$exception",
        at_ms=stamp if isinstance(stamp, int) else at_ms(stamp),
        event_id=str(body.get("id", "")),
        user_id=str(body.get("user_id", "")),
        properties=body.get("properties", {}),
    )


def _once_by_id(events: Iterable[Happened]) -> list[Happened]:
    seen: set[tuple[str, str]] = set()
    once = []
    for event in events:
        if event.event_id:
            if (event.account_id, event.event_id) in seen:
                continue
            seen.add((event.account_id, event.event_id))
        once.append(event)
    return once


# --- signals


def fact(model: Model, name: str, events: Sequence[Happened], as_of_ms: int) -> Fact:
    """One signal of one account, as it is exported."""
    signal = model.signals[name]
    resolution_ms = _duration(model.header.resolution)
    match signal:
        case spec.Count():
            return len(_in_window(signal, events, as_of_ms, resolution_ms))
        case spec.Distinct():
            values = {_text_of(signal.of, event) for event in _in_window(signal, events, as_of_ms, resolution_ms)}
            return len(values - {""})
        case spec.Last():
            return _last(signal, events)
        case spec.LastAt():
            at = max((event.at_ms for event in events if _feeds(signal, event)), default=None)
            return None if at is None else _sql(at)
        case spec.SinceLast():
            at = max((event.at_ms for event in events if _feeds(signal, event)), default=None)
            return None if at is None else _buckets_between(at, as_of_ms, resolution_ms) * resolution_ms // DAY_MS
        case spec.Age():
            return _age_ms(model, events, as_of_ms) // DAY_MS
        case spec.Difference():
            of = _number(fact(model, signal.of, events, as_of_ms))
            minus = _number(fact(model, signal.minus, events, as_of_ms))
            return None if of is None or minus is None else of - minus
        case spec.Peak():
            return _peak(signal, [event for event in events if _feeds(signal, event)], as_of_ms)


def _feeds(signal: Any, event: Happened) -> bool:
    """Of these topics, with one of these names (any, when empty) and not excluded; or a name in `also`."""
    if event.name in signal.also:
        return True
    if event.topic not in signal.topics or event.name in signal.exclude:
        return False
    return not signal.events or event.name in signal.events


def _in_window(
    signal: spec.Count | spec.Distinct, events: Sequence[Happened], as_of_ms: int, resolution_ms: int
) -> list[Happened]:
    """The buckets (bucket(T) - D/r, bucket(T)], or the D/r before them."""
    length = _duration(signal.window) // resolution_ms
    newest = as_of_ms // resolution_ms - (length if signal.prior else 0)
    return [
        event for event in events if _feeds(signal, event) and newest - length < event.at_ms // resolution_ms <= newest
    ]


def _last(signal: spec.Last, events: Sequence[Happened]) -> Fact:
    """The latest by `occurred_at`; a tie goes to the greatest fingerprint of (id, name, value), so that the order of
    arrival decides nothing."""
    latest: tuple[int, int] | None = None
    value: Fact = None
    for event in events:
        zeroed = event.topic in signal.topics and event.name in signal.zero_on
        if not zeroed and not _feeds(signal, event):
            continue
        found = 0.0 if event.name in signal.zero_on else _value_of(signal, event.properties.get(signal.property))
        if found is None:
            continue
        rank = (event.at_ms, fingerprint(f"{event.event_id}\0{event.name}\0{found!r}"))
        if latest is None or rank > latest:
            latest, value = rank, found
    return value


def _value_of(signal: spec.Last, found: object) -> float | str | None:
    """Numbers up to 10^15 either way, texts to 200 characters; what has the wrong type says nothing."""
    if signal.type == "text":
        return found[:200] if isinstance(found, str) else None
    if isinstance(found, bool) or not isinstance(found, int | float) or abs(found) > 1e15:
        return None
    return float(found)


def _text_of(of: str, event: Happened) -> str:
    if of == "user":
        return event.user_id
    if of == "event":
        return event.name
    found = event.properties.get(of, "")
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def _peak(signal: spec.Peak, events: Sequence[Happened], as_of_ms: int) -> int:
    """The best `window` days that end on one of the last `within` days, today's among them."""
    window, within = _duration(signal.window) // DAY_MS, _duration(signal.within) // DAY_MS
    today = as_of_ms // DAY_MS
    ends = range(today - within + 1, today + 1)
    return max(sum(end - window < event.at_ms // DAY_MS <= end for event in events) for end in ends)


def _age_ms(model: Model, events: Sequence[Happened], as_of_ms: int) -> int:
    resolution_ms = _duration(model.header.resolution)
    first = min(event.at_ms for event in events)
    return _buckets_between(first, as_of_ms, resolution_ms) * resolution_ms


def _buckets_between(from_ms: int, to_ms: int, resolution_ms: int) -> int:
    return to_ms // resolution_ms - from_ms // resolution_ms


# --- components and score


def _verdict(model: Model, facts: dict[str, Fact], age_ms: int, norms: Mapping[str, float]) -> Verdict:
    judgements = [_judgement(component, facts, age_ms, norms) for component in model.components.values()]
    score = score_of(model, judgements)
    return Verdict(facts, judgements, score, "" if score is None else tier_of(model, score))


def _judgement(
    component: spec.Component, facts: Mapping[str, Fact], age_ms: int, norms: Mapping[str, float]
) -> float | None:
    if component.needs and (_number(facts[component.needs]) or 0.0) <= 0:
        return None
    for rule in component.when:
        ruling = _number(facts[rule.signal])
        if ruling is not None and ruling >= rule.at_least:
            return rule.judgement
    x = _number(facts[component.signal])
    return None if x is None else _shape(component, x, facts, age_ms, norms[component.signal])


def _shape(component: spec.Component, x: float, facts: Mapping[str, Fact], age_ms: int, norm: float) -> float | None:
    match component:
        case spec.ShareOfMax():
            return _bounded(100 * x / norm) if norm > 0 else 0.0
        case spec.InverseShareOfMax():
            return _bounded(100 * (1 - x / norm)) if norm > 0 else 100.0
        case spec.Capped():
            return max(-100.0, min(100.0, 100 * x / component.cap))
        case spec.VsOwnPeak():
            peak = _number(facts[component.peak])
            return _bounded(100 * x / peak) if peak else None
        case spec.Trend():
            prior = _number(facts[component.prior])
            if prior is None or x == prior == 0 or age_ms < _duration(component.min_history):
                return None
            return 100.0 if prior == 0 else _bounded(50 + 50 * (x - prior) / prior / component.full)
        case spec.Ratio():
            of = _number(facts[component.of]) if isinstance(component.of, str) else component.of
            return _bounded(100 * x / of) if of else None
        case spec.Linear():
            per = _number(facts[component.per]) if component.per else 100.0
            return _along(component.points, 100 * x / per) if per else None


def _along(points: Sequence[tuple[float, float]], x: float) -> float:
    for (left, low), (right, high) in itertools.pairwise(points):
        if left <= x <= right:
            return low + (high - low) * (x - left) / (right - left)
    return points[0][1] if x < points[0][0] else points[-1][1]


def score_of(model: Model, judgements: Sequence[float | None]) -> float | None:
    """The weighted mean of those with evidence; or, in a model that adds up, the sum, which wants them all."""
    weights = [component.weight for component in model.components.values()]
    said = [(weight, each) for weight, each in zip(weights, judgements, strict=True) if each is not None]
    if model.header.combine == "sum":
        return _bounded(sum(weight * each / 100 for weight, each in said)) if len(said) == len(weights) else None
    evidence = sum(weight for weight, _ in said)
    return _bounded(sum(weight * each for weight, each in said) / evidence) if evidence else None


def tier_of(model: Model, score: float) -> str:
    """Half-open, on the unrounded score."""
    return [tier.name for tier in model.tiers if tier.lower <= score][-1]


def _bounded(value: float) -> float:
    return max(0.0, min(100.0, value))


def _number(value: Fact) -> float | None:
    return None if value is None or isinstance(value, str) else float(value)


def _duration(text: str) -> int:
    return int(text[:-1]) * UNITS_MS[text[-1]]


def _sql(instant_ms: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=instant_ms)
    text = moment.isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00")
    return text.removesuffix(".000")
