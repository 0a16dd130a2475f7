"""The filter of a signal: topics, names and conditions on properties."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Self

import msgspec

from scoring.event.topics import INPUT_TOPICS
from scoring.model.event_names import an_example, literal, names
from scoring.model.rule_checks import ModelRuleError, check_not_empty, numbered, suggestion
from scoring.model.schema.rules import Where, where_text
from scoring.model.schema.signals.base import Renaming, SignalBase, SignalContext


class Filtered(SignalBase, frozen=True, kw_only=True):
    """Which events feed a signal: of these topics, with one of these names (any, when empty), and not excluded;
    and events with a name in `also`, whatever their topic. Of those, the ones for which all of `where` hold.

    Here and in all that follows, a list of names takes what `scoring.model.event_names` says."""

    LISTS: ClassVar[tuple[str, ...]] = ("events", "exclude", "also")

    topics: tuple[str, ...]
    events: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    where: tuple[Where, ...] = ()

    def takes(self, topic: str, name: str) -> bool:
        """Whether an event called `name` on `topic` feeds the signal, apart from its properties."""
        if self.also and name in names(self.also):
            return True
        if topic not in self.topics or (self.events and name not in names(self.events)):
            return False
        return not self.exclude or name not in names(self.exclude)

    def check(self, model: SignalContext, key: str) -> None:
        check_topics(key, self.topics)
        if self.events:
            words = "it takes no event at all; name an event, or list the others in exclude"
            check_takes_something(f"{key}.events", self.events, words)
        if both := sorted(name for name in literal(self.events) if name in names(self.exclude)):
            raise ModelRuleError(
                f"{key}.exclude", f"{both[0]!r} is in events and in exclude; remove it from one of them"
            )
        for each_key, where in numbered(f"{key}.where", self.where):
            where.check(each_key)

    def properties(self) -> Iterable[str]:
        return [where.property for where in self.where]

    def with_properties(self, renamed: Renaming) -> Self:
        where = with_properties(self.where, renamed)
        signal = super().with_properties(renamed)
        return signal if where == self.where else msgspec.structs.replace(signal, where=where)

    def ends_by(self, ending: tuple[str, ...], topic: str, name: str) -> bool:
        """Whether a list of names that end something has this event, of the same topics, or any when in `also`."""
        return bool(ending) and name in names(ending) and (topic in self.topics or name in names(self.also))

    def filter_key(self) -> tuple[frozenset[object], ...]:
        """The identity of the filter, independent of the order of its lists."""
        return tuple(map(frozenset, (self.topics, self.events, self.exclude, self.also, self.where)))

    def source_text(self) -> str:
        """
        >>> Filtered(topics=("analytics",), exclude=("$exception",)).source_text()
        'analytics but $exception'
        """
        text = ", ".join(self.topics)
        if self.events:
            text += ": " + ", ".join(self.events)
        if self.exclude:
            text += " but " + ", ".join(self.exclude)
        if also := [name for name in self.also if name not in self.events]:
            text += "; anywhere " + ", ".join(also)
        return text + where_text(self.where)


def with_properties(where: tuple[Where, ...], renamed: Renaming, key: str = "where") -> tuple[Where, ...]:
    """Conditions with other names of properties; `key` is theirs inside the table."""
    return tuple(
        msgspec.structs.replace(each, property=renamed(f"{each_key}.property", each.property))
        for each_key, each in numbered(key, where)
    )


def check_topics(key: str, topics: tuple[str, ...]) -> None:
    """Reject an empty list of topics, and unknown topics."""
    check_not_empty(f"{key}.topics", topics, f"name at least one of {', '.join(INPUT_TOPICS)}")
    for topic in topics:
        if topic not in INPUT_TOPICS:
            words = f"no topic is called {topic!r}{suggestion(topic, INPUT_TOPICS)}"
            raise ModelRuleError(f"{key}.topics", f"{words} Take from {', '.join(INPUT_TOPICS)}")


def check_takes_something(key: str, entries: tuple[str, ...], words: str) -> None:
    """Reject a list of names that is empty, or excludes all that it takes."""
    check_not_empty(key, an_example(entries), words)


def check_opens_and_closes(key: str, signal: Filtered, closed_by: tuple[str, ...]) -> None:
    """Reject a `closed_by` that takes nothing, or has a name that also opens."""
    words = "name at least one event that closes, like 'ticket_resolved'"
    check_takes_something(f"{key}.closed_by", closed_by, words)
    if both := names_in_both(signal, closed_by):
        words = f"{both[0]!r} is in events, too, but can only close; remove it from one"
        raise ModelRuleError(f"{key}.closed_by", words)


def names_in_both(signal: Filtered, ending: tuple[str, ...]) -> list[str]:
    """The names in `events` of a signal that a list of names that end something takes as well."""
    return sorted(name for name in literal(signal.events) if name in names(ending))
