"""What moved a score, in words: from a movement's facts and the labels of the model. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dashboard.queries.account.kept import Kept
from dashboard.queries.phrases import delta, number
from scoring.explain.cause import cause_text
from scoring.instants import SECOND_MS, parse_instant
from scoring.model import schema
from scoring.model.references import signals_of
from scoring.plan.facts import Facts
from scoring.plan.plan import Plan
from scoring.plan.signals.base import Signal
from scoring.plurals import counted
from streams.read_model.account_values import FactChange, Movement

FACTS_SHOWN = 2
PARTS_SHOWN = 3


def words_of(movement: Movement, kept: Kept, plan: Plan | None) -> str:
    """One sentence without a full stop: by the transition of that moment, else by the facts that changed."""
    if movement.count > 1:
        return f"{movement.count} smaller changes: {_folded(movement.kind)}"
    if movement.kind == "model":
        return f"Model {movement.model.replace('@', ' v') or 'changed'} judges since then"
    if (cause := tier_cause(movement, kept, plan)) is not None and cause.words:
        return cause.words
    if movement.kind == "override":
        return _by_hand(movement, kept)
    said = _facts(movement, plan)
    if movement.kind == "norm":
        return "The cohort norm moved" + (f": {said}" if said else "")
    if movement.kind == "expiry":
        return said or "Time passed"
    late = "Late news" if movement.kind == "late" else "News"
    return said or f"{late} on {' and '.join(movement.topics) or 'an input'}"


def detail_of(movement: Movement, plan: Plan | None) -> str:
    """The points by component: «Trend −3.1, Usage −1.1»."""
    labels = {} if plan is None else {each.name: each.label for each in plan.primary.components}
    parts = [(labels.get(name, name or "other parts"), points) for name, points in movement.parts]
    return ", ".join(f"{label} {delta(points)}" for label, points in parts[:PARTS_SHOWN] if abs(points) >= 0.05)


class TierCause(NamedTuple):
    """Why a tier changed, as it was kept at that moment. The event's fields are "" for what no event caused."""

    words: str
    topic: str
    event: str
    event_id: str


def tier_cause(movement: Movement, kept: Kept, plan: Plan | None) -> TierCause | None:
    """The cause of the change of tier that a movement is; None when it is none, or its cause is not kept."""
    if movement.from_tier == movement.to_tier:
        return None
    wanted = (movement.from_tier, movement.to_tier, movement.at_ms // SECOND_MS)
    for each in kept.transitions:
        if (each.from_tier, each.to_tier, each.as_of_ms // SECOND_MS) == wanted:
            return TierCause(each.cause.words, each.cause.topic, each.cause.event, each.cause.event_id)
    last = kept.answer.last_transition
    if last is None or plan is None or (last.model, last.model_version) != (plan.model.name, plan.model.version):
        return None
    if (last.from_tier, last.to_tier, parse_instant(last.at) // SECOND_MS) != wanted:
        return None
    return TierCause(cause_text(plan, last.cause), last.cause.topic, last.cause.event, last.cause.event_id)


def _folded(kind: str) -> str:
    return {
        "event": "what arrived",
        "late": "what arrived late",
        "expiry": "what left its windows",
        "norm": "the cohort norm",
        "model": "the model",
        "override": "scores that were set",
    }[kind]


def _by_hand(movement: Movement, kept: Kept) -> str:
    held = kept.answer.override
    if held is not None and held.set_ms <= movement.at_ms and held.score == movement.after:
        return f"{held.author} set the score to {held.score:g}: {held.reason}"
    return "A score that was set by hand began or ended"


def _facts(movement: Movement, plan: Plan | None) -> str:
    """The facts behind the component that moved most; other ones, where none of its facts says anything."""
    changed = {each.signal: each for each in movement.facts if each.before != each.after}
    if plan is None:
        return "; ".join(_plain(each, each.signal) for each in list(changed.values())[:FACTS_SHOWN])
    components = [name for name, _ in movement.parts if name in plan.model.components]
    judged = [name for component in components for name in signals_of(plan.model, component)]
    return _said(judged, changed, movement, plan) or _said(plan.model.signals, changed, movement, plan)


def _said(names: Iterable[str], changed: Mapping[str, FactChange], movement: Movement, plan: Plan) -> str:
    news = [name for name in dict.fromkeys(names) if name in changed and _is_news(name, movement, plan)]
    facts = dict.fromkeys(_fact(changed[name], plan, movement.kind) for name in news)
    return "; ".join([each for each in facts if each][:FACTS_SHOWN])


def _is_news(name: str, movement: Movement, plan: Plan) -> bool:
    """Whether a signal says what happened: for an event, one that its topic feeds; never what follows from others."""
    signal = plan.model.signals.get(name)
    if signal is None or signal.operands() or isinstance(signal, schema.Age):
        return False
    topics = getattr(signal, "topics", ())
    return movement.kind not in ("event", "late") or not set(movement.topics).isdisjoint(topics)


def _fact(change: FactChange, plan: Plan, kind: str) -> str:
    """One fact; "" for the other side of a window, which the events that left come into."""
    name, label = change.signal, _label(plan, change.signal)
    if kind == "expiry" and name in plan.spans:
        moved = _difference(change)
        return f"{counted(-moved, label)} left the {plan.spans[name]} window" if moved < 0 else ""
    compiled = plan.primary.signals[name]
    if type(compiled).detail is Signal.detail and change.after is not None:
        return compiled.text(Facts({name: change.after}, {}, {}, 0))
    return _plain(change, f"days since earlier {label}" if compiled.is_silence else label)


def _difference(change: FactChange) -> float:
    if isinstance(change.before, int | float) and isinstance(change.after, int | float):
        return change.after - change.before
    return 0.0


def _label(plan: Plan, signal: str) -> str:
    compiled = plan.primary.signals.get(signal)
    return signal if compiled is None else compiled.label


def _plain(change: FactChange, label: str) -> str:
    return f"{label} {_value(change.before)} ▸ {_value(change.after)}"


def _value(value: float | str | None) -> str:
    if value is None:
        return "none"
    if isinstance(value, str):
        return value
    return number(value, 0 if value == round(value) else 1)
