"""What stands still while a feed is down: judgements that an outage has frozen, and which of a model's they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from scoring.model import schema
from scoring.model.model import Model


class Frozen(msgspec.Struct, frozen=True, array_like=True):
    """What of an account does not follow its state: by component, the judgement (0-100, None without one) and the
    evidence (0-1) that stand; by floor or flag, whether it holds."""

    judgements: dict[str, tuple[float | None, float]]
    rules: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self.judgements or self.rules)


class Readers(msgspec.Struct, frozen=True):
    """The components, floors and flags of a model that look at some feeds, by name."""

    components: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()


def readers_of(model: Model, sources: Collection[str], topics: Collection[str]) -> Readers:
    """What looks at these sources (names of the model's) and input topics.

    A component does when its `source` is one of them, or takes events of one of the topics, or when one of its signals
    does. A blend does not because its parts do: it follows them.
    """
    stopped = {name for name, source in model.sources.items() if not set(topics).isdisjoint(source.topics)}
    stopped |= set(sources) & model.sources.keys()
    components = {
        name
        for name, each in model.components.items()
        if each.source in stopped or _reads(model, each.signal_names(), topics)
    }
    rules = {
        name
        for table in (model.floors, model.flags)
        for name, rule in table.items()
        if _reads(model, [condition.signal for condition in rule.when], topics)
    }
    return Readers(frozenset(components), frozenset(rules))


def _reads(model: Model, signals: Iterable[str], topics: Collection[str]) -> bool:
    """Whether one of these signals, or one that it is made of, takes events of one of the topics."""
    for name in signals:
        signal = model.signals[name]
        if not set(topics).isdisjoint(_topics_of(signal)) or _reads(model, signal.operands(), topics):
            return True
    return False


def _topics_of(signal: schema.Signal) -> Iterable[str]:
    if isinstance(signal, schema.Filtered):
        return signal.topics
    if isinstance(signal, schema.Reached):
        return [topic for step in signal.steps for topic in step.topics]
    return ()
