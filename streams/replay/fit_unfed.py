"""Why signals stay empty under the events that were found: no such event, a condition that never holds, a property that
no event has, or nothing that closes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from scoring.event.synonyms import MARK, names_of
from scoring.model import property_sets, schema
from scoring.plan.plan import Plan
from streams.replay.fit import CLOSED_BY, EVENTS, FULFILLED, NOTHING, EventKey, FitCounts

ENTRIES_NAMED = 3
_TYPES = {"text": "a text", "length": "a list"}


class Unfed(msgspec.Struct, frozen=True, kw_only=True):
    """A signal, or a part of it, that never saw what it needs."""

    signal: str
    words: str


def unfed_of(plan: Plan, counts: FitCounts) -> Iterator[Unfed]:
    """The signals, and the parts of signals, that never saw what they need."""
    for name, signal in plan.model.as_written.items():
        if isinstance(signal, schema.Reached):
            steps = [step for step in signal.steps if counts.seen.get(f"{name}.{step.name}", NOTHING) == NOTHING]
            for step in steps:
                words = f"the step {step.name!r} is never reached: no event is called {_any_of(step.events)}"
                yield Unfed(signal=name, words=f"{words} ({', '.join(step.topics)})")
        if not isinstance(signal, schema.Filtered):
            continue
        stage = counts.seen.get(name, NOTHING)
        if stage == NOTHING:
            called = f" is called {_any_of(signal.events)}" if signal.events else ""
            yield Unfed(signal=name, words=f"no event of {', '.join(signal.topics)}{called}")
        elif stage == EVENTS:
            yield Unfed(signal=name, words=_unfulfilled(plan, counts, name))
        elif stage == FULFILLED:
            yield Unfed(signal=name, words=_without_property(plan, counts, name))
        elif counts.seen.get(f"{name}{CLOSED_BY}") == NOTHING:
            closed_by = getattr(signal, "closed_by", ())
            yield Unfed(signal=name, words=f"nothing is ever closed: no event is called {_any_of(closed_by)}")


def _unfulfilled(plan: Plan, counts: FitCounts, name: str) -> str:
    """Why no event of a signal fulfils its `where`: a property that none has, if there is one."""
    signal, written = plan.model.signals[name], plan.model.as_written[name]
    wheres = zip(getattr(signal, "where", ()), getattr(written, "where", ()), strict=True)
    for where, said in wheres:
        if where.exists is not False and not _sent_to(counts, signal, where.property):
            return _without(counts, signal, where.property, said.property)
    return "none of its events fulfils its where"


def _without_property(plan: Plan, counts: FitCounts, name: str) -> str:
    """«none of its events has csat, but some have satisfaction (@csat has it)», «mrr is never a number»."""
    signal, written = plan.model.signals[name], plan.model.as_written[name]
    sought, called = next(iter(signal.properties())), next(iter(written.properties()))
    if usable := _sent_to(counts, signal, sought):
        return f"{usable[0]} is never {_TYPES.get(getattr(signal, 'type', 'number'), 'a number')}"
    return _without(counts, signal, sought, called)


def _without(counts: FitCounts, signal: schema.Signal, sought: str, called: str) -> str:
    """«none of its events has csat, but some have satisfaction (@csat has it)»; `called` is it in the file."""
    for each in synonyms_with(sought):
        for alike in property_sets.shipped()[each].names:
            if _sent_to(counts, signal, alike):
                return f"none of its events has {called}, but some have {alike} ({MARK}{each} has it)"
    is_elsewhere = any(each in found for each in names_of(sought) for found in counts.properties.values())
    return f"none of its events has {called}{', but others have' if is_elsewhere else ''}"


def _sent_to(counts: FitCounts, signal: schema.Signal, property_name: str) -> list[str]:
    """The names of a property that events have which the signal takes."""
    taken = [found for key, found in counts.properties.items() if takes(signal, key)]
    return [each for each in names_of(property_name) if any(each in found for found in taken)]


def _any_of(entries: Sequence[str]) -> str:
    named = ", ".join(entries[:ENTRIES_NAMED])
    return f"{named}, …" if len(entries) > ENTRIES_NAMED else named


def takes(signal: schema.Signal, key: EventKey) -> bool:
    """Whether events of this topic and name feed a signal, or end something in it."""
    if isinstance(signal, schema.Reached):
        return any(step.takes(*key) for step in signal.steps)
    return isinstance(signal, schema.Filtered) and (signal.takes(*key) or signal.ends(*key))


def synonyms_with(name: str) -> list[str]:
    """The shipped synonyms that have this property."""
    return [each for each, table in property_sets.shipped().items() if name in table.names]
