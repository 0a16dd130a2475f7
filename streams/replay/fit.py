"""How well events fit a model: what no signal reads, what no signal ever saw, numbers sent as texts, repeated events.

`Fit` watches events as they are decoded; `FitCounts` are its findings, mergeable across processes;
`streams.replay.fit_report` says what it means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec
from msgspec import UNSET

from scoring.event.event import Event
from scoring.model import schema
from scoring.model.schema.signals import Duration
from scoring.model.schema.sources import SOURCE
from scoring.plan.plan import Plan
from streams.replay.fit_values import PropertyValues, sent_properties

NAMES_MAX = 5_000
"""The number of topics and names of events that are distinguished, and of properties of one of them: the first ones."""
EXACT_EVENTS, SAMPLED = 1_000, 16
"""Of this many events of a name the properties are looked at; of later ones at each 16th, which counts for 16."""
IDS_MAX = 500_000
"""A repeated event is recognised while at most this many others came between."""
NOTHING, EVENTS, FULFILLED, FED = range(4)
"""What a watched thing has seen: nothing; events of a name that it takes; one that fulfils its `where`; one that has
the property that it reads."""
CLOSED_BY = ".closed_by"
"""The end of the key of a watch for what closes items."""
EventKey = tuple[str, str]
"""The topic and the name of an event."""
KeyT = TypeVar("KeyT")


class FitCounts(msgspec.Struct, kw_only=True):
    """The findings. Mutable: a commutative monoid, with `FitCounts()` as its zero.

    `names`, `properties` and `users` (events with a user) are by topic and name of events; `values` and
    `numbers_as_text` by property; `seen` is the greatest stage by watched thing. `accounts`, `unjudged`, `judged`
    (by component) and `standings` count accounts at the last instant; those in a standing are in no other count.
    """

    events: int = 0
    without_id: int = 0
    repeated: int = 0
    last_ms: int = -1
    names: dict[EventKey, int] = {}
    properties: dict[EventKey, dict[str, int]] = {}
    users: dict[EventKey, int] = {}
    values: dict[str, PropertyValues] = {}
    numbers_as_text: dict[str, int] = {}
    seen: dict[str, int] = {}
    accounts: int = 0
    unjudged: int = 0
    standings: dict[str, int] = {}
    judged: dict[str, int] = {}

    def merge(self, other: FitCounts) -> None:
        """Add the findings of another part: in other events and accounts."""
        self.events += other.events
        self.without_id += other.without_id
        self.repeated += other.repeated
        self.accounts += other.accounts
        self.unjudged += other.unjudged
        self.last_ms = max(self.last_ms, other.last_ms)
        _add(self.names, other.names)
        _add(self.users, other.users)
        _add(self.numbers_as_text, other.numbers_as_text)
        _add(self.judged, other.judged)
        _add(self.standings, other.standings)
        for key, properties in other.properties.items():
            _add(self.properties.setdefault(key, {}), properties)
        for name, values in other.values.items():
            self.values.setdefault(name, PropertyValues()).merge(values)
        for watched, stage in other.seen.items():
            self.seen[watched] = max(stage, self.seen.get(watched, NOTHING))

    def note_account(self, judged: Iterable[str], standing: str = "") -> None:
        """Count one account at the last instant: by its standing, or with the components that have evidence."""
        if standing:
            _add(self.standings, {standing: 1})
            return
        names = dict.fromkeys(judged, 1)
        self.accounts += 1
        self.unjudged += not names
        _add(self.judged, names)


class Fit:
    """Watches events for one plan. Mutable."""

    def __init__(self, plan: Plan, sampled: int = SAMPLED, *, knows_ids: bool = True) -> None:
        """`sampled` is `SAMPLED`, or 1 to look at the properties of every event. Unless it `knows_ids`, repeated events
        are not recognised, and count like others."""
        self.plan = plan
        self._sampled = sampled
        self._knows_ids = knows_ids
        self._watches = list(_watches(plan))
        self._kinds: dict[EventKey, _Kind] = {}
        self._ids: set[int] = set()
        self._older_ids: set[int] = set()
        self._repeated = self._without_id = 0
        self._last_ms = -1
        self._seen = {watch.key: NOTHING for watch in self._watches}
        self._texts: dict[str, int] = {}
        self._values: dict[str, PropertyValues] = {}

    def add(self, event: Event, value: bytes = b"") -> None:
        """Note an event, and the message or the line that it was decoded from. Cost: independent of the history."""
        if event.occurred_at_ms > self._last_ms:
            self._last_ms = event.occurred_at_ms
        if not event.event_id:
            self._without_id += 1
        elif self._knows_ids and self._is_repeated(hash((event.account_id, event.topic, event.name, event.event_id))):
            self._repeated += 1
            return
        kind = self._kinds.get((event.topic, event.name))
        if kind is None:
            kind = self._kind((event.topic, event.name))
        kind.events += 1
        if event.user_id:
            kind.with_user += 1
        for name, read in kind.numbers:
            if isinstance(read(event.properties), str):
                sent_as = self.plan.decoder.sent_as(name, event.properties)
                self._texts[sent_as] = self._texts.get(sent_as, 0) + 1
        if kind.watches:
            self._watch(kind, event)
        if value and (kind.events <= EXACT_EVENTS or not kind.events % self._sampled):
            kind.note_properties(value, 1 if kind.events <= EXACT_EVENTS else self._sampled, self._values)

    def result(self) -> FitCounts:
        """The findings so far."""
        return FitCounts(
            events=self._repeated + sum(kind.events for kind in self._kinds.values()),
            without_id=self._without_id,
            repeated=self._repeated,
            last_ms=self._last_ms,
            names={key: kind.events for key, kind in self._kinds.items()},
            properties={key: dict(kind.properties) for key, kind in self._kinds.items() if kind.properties},
            users={key: kind.with_user for key, kind in self._kinds.items() if kind.with_user},
            values={name: msgspec.structs.replace(each) for name, each in self._values.items()},
            numbers_as_text=dict(self._texts),
            seen=dict(self._seen),
        )

    def _kind(self, key: EventKey) -> _Kind:
        if len(self._kinds) >= NAMES_MAX:
            key = (key[0], "")
            if key in self._kinds:
                return self._kinds[key]
        watches = [watch for watch in self._watches if watch.takes(*key)]
        read = {watch.property for watch in watches if watch.type == "number"}
        numbers = [(name, self.plan.decoder.reader(name)) for name in sorted(read)]
        kind = self._kinds[key] = _Kind(watches, numbers)
        return kind

    def _watch(self, kind: _Kind, event: Event) -> None:
        """Note what the watched things see in an event; forget those that have seen all that they need."""
        seen, is_stale = self._seen, False
        for watch in kind.watches:
            if seen[watch.key] < FED and (stage := watch.stage(event)) > seen[watch.key]:
                seen[watch.key] = stage
            is_stale = is_stale or seen[watch.key] == FED
        if is_stale:
            kind.watches = [watch for watch in kind.watches if seen[watch.key] < FED]

    def _is_repeated(self, key: int) -> bool:
        if key in self._ids or key in self._older_ids:
            return True
        if len(self._ids) >= IDS_MAX:
            self._older_ids, self._ids = self._ids, set()
        self._ids.add(key)
        return False


class _Kind:
    """The events of one topic and name."""

    __slots__ = ("events", "numbers", "properties", "watches", "with_user")

    def __init__(self, watches: list[_Watch], numbers: list[tuple[str, Callable[[object], object]]]) -> None:
        self.events = self.with_user = 0
        self.properties: dict[str, int] = {}
        self.watches = watches
        """Those that have not seen all that they need."""
        self.numbers = numbers
        """The properties that are read as numbers, with their readers."""

    def note_properties(self, value: bytes, times: int, values: dict[str, PropertyValues]) -> None:
        found = self.properties
        for name, raw in sent_properties(value):
            if name in found or len(found) < NAMES_MAX:
                found[name] = found.get(name, 0) + times
                if name in values or len(values) < NAMES_MAX:
                    values.setdefault(name, PropertyValues()).note(raw, times)


class _Watch:
    """What a signal, or a part of one, waits for."""

    __slots__ = ("key", "property", "read", "takes", "test", "type")

    def __init__(
        self, plan: Plan, key: str, takes: Callable[[str, str], bool], where: tuple[schema.Where, ...]
    ) -> None:
        self.key = key
        self.takes = takes
        self.test = plan.extractors.test(where)
        self.property = ""
        self.type = ""
        """The type of the property: "number", "text", "length", or "" for any."""
        self.read: Callable[[object], object] | None = None

    def stage(self, event: Event) -> int:
        """How far an event that it takes gets."""
        if self.test is not None and not self.test(event):
            return EVENTS
        if self.read is None:
            return FED
        found = self.read(event.properties)
        match self.type:
            case "number":
                is_usable = isinstance(found, int | float) and not isinstance(found, bool)
            case "text":
                is_usable = isinstance(found, str)
            case "length":
                is_usable = isinstance(found, list)
            case _:
                is_usable = found is not UNSET and found is not None
        return FED if is_usable else FULFILLED


def _watches(plan: Plan) -> Iterator[_Watch]:
    """One watch for each signal that takes events, each step of milestones, all that closes items, and each source."""
    for name, source in plan.model.sources.items():
        yield _Watch(plan, f"{SOURCE}{name}", source.takes, source.wheres())
    for name, signal in plan.model.signals.items():
        if isinstance(signal, schema.Reached):
            for step in signal.steps:
                yield _Watch(plan, f"{name}.{step.name}", step.takes, step.where)
        if not isinstance(signal, schema.Filtered):
            continue
        watch = _Watch(plan, name, signal.takes, signal.where)
        watch.property, watch.type = read_by(signal)
        watch.read = plan.decoder.reader(watch.property) if watch.property else None
        yield watch
        if isinstance(signal, schema.Open | Duration):
            yield _Watch(plan, f"{name}{CLOSED_BY}", signal.ends, ())


def read_by(signal: schema.Filtered) -> tuple[str, str]:
    """The property without which an event says nothing to a signal, "" for none, and its type."""
    match signal:
        case schema.Sum() | schema.Mean():
            return signal.property, "number"
        case schema.Last():
            return signal.property, signal.type
        case schema.Open() | Duration():
            return signal.item, ""
        case schema.Distinct() if signal.of not in ("user", "event", "day"):
            return signal.of, ""
        case _:
            return "", ""


def _add(to: dict[KeyT, int], counts: Mapping[KeyT, int]) -> None:
    for key, count in counts.items():
        to[key] = to.get(key, 0) + count
