"""What of a model refers to what: the signals of a component, the parts of a blend, the conditions of all tables."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from scoring import spec
from scoring.model import Model, ModelError


def signals_of(model: Model, component: str) -> list[str]:
    """The names of the signals that a component judges: those of a difference and of a blend's parts are among them."""
    of = model.components[component]
    named = [getattr(of, field, "") for field in ("signal", "prior", "peak", "per", "of", "key", "key_of", "needs")]
    named += [condition.signal for rule in of.when for condition in (rule, *rule.and_)]
    for part in of.parts if isinstance(of, spec.Blend) else ():
        named += signals_of(model, part)
    for name in list(named):
        if isinstance(name, str) and isinstance(difference := model.signals.get(name), spec.Difference):
            named += [difference.of, difference.minus]
    return [name for name in dict.fromkeys(named) if isinstance(name, str) and name]


def meaning_of(model: Model, signal: str) -> str:
    """What a signal means, its label aside: equal for two models just where the signal is."""
    of = model.signals[signal]
    said = msgspec.json.encode(msgspec.structs.replace(of, label="")).decode()
    if isinstance(of, spec.Difference):
        return f"{meaning_of(model, of.of)} - {meaning_of(model, of.minus)}"
    return f"{said} {model.header.resolution}"


def blend_order(model: Model) -> list[str]:
    """The components' names, each blend after its parts.

    Raises:
        ModelError: when blends go in a circle.
    """
    order: list[str] = []
    under_way: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in under_way:
            circle = " ▸ ".join([*under_way[under_way.index(name) :], name])
            raise ModelError(f"components.{name}.parts: the blends go in a circle, {circle}: take one of them out")
        under_way.append(name)
        component = model.components[name]
        for part in component.parts if isinstance(component, spec.Blend) else ():
            visit(part)
        order.append(under_way.pop())

    for name in model.components:
        visit(name)
    return order


def with_parts(model: Model, component: str) -> Iterable[spec.Component]:
    """A component and, where it is a blend, its parts and theirs."""
    of = model.components[component]
    yield of
    for part in of.parts if isinstance(of, spec.Blend) else ():
        yield from with_parts(model, part)


def conditions_of(model: Model) -> Iterable[spec.Condition]:
    """All conditions of profiles, floors and flags."""
    for table in (model.profiles, model.floors, model.flags):
        for each in table.values():
            yield from each.when
