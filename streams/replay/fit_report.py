"""What a fit says to people: which signals stay empty and why, which events and properties no signal reads and what
would read them, and for how many accounts each component has evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from scoring.event.synonyms import MARK, names_of
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import rfc3339
from scoring.model import event_sets, schema
from scoring.model.event_names import SET, names
from scoring.model.model import Model
from scoring.model.references import named_properties
from scoring.model.schema.sources import SOURCE
from scoring.plan.plan import Plan
from streams.replay.drafts.guesses import is_a_number
from streams.replay.fit import FED, NOTHING, EventKey, FitCounts, read_by
from streams.replay.fit_unfed import Unfed, synonyms_with, takes, unfed_of

_GREAT_SETS = (event_sets.MACHINE, "tickets", "billing")
NAMED_MAX = 10
"""The number of names and properties that are named; more are counted."""


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """Events of a name, or a property of events, that no signal reads. `topic` is "" for a property, `advice` what
    would read it, "" when nothing is known."""

    topic: str = ""
    name: str
    events: int
    advice: str = ""


class ComponentCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """A component of the model, and how many accounts have evidence for it. `counts` unless it has no weight itself."""

    name: str
    label: str
    accounts: int
    counts: bool


class FitReport(msgspec.Struct, frozen=True, kw_only=True):
    """How well events fit a model.

    `unread_events` and `unread_properties` are the most frequent ones, those with an advice first; `more_…` counts
    the rest. `odd_use` are events that count as use, but that a shipped set of tickets or of billing has.
    `machine_events` counts the events that signals exclude, `numbers_as_text` events by property. Accounts are judged
    at `as_of`; those of `unjudged` have no evidence for any component. Accounts in `standings` are in no other count.
    """

    model: str
    version: int
    events: int
    without_id: int
    repeated: int
    unfed: tuple[Unfed, ...]
    unread_events: tuple[Unread, ...]
    more_unread_events: int
    unread_properties: tuple[Unread, ...]
    more_unread_properties: int
    odd_use: tuple[Unread, ...]
    machine_events: int
    numbers_as_text: dict[str, int]
    empty_topics: tuple[str, ...]
    empty_sources: tuple[str, ...]
    as_of: str
    accounts: int
    unjudged: int
    standings: dict[str, int]
    components: tuple[ComponentCoverage, ...]


def report_of(plan: Plan, counts: FitCounts) -> FitReport:
    """The report on the findings in events under the plan's model."""
    model = plan.model
    unread = [key for key in counts.names if not _is_read(plan, key, counts.properties.get(key, {}))]
    excluded = [key for key in unread if _is_excluded(plan, key)]
    events = _unread_events(plan, counts, [key for key in unread if key not in excluded])
    properties = _unread_properties(plan, counts)
    return FitReport(
        model=model.name,
        version=model.version,
        events=counts.events,
        without_id=counts.without_id,
        repeated=counts.repeated,
        unfed=tuple(unfed_of(plan, counts)),
        unread_events=tuple(events[:NAMED_MAX]),
        more_unread_events=len(events[NAMED_MAX:]),
        unread_properties=tuple(properties[:NAMED_MAX]),
        more_unread_properties=len(properties[NAMED_MAX:]),
        odd_use=tuple(_odd_use(plan, counts)[:NAMED_MAX]),
        machine_events=sum(counts.names[key] for key in excluded),
        numbers_as_text=dict(_by_count(_numbers_as_text(counts))),
        empty_topics=tuple(topic for topic in INPUT_TOPICS if not any(key[0] == topic for key in counts.names)),
        empty_sources=tuple(
            each.label or name
            for name, each in model.sources.items()
            if counts.seen.get(f"{SOURCE}{name}", NOTHING) < FED
        ),
        as_of=rfc3339(counts.last_ms) if counts.accounts or counts.standings else "",
        accounts=counts.accounts,
        unjudged=counts.unjudged,
        standings=dict(_by_count(counts.standings)),
        components=tuple(
            ComponentCoverage(
                name=name,
                label=each.label or name,
                accounts=counts.judged.get(name, 0),
                counts=any(weights.get(name) for weights in _weights(model)),
            )
            for name, each in model.components.items()
        ),
    )


def _weights(model: Model) -> list[Mapping[str, float]]:
    """The weights of components: the model's own, and those of each profile."""
    own = {name: each.weight for name, each in model.components.items()}
    return [own, *(profile.weights for profile in model.profiles.values())]


def use_of(plan: Plan, counts: FitCounts) -> list[tuple[EventKey, int]]:
    """The events that count as use, by topic and name, the most frequent first."""
    use = [
        each
        for each in _filtered(plan)
        if each.COUNTS_USE and not each.events and not each.where and "analytics" in each.topics
    ]
    found = [(key, events) for key, events in counts.names.items() if any(each.takes(*key) for each in use)]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def sets_with(name: str) -> list[str]:
    """The shipped sets that have an event of this name, the small ones."""
    sets = event_sets.EventSets({})
    return [each for each in event_sets.shipped() if each not in _GREAT_SETS and name in names(sets.entries(each))]


# --- events and properties


def _is_read(plan: Plan, key: EventKey, properties: Mapping[str, int]) -> bool:
    """Whether an event of this topic and name, some of which have these properties, says anything to a signal."""
    return any(
        takes(signal, key)
        and (signal.ends(*key) or not (sought := _sought(signal)) or any(name in properties for name in sought))
        for signal in plan.model.signals.values()
    )


def _sought(signal: schema.Signal) -> tuple[str, ...]:
    """The properties without all of which an event says nothing to the signal."""
    name, _ = read_by(signal) if isinstance(signal, schema.Filtered) else ("", "")
    return names_of(name) if name else ()


def _is_excluded(plan: Plan, key: EventKey) -> bool:
    topic, name = key
    return any(topic in each.topics and name in names(each.exclude) for each in _filtered(plan) if each.exclude)


def _filtered(plan: Plan) -> Iterator[schema.Filtered]:
    return (signal for signal in plan.model.signals.values() if isinstance(signal, schema.Filtered))


def _unread_events(plan: Plan, counts: FitCounts, keys: Iterable[EventKey]) -> list[Unread]:
    found = [
        Unread(
            topic=topic,
            name=name or "(further names)",
            events=counts.names[topic, name],
            advice=_event_advice(plan, topic, name),
        )
        for topic, name in keys
    ]
    return sorted(found, key=lambda each: (not each.advice, -each.events, each.topic, each.name))


def _event_advice(plan: Plan, topic: str, name: str) -> str:
    named = [each for each in _filtered(plan) if each.events and name in names(each.events)]
    elsewhere = [other for other in INPUT_TOPICS if any(other in each.topics for each in named)]
    if elsewhere and topic not in elsewhere:
        return f"it is read on {', '.join(elsewhere)}"
    return next((f"{SET}{each} has it" for each in sets_with(name)), "")


def _odd_use(plan: Plan, counts: FitCounts) -> list[Unread]:
    sets = event_sets.EventSets({})
    odd = {name: names(sets.entries(name)) for name in _GREAT_SETS if name != event_sets.MACHINE}
    found = [
        Unread(topic=topic, name=name, events=events, advice=f"{SET}{each}")
        for (topic, name), events in use_of(plan, counts)
        for each, taken in odd.items()
        if topic == "analytics" and name in taken
    ]
    return sorted(found, key=lambda each: (-each.events, each.name))


def _unread_properties(plan: Plan, counts: FitCounts) -> list[Unread]:
    """By property: in how many events no signal reads it."""
    unread: dict[str, int] = {}
    for key, properties in counts.properties.items():
        reading = [signal for signal in plan.model.signals.values() if takes(signal, key)]
        read = {name for signal in reading for each in signal.properties() for name in names_of(each)}
        for name, events in properties.items():
            if name not in read:
                unread[name] = unread.get(name, 0) + events
    known = named_properties(plan.model)
    found = [Unread(name=name, events=events, advice=_property_advice(name, known)) for name, events in unread.items()]
    return sorted(found, key=lambda each: (not each.advice, -each.events, each.name))


def _property_advice(name: str, known: Iterable[str]) -> str:
    if name in known:
        return "signals read it from other events"
    return next((f"{MARK}{each} has it" for each in synonyms_with(name)), "")


def _numbers_as_text(counts: FitCounts) -> dict[str, int]:
    """Numbers sent as texts, by property: those that signals read, and those with names of numbers."""
    found = {name: each.numbers_as_text for name, each in counts.values.items() if is_a_number(name)}
    for name, events in counts.numbers_as_text.items():
        found[name] = max(events, found.get(name, 0))
    return {name: events for name, events in found.items() if events}


def _by_count(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))
