"""The activity of one account while it is folded, and its bytes. Pure.

Most of it is commutative: counts by week, the latest trait by the event's time, the newest notable events. So events
of four topics give the same activity in any order. Only the choice among more than `USE_MAX` names depends on it.
"""

from __future__ import annotations

from scoring.event.topics import INPUT_TOPICS
from streams.activity.kept import FeatureCount, NotableEvent, TraitSaid, week_of
from streams.activity.packing import Parts, pack, unpack, without_old_ids
from streams.activity.traits import KNOWN, TraitValue
from streams.read_model.account_values import (
    FEATURE_WEEKS,
    FEATURES_MAX,
    NOTABLE_MAX,
    TRAITS_MAX,
    Activity,
    Feature,
    Notable,
    Trait,
)

USE_MAX = FEATURES_MAX
OTHER_MAX = 24
"""Names that are no use of the product: payments, tickets, milestones."""
ERRORS_MAX = 8
NEWCOMERS = 8
"""Of more names than are kept, these were used last; the others are those used most."""
MINOR_MAX = 10


class AccountActivity:
    """One account's activity. Mutable; the fold owns it."""

    __slots__ = ("features", "notable", "traits")

    def __init__(self, body: bytes | None = None) -> None:
        """From its bytes, or a new one. Raises as `unpack`."""
        parts = Parts([], [], []) if body is None else unpack(body)
        self.features = {(each.topic, each.kind, each.name): each for each in parts.features}
        self.traits = {each.name: each for each in parts.traits}
        self.notable = {_key(each): each for each in parts.notable}

    def to_bytes(self) -> bytes:
        """The bytes of it."""
        return pack(Parts(list(self.features.values()), list(self.traits.values()), list(self.notable.values())))

    def count(self, topic: int, kind: int, name: str, at_ms: int) -> bool:
        """Count an event of this name. True when it is the earliest of this name that was ever counted."""
        found = self.features.get((topic, kind, name))
        week = week_of(at_ms)
        if found is not None:
            is_first = at_ms < found.first_ms
            found.add(at_ms, week)
            return is_first
        self.features[topic, kind, name] = FeatureCount(topic, name, kind, at_ms, at_ms, 1, week, [1])
        self._trim_features(kind)
        return True

    def say(self, name: str, value: TraitValue, at_ms: int) -> None:
        """Take a trait, unless a newer one is known. Of two of one instant the greater counts, whatever the order."""
        before = self.traits.get(name)
        if before is not None and (before.at_ms, str(before.value)) >= (at_ms, str(value)):
            return
        self.traits[name] = TraitSaid(name, value, at_ms)
        if len(self.traits) > TRAITS_MAX:
            others = [each for each in self.traits.values() if each.name not in KNOWN]
            del self.traits[min(others, key=lambda each: (each.at_ms, each.name)).name]

    def note(self, event: NotableEvent) -> None:
        """Keep a notable event; one with the same id, or that says the same, is the same event."""
        key = _key(event)
        if event.event_id and (event.topic, event.event, event.at_ms, event.detail) in self.notable:
            return  # it came long ago, and its id is not kept any more
        if (before := self.notable.get(key)) is not None and before <= event:
            return
        self.notable[key] = event
        if event.is_minor:
            self._trim_notable([each for each in self.notable.values() if each.is_minor], MINOR_MAX)
        self._trim_notable(list(self.notable.values()), NOTABLE_MAX)

    def note_first(self, event: NotableEvent) -> None:
        """Keep the first event of its kind, which its `event` names: a later one makes room for it."""
        for key, each in list(self.notable.items()):
            if (each.topic, each.event) == (event.topic, event.event):
                del self.notable[key]
        self.note(event)

    def activity(self) -> Activity:
        """It, as a value."""
        features = sorted(self.features.values(), key=lambda each: (each.kind, -sum(each.weeks), each.name))
        return Activity(
            features=tuple(map(_feature, features)),
            traits=tuple(Trait(name=each.name, value=each.value, at_ms=each.at_ms) for each in self.traits.values()),
            notable=tuple(map(_notable, without_old_ids(self.notable.values()))),
        )

    def _trim_features(self, kind: int) -> None:
        limit = (USE_MAX, OTHER_MAX, ERRORS_MAX)[kind]
        of_kind = [each for each in self.features.values() if each.kind == kind]
        if len(of_kind) <= limit:
            return
        newest_week = max(each.week for each in of_kind)

        def used(each: FeatureCount) -> tuple[int, int, str]:
            outside = newest_week - each.week
            return (
                sum(each.weeks[outside - FEATURE_WEEKS :]) if outside < FEATURE_WEEKS else 0,
                each.last_ms,
                each.name,
            )

        by_use = sorted(of_kind, key=used, reverse=True)
        least = by_use[limit - min(NEWCOMERS, limit // 2) :]
        gone = min(least, key=lambda each: (each.last_ms, each.name))
        del self.features[gone.topic, gone.kind, gone.name]

    def _trim_notable(self, events: list[NotableEvent], limit: int) -> None:
        if len(events) > limit:
            del self.notable[_key(min(events))]


def _key(event: NotableEvent) -> tuple[object, ...]:
    """What two messages of one event have in common. Without an id, all that it says."""
    if event.event_id:
        return (event.topic, event.event, event.event_id)
    return (event.topic, event.event, event.at_ms, event.detail)


def _feature(count: FeatureCount) -> Feature:
    weeks = min(FEATURE_WEEKS, count.week - week_of(count.first_ms) + 1)
    return Feature(
        name=count.name,
        topic=INPUT_TOPICS[count.topic],
        first_ms=count.first_ms,
        last_ms=count.last_ms,
        total=count.total,
        week=count.week,
        weeks=(*(0 for _ in range(weeks - len(count.weeks))), *count.weeks[-weeks:]),
        is_use=count.kind == 0,
    )


def _notable(event: NotableEvent) -> Notable:
    return Notable(
        at_ms=event.at_ms,
        topic=INPUT_TOPICS[event.topic],
        event=event.event,
        event_id=event.event_id,
        detail=event.detail,
    )
