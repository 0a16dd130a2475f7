"""References inside a model: the signals and sources of a component, the parts of a blend, all conditions, and the
event sets of a signal."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from scoring.event.synonyms import MARK, names_of
from scoring.model import schema
from scoring.model.event_sets import EventSets, references
from scoring.model.model import Model


def signals_of(model: Model, component: str) -> list[str]:
    """The names of the signals that a component judges, including those of differences and of a blend's parts."""
    names = [name for part in with_parts(model, component) for name in part.signal_names()]
    for name in list(names):
        names += model.signals[name].operands()
    return list(dict.fromkeys(names))


def judged_signals(model: Model) -> set[str]:
    """The names of the signals that components, standings, profiles, floors, flags and signs look at, and of those that
    they are computed from."""
    used = {name for component in model.components.values() for name in component.signal_names()}
    used.update(condition.signal for condition in conditions_of(model))
    used.update(sign.signal for sign in model.signs.values())
    return used | {operand for name in used for operand in model.signals[name].operands()}


def named_properties(model: Model) -> set[str]:
    """The properties of events that some signal or source of the model reads, as they are sent."""
    filters = (*model.signals.values(), *model.sources.values())
    return {each for of in filters for name in of.properties() for each in names_of(name)}


def meaning_of(model: Model, signal: str) -> str:
    """The meaning of a signal without its label: equal for two models exactly when the signal is the same."""
    of = model.signals[signal]
    said = msgspec.json.encode(msgspec.structs.replace(of, label="")).decode()
    if operands := of.operands():
        meanings = [meaning_of(model, name) for name in operands]
        if isinstance(of, schema.Difference):
            return " - ".join(meanings)
        margin = f" {of.margin!r}" if isinstance(of, schema.Expected) else ""
        return f"{of.kind}{margin} ({', '.join(meanings)})"
    return f"{said} {model.header.resolution}"


def blend_order(model: Model) -> list[str]:
    """The components' names, each blend after its parts; a checked model has no cycles."""
    order: list[str] = []

    def visit(name: str) -> None:
        for part in model.components[name].part_weights():
            visit(part)
        if name not in order:
            order.append(name)

    for name in model.components:
        visit(name)
    return order


def with_parts(model: Model, component: str) -> Iterable[schema.Component]:
    """A component and, for a blend, its parts, recursively."""
    of = model.components[component]
    yield of
    for part in of.part_weights():
        yield from with_parts(model, part)


def synonyms_used_by(model: Model) -> list[str]:
    """The names of the synonyms that signals and sources refer to."""
    written = (*model.as_written.values(), *(model.sources | model.written_sources).values())
    named = (name for each in written for name in each.properties() if name.startswith(MARK))
    return list(dict.fromkeys(name.removeprefix(MARK) for name in named))


def event_sets_of(model: Model) -> list[str]:
    """The event sets that signals and sources refer to, each before the sets that it refers to itself."""
    sets = EventSets(model.events)
    written = (*model.as_written.values(), *(model.sources | model.written_sources).values())
    lists = [entries for each in written for entries in each.event_lists().values()]
    named = dict.fromkeys(name for entries in lists for name in references(entries))
    return list(dict.fromkeys(each for name in named for each in sets.made_of(name)))


def conditions_of(model: Model) -> Iterable[schema.Condition]:
    """All conditions of standings, profiles, floors and flags."""
    for table in (model.standings, model.profiles, model.floors, model.flags):
        for each in table.values():
            yield from each.when


def names_judged(model: Model, component: str) -> list[str]:
    """The names of the signals, and of the sources as the cohort norm has them, that a component is judged by."""
    return [*signals_of(model, component), *(f"{schema.SOURCE}{name}" for name in sources_of(model, component))]


def sources_of(model: Model, component: str) -> list[str]:
    """The names of the sources that a component, or a blend's part, needs."""
    return list(dict.fromkeys(part.source for part in with_parts(model, component) if part.source))


def source_meaning(source: schema.Source) -> str:
    """The meaning of a source without its label."""
    return msgspec.json.encode(msgspec.structs.replace(source, label="")).decode()
