"""Components: what each shape needs, and that blends do not turn in circles."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from scoring.model import schema
from scoring.model.checks.conditions import check_condition, check_together
from scoring.model.checks.mistake import Mistake, duration, judgement, known, not_empty, numbered, weight_of, weights
from scoring.model.checks.signals import number

if TYPE_CHECKING:
    from scoring.model.model import Model


def check_component(model: Model, key: str, component: schema.Component) -> None:
    """Check one component.

    Raises:
        Mistake: when it breaks a rule.
    """
    not_empty("components", key.removeprefix("components."), "a component has no name; write one")
    weight_of(f"{key}.weight", component.weight)
    if component.needs:
        number(model, f"{key}.needs", component.needs)
    for each_key, rule in numbered(f"{key}.when", component.when):
        judgement(f"{each_key}.judgement", rule.judgement)
        check_condition(model, each_key, rule)
        for and_key, condition in numbered(f"{each_key}.and", rule.and_):
            check_condition(model, and_key, condition)
        check_together(model, each_key, (rule, *rule.and_))
    _check_shape(model, key, component)


def check_cycles(model: Model) -> None:
    """Check that no blend is made of itself, by whatever way.

    Raises:
        Mistake: when one is; it names the way.
    """
    done: set[str] = set()
    for name in model.components:
        _walk(model, name, (), done)


def _walk(model: Model, name: str, path: tuple[str, ...], done: set[str]) -> None:
    if name in path:
        circle = (*path[path.index(name) :], name)
        words = f"a blend cannot be made of itself: {' ▸ '.join(circle)}; take one of these parts out"
        raise Mistake(f"components.{name}.parts", words)
    component = model.components[name]
    if name in done or not isinstance(component, schema.Blend):
        return
    for part in component.parts:
        _walk(model, part, (*path, name), done)
    done.add(name)


def _check_shape(model: Model, key: str, component: schema.Component) -> None:
    match component:
        case schema.Blend():
            _check_blend(model, key, component)
        case schema.Category():
            _check_category(model, key, component)
        case schema.Milestones():
            _of_kind(model, f"{key}.signal", component.signal, schema.Reached, "milestones", "milestones")
        case schema.Cadence():
            _check_cadence(model, key, component)
        case schema.Ratio():
            _check_ratio(model, key, component)
        case schema.Trend():
            _check_trend(model, key, component)
        case schema.Linear():
            number(model, f"{key}.signal", component.signal)
            if component.per:
                number(model, f"{key}.per", component.per)
            _check_points(f"{key}.points", component.points)
        case schema.VsOwnPeak():
            number(model, f"{key}.signal", component.signal)
            _of_kind(model, f"{key}.peak", component.peak, schema.Peak, "a peak", "peak")
        case schema.Capped():
            number(model, f"{key}.signal", component.signal)
            _check_capped(model, key, component)
        case schema.ShareOfMax() | schema.InverseShareOfMax():
            number(model, f"{key}.signal", component.signal)


def _check_blend(model: Model, key: str, component: schema.Blend) -> None:
    for part in component.parts:
        known(f"{key}.parts.{part}", part, "component", model.components)
    weights(f"{key}.parts", component.parts, "part")


def _check_category(model: Model, key: str, component: schema.Category) -> None:
    known(f"{key}.signal", component.signal, "signal", model.signals)
    signal = model.signals[component.signal]
    if not isinstance(signal, schema.Last) or signal.type != "text":
        words = f"{component.signal!r} is no text; name a signal of kind 'last' with type = 'text'"
        raise Mistake(f"{key}.signal", words)
    not_empty(f"{key}.values", component.values, "say what at least one text stands for, like { happy = 100 }")
    for text, number_of in component.values.items():
        judgement(f"{key}.values.{text}", number_of)
    if component.otherwise is not None:
        judgement(f"{key}.otherwise", component.otherwise)


def _check_cadence(model: Model, key: str, component: schema.Cadence) -> None:
    _of_kind(model, f"{key}.signal", component.signal, schema.SinceLast, "days since an event", "since_last")
    if component.due <= 0:
        raise Mistake(f"{key}.due", f"{component.due:g} must be above 0; it is a number of days")
    if component.lapse is not None and component.lapse <= component.due:
        words = f"{component.lapse:g} must be above due, {component.due:g}; leave it out for twice as many days"
        raise Mistake(f"{key}.lapse", words)
    if component.never is not None:
        judgement(f"{key}.never", component.never)


def _check_ratio(model: Model, key: str, component: schema.Ratio) -> None:
    number(model, f"{key}.signal", component.signal)
    _check_whole(model, f"{key}.of", component.of)
    if component.emphasis < 1:
        raise Mistake(f"{key}.emphasis", f"{component.emphasis:g} must be 1 or more; 2 counts the key part twice")
    if component.key:
        number(model, f"{key}.key", component.key)
        if component.key_of != 0.0:
            _check_whole(model, f"{key}.key_of", component.key_of)
    elif component.key_of != 0.0:
        raise Mistake(f"{key}.key", "key_of is given, but not what counts the key part; add it, or leave out key_of")


def _check_whole(model: Model, key: str, whole: float | str) -> None:
    if isinstance(whole, str):
        number(model, key, whole)
    elif whole <= 0:
        raise Mistake(key, f"{whole:g} must be above 0; change it")


def _check_trend(model: Model, key: str, component: schema.Trend) -> None:
    number(model, f"{key}.signal", component.signal)
    number(model, f"{key}.prior", component.prior)
    duration(f"{key}.min_history", component.min_history)
    for field, change in (("full", component.full), ("rise", component.rise)):
        if change is not None and change <= 0:
            raise Mistake(f"{key}.{field}", f"{change:g} must be above 0; 0.2 is a change of 20 %")
    if not 0 < component.flat < 100:
        raise Mistake(f"{key}.flat", f"{component.flat:g} must be above 0 and below 100; 50 is usual")


def _check_capped(model: Model, key: str, component: schema.Capped) -> None:
    if model.header.combine != "sum":
        words = "'capped' can be below 0, so it needs model.combine = 'sum'; or use 'trend'"
        raise Mistake(f"{key}.shape", words)
    if component.cap <= 0:
        raise Mistake(f"{key}.cap", f"{component.cap:g} must be above 0; it is what counts as 100")


def _check_points(key: str, points: tuple[tuple[float, float], ...]) -> None:
    if len(points) < 2:
        raise Mistake(key, "give at least two, like [[0, 100], [10, 0]]")
    for (x, _), (following, _) in itertools.pairwise(points):
        if following <= x:
            raise Mistake(key, f"x must grow, but {following:g} comes after {x:g}; sort the points")
    for _, y in points:
        judgement(key, y)


def _of_kind(
    model: Model, key: str, name: str, kind: type[schema.Filtered | schema.Reached], what: str, tag: str
) -> None:
    known(key, name, "signal", model.signals)
    if not isinstance(model.signals[name], kind):
        raise Mistake(key, f"{name!r} is not {what}; name a signal of kind {tag!r}")
