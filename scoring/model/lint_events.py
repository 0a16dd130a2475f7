"""Likely mistakes in a model's sets of events, and in the lists that refer to them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec

from scoring.event.synonyms import MARK
from scoring.model import schema
from scoring.model.event_names import ANY, SET, literal, names
from scoring.model.event_sets import MACHINE, EventSets, references, shipped
from scoring.model.model import Model
from scoring.model.references import event_sets_of, synonyms_used_by


class Warning_(msgspec.Struct, frozen=True):  # noqa: N801 - Python has a Warning of its own
    """A likely mistake: its key, and a text that ends in the fix."""

    key: str
    words: str


def warnings(model: Model) -> tuple[Warning_, ...]:
    """Likely mistakes, in the order of the file; each is proved from the model alone."""
    sets = EventSets(model.events)
    found = (_own_sets(model), _own_synonyms(model), _use(model, sets), _idle(model), _forgotten(model, sets))
    return tuple(itertools.chain.from_iterable(found))


def _own_sets(model: Model) -> Iterator[Warning_]:
    """Proves that no list refers to the set, or that it replaces the shipped set of its name without including it."""
    used = event_sets_of(model)
    for name, entries in model.events.items():
        if name not in used:
            yield Warning_(f"events.{name}", f"no signal refers to it; write '{SET}{name}' where it is meant")
        if name in shipped() and name not in references(entries):
            words = f"it replaces the shipped set of its name without including it; begin it with '{SET}{name}'"
            yield Warning_(f"events.{name}", f"{words} to extend that one, or call it something else")


def _own_synonyms(model: Model) -> Iterator[Warning_]:
    """Proves that no signal, no source and no other synonyms refer to them."""
    used = synonyms_used_by(model)
    for name in model.properties:
        inside = (entry for other, each in model.properties.items() if other != name for entry in each.names)
        if name not in used and f"{MARK}{name}" not in inside:
            yield Warning_(f"properties.{name}", f"no signal refers to it; write '{MARK}{name}' where it is meant")


def _use(model: Model, sets: EventSets) -> Iterator[Warning_]:
    """Proves that the signal takes every event of `analytics`, including some of the model's own set `machine`."""
    machine = [name for name in sets.entries(MACHINE) if ANY not in name]
    for name, signal in model.signals.items():
        if not isinstance(signal, schema.Filtered) or not signal.COUNTS_USE:
            continue
        if "analytics" not in signal.topics or signal.events or signal.where:
            continue
        if taken := [each for each in literal(machine) if signal.takes("analytics", each)]:
            words = f"it counts what machines send, such as {taken[0]!r}, as use"
            yield Warning_(
                f"signals.{name}", f"{words}; write exclude = ['{SET}{MACHINE}'], or the events that are meant"
            )


def _idle(model: Model) -> Iterator[Warning_]:
    """Proves that the signal takes only named events, and the set excludes none of them."""
    for name, signal in model.as_written.items():
        if isinstance(signal, schema.Filtered) and signal.events and literal(signal.events) == list(signal.events):
            for each in references(signal.exclude) if not references(signal.events) else ():
                words = f"its events are all named, so '{SET}{each}' excludes none of them; leave it out"
                yield Warning_(f"signals.{name}.exclude", words)


def _forgotten(model: Model, sets: EventSets) -> Iterator[Warning_]:
    """Proves that an entry is the name of an event as well as of a set, which does not have such an event."""
    known = sets.names()
    lists = {f"events.{name}": entries for name, entries in model.events.items()}
    for name, signal in model.as_written.items():
        lists |= {f"signals.{name}.{field}": entries for field, entries in signal.event_lists().items()}
    for key, entries in lists.items():
        for entry in entries:
            if entry in known and entry not in names(sets.entries(entry)):
                yield Warning_(
                    key, f"{entry!r} is the name of an event here; write '{SET}{entry}' for the set of that name"
                )
