"""Counterfactuals: what people can change in an account, as events at its current instant. Pure; used on forks only.

Only the future can be changed: more events, more users, tickets closed, milestones reached, a better answer to a
survey. Past errors stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from scoring.event.event import Event
from scoring.event.synonyms import names_of
from scoring.fold.fold import apply
from scoring.fold.items import close_items
from scoring.model import schema
from scoring.model.event_names import an_example, literal
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation
from scoring.plan.signals.base import VALUE, Change
from scoring.result import Adjustment
from scoring.state.account import Account

EXCLUDED_MAX = 20
"""At most this many names of an exclusion list are tried when looking for one that feeds few signals."""
ANY_EVENT = "event"
"""The event name to use when the model asks for no particular one."""


class AdjustmentKind(msgspec.Struct, frozen=True):
    """A change that people can make, from `least` to `most` times, both inclusive."""

    template: Adjustment
    least: int
    most: int
    label: str
    closes: int = -1
    """The index of the open items that it closes, -1 for none."""
    pace: float = 0.0
    """How many the account does a day, 0 when unknown."""

    @property
    def is_value(self) -> bool:
        """Whether the number is the value of a property, in one event."""
        return self.template.vary.startswith(VALUE)

    def adjustment_of(self, number: int) -> Adjustment:
        """The adjustment with this number."""
        is_single = self.closes < 0 and not self.is_value and self.most == 1
        return msgspec.structs.replace(
            self.template, number=number, label=self.label, pace=self.pace, is_single=is_single
        )


def adjustment_kinds_of(plan: Plan, account: Account, judged: Evaluation) -> list[AdjustmentKind]:
    """The adjustments open to an account under the live model, for the signals that count now; see `Adjustments`."""
    adjustments, signals = Adjustments(plan), plan.primary.signals
    counting = [(name, signals[name]) for name in adjustments.counting(judged)]
    return adjustments.kinds([(name, each.number(account), each.behind(account)) for name, each in counting])


class Adjustments:
    """The adjustments open to accounts under the live model of a plan. Mutable: what is the same for all accounts is
    made once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._counting: dict[str, tuple[str, ...]] = {}
        self._aims: dict[str, list[tuple[float, float]]] = {}
        self._templates: dict[tuple[object, ...], tuple[Adjustment, str]] = {}

    def counting(self, judged: Evaluation) -> tuple[str, ...]:
        """The signals that count now and that people can change, in the model's order."""
        found = self._counting.get(judged.profile)
        if found is None:
            counting, signals = self._plan.primary.counting(judged), self._plan.primary.signals
            changed = [name for name in self._plan.model.signals if name in counting and signals[name].can_be_changed]
            found = self._counting[judged.profile] = tuple(changed)
        return found

    def kinds(self, known: Iterable[tuple[str, float | None, Sequence[int]]]) -> list[AdjustmentKind]:
        """The adjustments of these signals: of each its name, its number and what is behind it.

        Each appears once, in the order of the signals.
        """
        kinds: dict[str, AdjustmentKind] = {}
        signals = self._plan.primary.signals
        for name, number, behind in known:
            for change in signals[name].changes(number, behind, self._aims_of(name)):
                template, key = self._template(name, change)
                if key not in kinds or change.most > kinds[key].most:
                    kinds[key] = AdjustmentKind(
                        template, change.least, change.most, change.label, change.closes, change.pace
                    )
        return list(kinds.values())

    def _aims_of(self, name: str) -> list[tuple[float, float]]:
        found = self._aims.get(name)
        if found is None:
            components = self._plan.model.components.values()
            found = [aim for component in components if (aim := component.values_to_reach(name)) is not None]
            self._aims[name] = found
        return found

    def _template(self, name: str, change: Change) -> tuple[Adjustment, str]:
        """The adjustment of a change, and a text that is the same for the same adjustment by another signal."""
        # The conditions are the model's own: the same tuple each time, and alive as long as this.
        kept = (name, change.topic, change.event, change.vary, id(change.where))
        found = self._templates.get(kept)
        if found is None:
            found = self._templates[kept] = _template(self._plan, name, change)
        return found


def apply_adjustment(plan: Plan, fork: Account, kind: AdjustmentKind, number: int) -> None:
    """Apply `number` adjustments of a kind to a fork, at its current time; 0 has no effect, unless it is a value."""
    if number <= 0 and not kind.is_value:
        return
    adjustment = kind.template
    if kind.closes >= 0:
        close_items(plan, fork, kind.closes, number)
    elif adjustment.vary == "":
        apply(plan, fork, event_of(plan, adjustment, fork.as_of_ms, 0), fork.as_of_ms, times=number)
    elif kind.is_value:
        apply(plan, fork, event_of(plan, adjustment, fork.as_of_ms, number), fork.as_of_ms)
    else:
        for index in range(number):
            apply(plan, fork, event_of(plan, adjustment, fork.as_of_ms, index), fork.as_of_ms)


def event_of(plan: Plan, adjustment: Adjustment, at_ms: int, index: int) -> Event:
    """One event of an adjustment: the `index`-th, or the one that carries the value `index`."""
    properties: dict[str, Any] = dict(adjustment.properties)
    if adjustment.vary.startswith(VALUE):
        properties[adjustment.vary.removeprefix(VALUE)] = index
    elif adjustment.vary not in ("", "user", "event"):
        properties[adjustment.vary] = f"new-{index}"
    name = f"new-{index}" if adjustment.vary == "event" else adjustment.event
    user = f"new-{index}" if adjustment.vary == "user" else ""
    return Event("", adjustment.topic, name, at_ms, "", user, plan.decoder.properties_of(properties))


def _template(plan: Plan, name: str, change: Change) -> tuple[Adjustment, str]:
    adjustment = Adjustment(
        signal=name,
        number=0,
        topic=change.topic,
        event=change.event or _event_name(plan, plan.model.signals[name], change),
        vary=_vary(change),
        item=names_of(change.item)[0],
        properties=_fitting(change.where),
    )
    named = (adjustment.topic, adjustment.event, adjustment.vary, adjustment.item)
    return adjustment, repr((*named, sorted(adjustment.properties.items())))


def _vary(change: Change) -> str:
    """What must differ between the events; of synonyms, the first."""
    is_value = change.vary.startswith(VALUE)
    return (VALUE if is_value else "") + names_of(change.vary.removeprefix(VALUE))[0]


def _event_name(plan: Plan, signal: schema.Signal, change: Change) -> str:
    """An event name that a signal takes: one of its own, else one that the model mentions, else any."""
    if not isinstance(signal, schema.Filtered):
        return ANY_EVENT
    if change.vary.startswith(VALUE):
        return _plainest_event_name(plan, signal)
    filtered = (other for other in plan.model.signals.values() if isinstance(other, schema.Filtered))
    known = (name for each in (signal, *filtered) for name in literal(each.events))
    return next((name for name in known if signal.takes(change.topic, name)), an_example(signal.events) or ANY_EVENT)


def _plainest_event_name(plan: Plan, signal: schema.Filtered) -> str:
    """Of the names that the model mentions and the signal takes, the one that feeds the fewest other things."""
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
    """Properties that fulfil the conditions; of synonyms, the first."""
    properties: dict[str, str | bool | int | float] = {}
    for each in where:
        name, values = names_of(each.property)[0], each.values()
        if values:
            properties[name] = values[0]
        elif each.at_least is not None or each.at_most is not None:
            bound = each.at_least if each.at_least is not None else each.at_most
            properties[name] = bound if bound is not None else 0.0
        elif each.exists:
            properties[name] = "any"
    return properties
