"""Signals: their filters, windows and what they are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS
from scoring.model import schema
from scoring.model.checks.mistake import (
    Mistake,
    duration,
    known,
    meant,
    multiple,
    not_empty,
    numbered,
    property_name,
    weight_of,
    weights,
    within,
)
from scoring.model.checks.ranges import nature_of
from scoring.model.event_names import an_example, literal, names

if TYPE_CHECKING:
    from scoring.model.model import Model

WEEKS = (2, 52)


def check_signal(model: Model, key: str, signal: schema.Signal) -> None:
    """Check one signal.

    Raises:
        Mistake: when it breaks a rule.
    """
    not_empty("signals", key.removeprefix("signals."), "a signal has no name; write one")
    if isinstance(signal, schema.Filtered):
        _check_filter(key, signal)
    match signal:
        case schema.Count() | schema.Sum() | schema.Mean() | schema.Distinct():
            _check_windowed(model, key, signal)
        case schema.Last():
            _check_last(key, signal)
        case schema.Difference():
            for field in ("of", "minus"):
                _check_part(model, f"{key}.{field}", getattr(signal, field))
        case schema.Peak():
            for field in ("window", "within"):
                _whole_days(f"{key}.{field}", getattr(signal, field), "a peak")
        case schema.Season():
            for field in ("window", "back"):
                _whole_days(f"{key}.{field}", getattr(signal, field), "a season")
        case schema.Volatility():
            within(f"{key}.weeks", signal.weeks, *WEEKS, "the number of weeks")
        case schema.Open():
            _check_open(model, key, signal)
        case schema.Reached():
            _check_steps(key, signal.steps)
        case schema.LastAt() | schema.SinceLast() | schema.Age():
            pass


def number(model: Model, key: str, name: str) -> None:
    """Refuse a name that is no signal, or a signal that is no number."""
    known(key, name, "signal", model.signals)
    if nature_of(model.signals[name]) != "number":
        raise Mistake(key, f"{name!r} is not a number; name a signal that is one")


def _check_filter(key: str, signal: schema.Filtered) -> None:
    _check_topics(key, signal.topics)
    if signal.events:
        words = "it takes no name at all; name an event, or write what is left out into exclude"
        _takes_something(f"{key}.events", signal.events, words)
    if both := sorted(name for name in literal(signal.events) if name in names(signal.exclude)):
        raise Mistake(f"{key}.exclude", f"{both[0]!r} is in events and in exclude; take it out of one of them")
    for each_key, where in numbered(f"{key}.where", signal.where):
        _check_where(each_key, where)


def _takes_something(key: str, entries: tuple[str, ...], words: str) -> None:
    """Refuse a list of names that is empty, or takes out all that it takes."""
    not_empty(key, an_example(entries), words)


def _check_topics(key: str, topics: tuple[str, ...]) -> None:
    not_empty(f"{key}.topics", topics, f"name at least one of {', '.join(INPUT_TOPICS)}")
    for topic in topics:
        if topic not in INPUT_TOPICS:
            words = f"no topic is called {topic!r}{meant(topic, INPUT_TOPICS)}"
            raise Mistake(f"{key}.topics", f"{words} Take from {', '.join(INPUT_TOPICS)}")


def _check_where(key: str, where: schema.Where) -> None:
    property_name(f"{key}.property", where.property, "name the property that is looked at")
    if where.is_ == ():
        raise Mistake(f"{key}.is", f"the list of what {where.property!r} may be is empty; name a value")
    has_bounds = where.at_least is not None or where.at_most is not None
    if where.is_ is None and not has_bounds and where.exists is None:
        raise Mistake(key, f"nothing is asked of {where.property!r}; add is, at_least, at_most or exists")
    can_hold = any(where.holds(value) for value in where.values() or (where.at_least, where.at_most))
    if (where.is_ is not None or has_bounds) and not can_hold:
        raise Mistake(key, f"no value of {where.property!r} fulfils it, so it can never hold; mend one of its tests")


def _check_windowed(model: Model, key: str, signal: schema.Count | schema.Sum | schema.Mean | schema.Distinct) -> None:
    _check_window(model, f"{key}.window", signal.window)
    match signal:
        case schema.Sum() | schema.Mean():
            property_name(f"{key}.property", signal.property, "name the property that holds the number")
        case schema.Distinct():
            property_name(f"{key}.of", signal.of, "write 'user', 'event', 'day' or the name of a property")
        case schema.Count():
            pass


def _check_window(model: Model, key: str, window: str) -> None:
    resolution = model.header.resolution
    words = f"{window} is no multiple of the resolution {resolution}; change the one or the other"
    multiple(key, window, model.resolution_ms, words)


def _whole_days(key: str, text: str, what: str) -> None:
    multiple(key, text, DAY_MS, f"{what} is made of daily totals; write whole days, like '30d'")


def _check_last(key: str, signal: schema.Last) -> None:
    property_name(f"{key}.property", signal.property, "name the property whose latest value is kept")
    if signal.by:
        property_name(f"{key}.by", signal.by, "name the property that holds the item's id")
    if signal.type == "text" and signal.zero_on:
        raise Mistake(f"{key}.zero_on", "a text is never 0; leave it out, or write type = 'number'")
    if signal.type != "number" and signal.by:
        raise Mistake(f"{key}.by", f"only numbers add up, not a {signal.type}; leave it out, or write type = 'number'")
    if signal.by and signal.by == signal.property:
        raise Mistake(f"{key}.by", f"{signal.by!r} is the value itself; name the property that holds the item's id")
    if signal.type != "number" and signal.minimum is not None:
        raise Mistake(f"{key}.minimum", f"a {signal.type} has no minimum; leave it out, or write type = 'number'")


def _check_part(model: Model, key: str, name: str) -> None:
    number(model, key, name)
    if isinstance(model.signals[name], schema.Difference):
        raise Mistake(key, "a difference cannot be of differences; name the signals themselves")


def _check_open(model: Model, key: str, signal: schema.Open) -> None:
    property_name(f"{key}.item", signal.item, "name the property that holds the id, like 'ticket_id'")
    if signal.weigh_by:
        property_name(f"{key}.weigh_by", signal.weigh_by, "name the property to weigh by")
    words = "name at least one event that closes, like 'ticket_resolved'"
    _takes_something(f"{key}.closed_by", signal.closed_by, words)
    if both := sorted(name for name in literal(signal.events) if name in names(signal.closed_by)):
        raise Mistake(f"{key}.closed_by", f"{both[0]!r} is in events, too, but would only close; take it out of one")
    _check_window(model, f"{key}.within", signal.within)
    if signal.measure == "weight" and not signal.weigh_by:
        raise Mistake(f"{key}.weigh_by", "a measure 'weight' needs the property to weigh by, like 'severity'; add it")
    if signal.weights:
        weights(f"{key}.weights", signal.weights, "text")


def _check_steps(key: str, steps: tuple[schema.Step, ...]) -> None:
    not_empty(f"{key}.steps", steps, "give at least one step, like { name = 'first login', events = ['login'] }")
    seen: set[str] = set()
    for each_key, step in numbered(f"{key}.steps", steps):
        not_empty(f"{each_key}.name", step.name, "a step needs a name; write one")
        if step.name in seen:
            raise Mistake(f"{each_key}.name", f"two steps are called {step.name!r}; give one of them another name")
        seen.add(step.name)
        _takes_something(f"{each_key}.events", step.events, f"name the event with which {step.name!r} is reached")
        _check_topics(each_key, step.topics)
        for where_key, where in numbered(f"{each_key}.where", step.where):
            _check_where(where_key, where)
        if step.due:
            duration(f"{each_key}.due", step.due)
        weight_of(f"{each_key}.weight", step.weight)
    if not any(step.weight for step in steps):
        raise Mistake(f"{key}.steps", "every weight is 0, so nothing counts; give at least one step a weight above 0")
