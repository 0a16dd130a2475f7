"""Levers: what people can bring about in an account, as events at its instant. Pure; used on forks alone.

Only what lies ahead can be changed: more events, more users, tickets closed, milestones reached, a better answer to a
survey. Errors that happened stay.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from scoring.event.event import Event
from scoring.fold.fold import apply
from scoring.fold.items import close_items
from scoring.instants import DAY_MS, FAR, parse_duration
from scoring.model import schema
from scoring.model.event_names import an_example, literal
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation
from scoring.plan.signals import LastSignal, MilestonesSignal, OpenSignal, counted
from scoring.result import Lever
from scoring.state.account import Account

EVENTS_MAX = 1 << 17
VALUES_MAX = 256
EXCLUDED_MAX = 20
"""Names that are looked at of a list of those that are excluded, in search of one that feeds little."""
ANY_EVENT = "event"
"""The name of an event where the model wants none in particular."""


class Hold(msgspec.Struct, frozen=True):
    """A lever and how far it goes: from `least` to `most` of it, inclusive."""

    lever: Lever
    least: int
    most: int
    label: str
    closes: int = -1
    """The number of the register whose items it closes, -1 for none."""
    pace: float = 0.0
    """How many of it the account does in a day, 0 when that is not known."""

    @property
    def is_value(self) -> bool:
        """Whether the number is the value of a property, in one event."""
        return self.lever.vary.startswith(VALUE)

    def words(self, number: int) -> str:
        """«+340 product events (9 days at its present pace)», «2 open tickets resolved», «NPS answer at 9»."""
        if self.closes >= 0:
            return f"{counted(number, self.label)} resolved"
        if self.is_value:
            return f"{self.label} at {number}"
        if self.most == 1:
            return self.label
        days = round(number / self.pace) if self.pace else 0
        pace = f" ({counted(days, 'days')} at its present pace)" if days > 1 else ""
        return f"+{counted(number, self.label)}{pace}"


VALUE = "="
"""`Lever.vary` is "=" and a property's name where the number is the value of that property, in one event."""


def holds_of(plan: Plan, account: Account, judged: Evaluation) -> list[Hold]:
    """The levers of an account under the live model, each once, in the model's order: of the signals that count now."""
    holds: dict[tuple[object, ...], Hold] = {}
    counting = plan.live.counting(judged)
    for name in plan.model.signals:
        if name not in counting:
            continue
        for hold in _of_signal(plan, account, name):
            lever = hold.lever
            key = (lever.topic, lever.event, lever.vary, lever.item, repr(sorted(lever.properties.items())))
            if key not in holds or hold.most > holds[key].most:
                holds[key] = hold
    return list(holds.values())


def pull(plan: Plan, fork: Account, hold: Hold, number: int) -> None:
    """Let so many of a lever happen on a fork, at its instant. Nothing happens for a number of 0."""
    if number <= 0 and not hold.is_value:
        return
    lever = hold.lever
    if hold.closes >= 0:
        close_items(plan, fork, hold.closes, number)
    elif lever.vary == "":
        apply(plan, fork, event_of(plan, lever, fork.as_of_ms, 0), fork.as_of_ms, times=number)
    elif hold.is_value:
        apply(plan, fork, event_of(plan, lever, fork.as_of_ms, number), fork.as_of_ms)
    else:
        for index in range(number):
            apply(plan, fork, event_of(plan, lever, fork.as_of_ms, index), fork.as_of_ms)


def event_of(plan: Plan, lever: Lever, at_ms: int, index: int) -> Event:
    """One of a lever's events: the `index`-th different one or, where the number is a value, the one with it."""
    properties: dict[str, Any] = dict(lever.properties)
    if lever.vary.startswith(VALUE):
        properties[lever.vary.removeprefix(VALUE)] = index
    elif lever.vary not in ("", "user", "event"):
        properties[lever.vary] = f"new-{index}"
    name = f"new-{index}" if lever.vary == "event" else lever.event
    user = f"new-{index}" if lever.vary == "user" else ""
    return Event("", lever.topic, name, at_ms, "", user, plan.decoder.properties_of(properties))


def _of_signal(plan: Plan, account: Account, name: str) -> Iterable[Hold]:
    model, signal, compiled = plan.model, plan.model.signals[name], plan.live.signals[name]
    match signal:
        case schema.Count(prior=False):
            days = parse_duration(signal.window) / DAY_MS
            pace = (compiled.number(account) or 0.0) / days
            yield Hold(_lever(model, name, signal), 1, EVENTS_MAX, compiled.label, pace=pace)
        case schema.SinceLast():
            yield Hold(_lever(model, name, signal), 1, 1, f"one of {compiled.label}")
        case schema.Distinct(prior=False) if signal.of not in ("day",) and not (signal.of == "event" and signal.events):
            vary = signal.of
            yield Hold(_lever(model, name, signal, vary=vary), 1, VALUES_MAX, compiled.label)
        case schema.Open() if isinstance(compiled, OpenSignal):
            number = compiled.register.count(account)
            if number:
                lever = Lever(
                    signal=name,
                    number=0,
                    topic=signal.topics[0],
                    event=an_example(signal.closed_by),
                    vary="",
                    item=signal.item,
                    words="",
                    properties={},
                )
                yield Hold(lever, 1, number, compiled.label, compiled.register.number)
        case schema.Reached() if isinstance(compiled, MilestonesSignal):
            for step, (slot, _, _, _) in zip(signal.steps, compiled.steps, strict=True):
                if account.firsts[slot] == FAR:
                    lever = Lever(
                        signal=name,
                        number=0,
                        topic=step.topics[0],
                        event=an_example(step.events),
                        vary="",
                        item="",
                        words="",
                        properties=_fitting(step.where),
                    )
                    yield Hold(lever, 1, 1, f"{step.name} reached")
        case schema.Last(type="number") if isinstance(compiled, LastSignal):
            yield from _of_value(plan, account, name, signal, compiled)
        case _:
            pass


def _of_value(plan: Plan, account: Account, name: str, signal: schema.Last, compiled: LastSignal) -> Iterable[Hold]:
    """A better value, where some component is a line through values of it."""
    held, model = compiled.fact(account), plan.model
    for component in model.components.values():
        if isinstance(component, schema.Linear) and component.signal == name and not component.per:
            least, most = int(-(-component.points[0][0] // 1)), int(component.points[-1][0])
            if isinstance(held, int | float):
                least = max(least, int(held) + 1)
            if least <= most and component.points[-1][1] > component.points[0][1]:
                lever = _lever(model, name, signal, vary=f"{VALUE}{signal.property}")
                lever = msgspec.structs.replace(lever, event=_plainest_event_name(plan, signal))
                yield Hold(lever, least, most, compiled.label)


def _lever(model: Model, name: str, signal: schema.Filtered, *, vary: str = "") -> Lever:
    topic = signal.topics[0]
    return Lever(
        signal=name,
        number=0,
        topic=topic,
        event=_event_name(model, signal, topic),
        vary=vary,
        item="",
        words="",
        properties=_fitting(signal.where),
    )


def _event_name(model: Model, signal: schema.Filtered, topic: str) -> str:
    """A name that the signal takes: its own, else one that the model knows by name, else any."""
    filtered = (other for other in model.signals.values() if isinstance(other, schema.Filtered))
    known = (name for each in (signal, *filtered) for name in literal(each.events))
    return next((name for name in known if signal.takes(topic, name)), an_example(signal.events) or ANY_EVENT)


def _plainest_event_name(plan: Plan, signal: schema.Filtered) -> str:
    """Of the names that the model knows and the signal takes, the one that feeds the least besides."""
    topic = signal.topics[0]
    filtered = [other for other in plan.model.signals.values() if isinstance(other, schema.Filtered)]
    known = [name for other in filtered for name in literal((*other.events, *other.also))]
    known += [
        name
        for entries in dict.fromkeys(other.exclude for other in filtered)
        for name in literal(entries)[:EXCLUDED_MAX]
    ]
    taken = [name for name in dict.fromkeys([*known, ANY_EVENT]) if signal.takes(topic, name)]

    def fed(name: str) -> int:
        *kinds, _ = msgspec.structs.astuple(plan.route(topic, name))
        return sum(map(len, kinds))

    return min(taken, key=fed)


def _fitting(where: tuple[schema.Where, ...]) -> dict[str, str | bool | int | float]:
    """Properties that fulfil the conditions."""
    properties: dict[str, str | bool | int | float] = {}
    for each in where:
        values = each.values()
        if values:
            properties[each.property] = values[0]
        elif each.at_least is not None or each.at_most is not None:
            bound = each.at_least if each.at_least is not None else each.at_most
            properties[each.property] = bound if bound is not None else 0.0
        elif each.exists:
            properties[each.property] = "any"
    return properties
