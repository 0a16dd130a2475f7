"""Counterfactuals: what people can change in an account, as events at its instant. Pure; used on forks alone.

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
from scoring.model import schema
from scoring.model.event_names import an_example, literal
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation
from scoring.plan.signals.base import VALUE, Change
from scoring.result import Lever
from scoring.state.account import Account

EXCLUDED_MAX = 20
"""Names that are looked at of a list of those that are excluded, in search of one that feeds little."""
ANY_EVENT = "event"
"""The name of an event where the model wants none in particular."""


class Adjustment(msgspec.Struct, frozen=True):
    """A change that people can bring about, from `least` to `most` of it, inclusive."""

    lever: Lever
    least: int
    most: int
    label: str
    closes: int = -1
    """The number of the open items that it closes, -1 for none."""
    pace: float = 0.0
    """How many of it the account does in a day, 0 when that is not known."""

    @property
    def is_value(self) -> bool:
        """Whether the number is the value of a property, in one event."""
        return self.lever.vary.startswith(VALUE)

    def lever_of(self, number: int) -> Lever:
        """This many of the lever."""
        is_single = self.closes < 0 and not self.is_value and self.most == 1
        return msgspec.structs.replace(self.lever, number=number, label=self.label, pace=self.pace, is_single=is_single)


def adjustments_of(plan: Plan, account: Account, judged: Evaluation) -> list[Adjustment]:
    """The levers of an account under the live model, each once, in the model's order: of the signals that count now."""
    adjustments: dict[tuple[object, ...], Adjustment] = {}
    counting = plan.primary.counting(judged)
    for name in plan.model.signals:
        if name not in counting:
            continue
        for adjustment in _of_signal(plan, account, name):
            lever = adjustment.lever
            key = (lever.topic, lever.event, lever.vary, lever.item, repr(sorted(lever.properties.items())))
            if key not in adjustments or adjustment.most > adjustments[key].most:
                adjustments[key] = adjustment
    return list(adjustments.values())


def apply_adjustment(plan: Plan, fork: Account, adjustment: Adjustment, number: int) -> None:
    """Apply `number` adjustments to a fork, at its current time; 0 changes nothing, unless it is a value."""
    if number <= 0 and not adjustment.is_value:
        return
    lever = adjustment.lever
    if adjustment.closes >= 0:
        close_items(plan, fork, adjustment.closes, number)
    elif lever.vary == "":
        apply(plan, fork, event_of(plan, lever, fork.as_of_ms, 0), fork.as_of_ms, times=number)
    elif adjustment.is_value:
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


def _of_signal(plan: Plan, account: Account, name: str) -> Iterable[Adjustment]:
    model = plan.model
    aims = [aim for component in model.components.values() if (aim := component.values_to_reach(name)) is not None]
    for change in plan.primary.signals[name].changes(account, aims):
        lever = Lever(
            signal=name,
            number=0,
            topic=change.topic,
            event=change.event or _event_name(plan, model.signals[name], change),
            vary=change.vary,
            item=change.item,
            properties=_fitting(change.where),
        )
        yield Adjustment(lever, change.least, change.most, change.label, change.closes, change.pace)


def _event_name(plan: Plan, signal: schema.Signal, change: Change) -> str:
    """A name of an event that a signal takes: its own, else one that the model knows by name, else any."""
    if not isinstance(signal, schema.Filtered):
        return ANY_EVENT
    if change.vary.startswith(VALUE):
        return _plainest_event_name(plan, signal)
    filtered = (other for other in plan.model.signals.values() if isinstance(other, schema.Filtered))
    known = (name for each in (signal, *filtered) for name in literal(each.events))
    return next((name for name in known if signal.takes(change.topic, name)), an_example(signal.events) or ANY_EVENT)


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
        *kinds, _ = msgspec.structs.astuple(plan.routes.of(topic, name))
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
