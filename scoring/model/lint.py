"""`warnings`: likely mistakes in a valid model. Each check proves its warning from the model."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator
from math import inf

from scoring.model import lint_events, schema
from scoring.model.checks.regions import implies, together
from scoring.model.interpolation import along
from scoring.model.lint_events import Warning_ as Warning_
from scoring.model.model import Model
from scoring.model.references import judged_signals
from scoring.model.schema.ranges import Bounds
from scoring.model.score_bounds import score_bounds

SHOWN = ("mrr", "plan")
"""Signals that are shown beside the score by their name, used by a component or not."""
FILTER = ("topics", "events", "exclude", "also", "where")
_ROUNDING = 1e-9


def warnings(model: Model, used: Collection[str] = ()) -> tuple[Warning_, ...]:
    """Likely mistakes in `model`, in the order of its file. Alert rules look at the signals `used`.

    No warning is a guess: each is proved from the model alone, for every account and all future events.
    """
    found = (
        _emphasis(model),
        _tiers(model),
        lint_events.warnings(model),
        _dead_signals(model, used),
        _components(model),
        _trends(model),
        _sources(model),
        _usuals(model),
        _profiles(model),
        _floors(model),
    )
    return tuple(itertools.chain.from_iterable(found))


def _emphasis(model: Model) -> Iterator[Warning_]:
    """Proves that a better judgement of one component can lower the score: beyond an emphasis of 2, a judgement near
    100 gives up more weight than it gains. A mean s falls as one nears 100 while s < 100 (e - 2) / (e - 1)."""
    emphasis = model.header.emphasis
    if emphasis > 2 and len([each for each in model.components.values() if each.weight > 0]) > 1:
        below = 100 * (emphasis - 2) / (emphasis - 1)
        words = f"while a score is below {below:.3g}, a judgement that rises to 100 lowers it"
        yield Warning_("model.emphasis", f"{words}; write 2 or less, so that better is never worse")


def _tiers(model: Model) -> Iterator[Warning_]:
    """Proves that no score is in the tier, from the bounds of components, the weights of each profile, and the floors.

    Ignores rounding. A tier without a warning may still be out of reach, when components are never good, or bad, at the
    same time.
    """
    bounds = score_bounds(model)
    uppers = [*(tier.lower for tier in model.tiers[1:]), inf]
    for tier, upper in zip(model.tiers, uppers, strict=True):
        if not any(each.upper > tier.lower - _ROUNDING and each.lower < upper - _ROUNDING for each in bounds):
            words = f"no account can ever be in it, because scores are from {_spans(bounds)}"
            yield Warning_(f"tiers.{tier.name}", f"{words}; move its bound, or widen what components can make")


def _spans(bounds: Iterable[Bounds]) -> str:
    """«0 to 40 or from 60 to 100»"""
    spans: list[Bounds] = []
    for each in sorted(bounds, key=lambda each: each.lower):
        if spans and each.lower <= spans[-1].upper:
            spans[-1] = Bounds(spans[-1].lower, max(spans[-1].upper, each.upper))
        else:
            spans.append(each)
    return " or from ".join(f"{each.lower:.4g} to {each.upper:.4g}" for each in spans)


def _dead_signals(model: Model, used: Collection[str]) -> Iterator[Warning_]:
    """Proves that nothing uses the signal, directly or in a difference: it is kept, but only shown among the facts."""
    shown = {name for name in (*SHOWN, *used) if name in model.signals}
    known = judged_signals(model) | shown | {each for name in shown for each in model.signals[name].operands()}
    for name in model.signals:
        if name not in known:
            words = "no component, profile, floor, flag, sign or alert rule uses it, so it is only shown"
            yield Warning_(f"signals.{name}", f"{words}; use it, or leave it out")


def _components(model: Model) -> Iterator[Warning_]:
    """Proves that the component never counts: its weight is 0, here, in all profiles, and in all blends that count."""
    counted = {name for name, component in model.components.items() if component.weight > 0}
    for profile in model.profiles.values():
        counted.update(name for name, weight in profile.weights.items() if weight > 0)
    waiting = list(counted)
    while waiting:
        parts = model.components[waiting.pop()].part_weights()
        fresh = {name for name, weight in parts.items() if weight > 0} - counted
        counted |= fresh
        waiting += fresh
    for name in model.components:
        if name not in counted:
            words = "it never counts: weight 0, and in no blend and no profile that does; give it a weight"
            yield Warning_(f"components.{name}", f"{words}, or leave it out")


def _trends(model: Model) -> Iterator[Warning_]:
    """Proves that the two windows hold different things, or are the same window."""
    for name, component in model.components.items():
        if windows := component.trend_windows():
            signal, prior = (model.signals[each] for each in windows)
            key = f"components.{name}.prior"
            if signal == prior:
                yield Warning_(key, "it is compared with itself, so the trend is always flat; add prior = true to one")
            elif unlike := _unlike(signal, prior):
                words = f"{windows[0]!r} and {windows[1]!r} differ in {', '.join(unlike)}"
                yield Warning_(key, f"{words}, so their change says nothing about the account; make them alike")


def _usuals(model: Model) -> Iterator[Warning_]:
    """Proves that the signal and its usual are of different events, windows or numbers of days."""
    for name, component in model.components.items():
        if not isinstance(component, schema.VsUsual):
            continue
        signal, usual = model.signals[component.signal], model.signals[component.usual]
        if isinstance(usual, schema.Expected):
            usual = model.signals[usual.usual]
        unlike: list[str] = []
        if isinstance(usual, schema.Usual) and signal.IS_WINDOW:
            unlike = _differing(signal, usual, (*FILTER, "window", "of"))
        elif isinstance(usual, schema.UsualGap) and isinstance(signal, schema.SinceLast):
            unlike = _differing(signal, usual, (*FILTER, "nth"))
        if unlike:
            words = f"{component.signal!r} and its usual differ in {', '.join(unlike)}"
            yield Warning_(f"components.{name}.usual", f"{words}, so they cannot be compared; make them alike")


def _unlike(signal: schema.Signal, prior: schema.Signal) -> list[str]:
    """The keys in which two windows differ, other than their place in time; empty when one is not a window."""
    if not signal.IS_WINDOW or not prior.IS_WINDOW:
        return []
    return _differing(signal, prior, ("window", *FILTER, "property", "of"))


def _differing(signal: schema.Signal, other: schema.Signal, fields: Iterable[str]) -> list[str]:
    return [field for field in fields if _comparable(signal, field) != _comparable(other, field)]


def _comparable(signal: schema.Signal, field: str) -> object:
    value = getattr(signal, field, None)
    if field == "of":
        counts_days = isinstance(signal, schema.Days) or value in ("day", "days")
        return "days" if counts_days else None if value == "events" else value
    return frozenset(value) if isinstance(value, tuple) else value


def _sources(model: Model) -> Iterator[Warning_]:
    """Proves that, where nobody ever sends what a component judges, it is at its best for every account, and neither
    itself nor a blend that it is part of waits for a source."""
    careful = {name for name, each in model.components.items() if each.source or each.evidence}
    careful |= {part for name in careful for part in model.components[name].part_weights()}
    for name, component in model.components.items():
        if not isinstance(component, schema.Linear) or name in careful:
            continue
        signal = model.signals[component.signal]
        is_counted = isinstance(signal, schema.Count | schema.Sum | schema.Open) and "analytics" not in signal.topics
        judged = [judgement for _, judgement in component.points]
        if is_counted and min(judged) < max(judged) == along(component.points, 0):
            words = f"where nobody ever sends {component.signal!r} it is {max(judged):g} for every account; give it a "
            yield Warning_(f"components.{name}", f"{words}source (see [sources.NAME]), or evidence")


def _profiles(model: Model) -> Iterator[Warning_]:
    """Proves that the profile is never used: an account that matches it also matches one of higher rank."""
    regions = {name: together(model.signals, profile.when) for name, profile in model.profiles.items()}
    for name, profile in model.profiles.items():
        for other, higher in model.profiles.items():
            if higher.rank > profile.rank and implies(regions[name], regions[other]):
                words = f"it is never used: an account that matches it also matches profiles.{other}, of higher rank"
                yield Warning_(f"profiles.{name}", f"{words}; give it the higher rank, or leave it out")
                break


def _floors(model: Model) -> Iterator[Warning_]:
    """Proves that the floor changes no tier: a score of `to` is in the best tier."""
    best = model.tiers[-1]
    for name, floor in model.floors.items():
        if floor.to >= best.lower:
            words = f"a score of {floor.to:g} is still {best.name}, so it lowers no tier"
            yield Warning_(f"floors.{name}.to", f"{words}; write less than {best.lower:g}, or make it a flag")
