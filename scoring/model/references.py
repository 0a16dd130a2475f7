"""What of a model refers to what: the signals of a component, the parts of a blend, the conditions of all tables, and
the sets of events of a signal."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from scoring.model import schema
from scoring.model.event_sets import EventSets, lists_of, references
from scoring.model.model import Model


def named_by(component: schema.Component) -> list[str]:
    """The names of the signals that a component reads, in the order of its keys; not those of a blend's parts."""
    fields = ("signal", "prior", "peak", "per", "of", "key", "key_of", "needs")
    names = [name for field in fields if isinstance(name := getattr(component, field, ""), str) and name]
    for rule in component.when:
        names += [rule.signal, *(condition.signal for condition in rule.and_)]
    return list(dict.fromkeys(names))


def signals_of(model: Model, component: str) -> list[str]:
    """The names of the signals that a component judges: those of a difference and of a blend's parts are among them."""
    names = [name for part in with_parts(model, component) for name in named_by(part)]
    for name in list(names):
        if isinstance(difference := model.signals[name], schema.Difference):
            names += [difference.of, difference.minus]
    return list(dict.fromkeys(names))


def named_properties(model: Model) -> set[str]:
    """The properties of events that some signal of the model reads."""
    names: set[str] = set()
    for signal in model.signals.values():
        match signal:
            case schema.Reached():
                names.update(where.property for step in signal.steps for where in step.where)
                continue
            case schema.Sum() | schema.Mean():
                names.add(signal.property)
            case schema.Last():
                names.update(name for name in (signal.property, signal.by) if name)
            case schema.Distinct() if signal.of not in ("user", "event", "day"):
                names.add(signal.of)
            case schema.Open():
                names.update(name for name in (signal.item, signal.weigh_by) if name)
        names.update(where.property for where in getattr(signal, "where", ()))
    return names


def meaning_of(model: Model, signal: str) -> str:
    """What a signal means, its label aside: equal for two models just where the signal is."""
    of = model.signals[signal]
    said = msgspec.json.encode(msgspec.structs.replace(of, label="")).decode()
    if isinstance(of, schema.Difference):
        return f"{meaning_of(model, of.of)} - {meaning_of(model, of.minus)}"
    return f"{said} {model.header.resolution}"


def blend_order(model: Model) -> list[str]:
    """The components' names, each blend after its parts; a checked model has no circles."""
    order: list[str] = []

    def visit(name: str) -> None:
        component = model.components[name]
        for part in component.parts if isinstance(component, schema.Blend) else ():
            visit(part)
        if name not in order:
            order.append(name)

    for name in model.components:
        visit(name)
    return order


def with_parts(model: Model, component: str) -> Iterable[schema.Component]:
    """A component and, where it is a blend, its parts and theirs."""
    of = model.components[component]
    yield of
    for part in of.parts if isinstance(of, schema.Blend) else ():
        yield from with_parts(model, part)


def event_sets_of(model: Model) -> list[str]:
    """The sets of events that signals refer to, each before those that it is made of itself."""
    sets = EventSets(model.events)
    lists = [entries for signal in model.as_written.values() for entries in lists_of(signal).values()]
    named = dict.fromkeys(name for entries in lists for name in references(entries))
    return list(dict.fromkeys(each for name in named for each in sets.made_of(name)))


def conditions_of(model: Model) -> Iterable[schema.Condition]:
    """All conditions of profiles, floors and flags."""
    for table in (model.profiles, model.floors, model.flags):
        for each in table.values():
            yield from each.when
