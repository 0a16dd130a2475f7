"""What a model says, in words: its signals, conditions and shapes. Names in them come from the file as they are."""

from __future__ import annotations

from collections.abc import Iterable

from scoring.model import schema


def tag_of(value: schema.Signal | schema.Component) -> str:
    """The kind of a signal, or the shape of a component, as the file writes it."""
    return str(value.__struct_config__.tag)


def source_words(signal: schema.Signal) -> str:
    """Which events, or which signals, a signal is made of.

    >>> source_words(schema.Count(topics=("analytics",), exclude=("$exception",), window="30d"))
    'analytics but $exception'
    """
    match signal:
        case schema.Difference():
            return f"{signal.of} − {signal.minus}"
        case schema.Age():
            return "the account's first event"
        case schema.Reached():
            return "; ".join(map(_step_words, signal.steps))
    return _filter_words(signal) + _reading_words(signal)


def window_words(signal: schema.Signal) -> str:
    """Over how long a signal looks back; "" when it has no window.

    >>> window_words(schema.Count(topics=("analytics",), window="14d", prior=True))
    '14d, the one before'
    """
    match signal:
        case schema.Count() | schema.Sum() | schema.Mean() | schema.Distinct():
            return f"{signal.window}, the one before" if signal.prior else signal.window
        case schema.Peak():
            return f"best {signal.window} of {signal.within}"
        case schema.Season():
            return f"{signal.window}, {signal.back} ago"
        case schema.Volatility():
            return f"{signal.weeks} weeks"
        case schema.Open():
            return signal.within
        case _:
            return ""


def conditions_words(conditions: Iterable[schema.Condition]) -> str:
    """Conditions that must all hold.

    >>> conditions_words([schema.Condition(signal="age", below=90), schema.Condition(signal="plan", is_=("a", "b"))])
    'age < 90 and plan is a or b'
    """
    return " and ".join(map(_condition_words, conditions))


def rules_words(component: schema.Component) -> list[tuple[str, str]]:
    """What keeps a component from its shape, by key: `needs`, and the rules of `when` in the order of their turns."""
    rules = [("needs", f"{component.needs} > 0")] if component.needs else []
    for rule in component.when:
        why = f" ({rule.words})" if rule.words else ""
        rules.append(("when", f"{conditions_words((rule, *rule.and_))} makes {rule.judgement:g}{why}"))
    return rules


def shape_words(component: schema.Component) -> str:
    """How a component comes to its judgement, with its thresholds.

    >>> shape_words(schema.Linear(signal="tickets", points=((1, 100), (10, 0)), weight=1))
    'tickets: 1 makes 100, 10 makes 0'
    """
    match component:
        case schema.ShareOfMax():
            return f"100 × {component.signal} / the most of any account"
        case schema.InverseShareOfMax():
            return f"100 × (1 − {component.signal} / the most of any account)"
        case schema.Capped():
            return f"100 × {component.signal} / {component.cap:g}, within ±100"
        case schema.VsOwnPeak():
            return f"100 × {component.signal} / {component.peak}, at most 100"
        case schema.Trend():
            return _trend_words(component)
        case schema.Ratio():
            return _ratio_words(component)
        case schema.Linear():
            x = f"{component.signal} per 100 {component.per}" if component.per else component.signal
            return f"{x}: " + ", ".join(f"{point:g} makes {judgement:g}" for point, judgement in component.points)
        case schema.Cadence():
            lapse = 2 * component.due if component.lapse is None else component.lapse
            never = "" if component.never is None else f", {component.never:g} when it never happened"
            return f"{component.signal}: 100 up to {component.due:g} days, 0 from {lapse:g}{never}"
        case schema.Category():
            values = [f"{text} makes {judgement:g}" for text, judgement in component.values.items()]
            values += [] if component.otherwise is None else [f"else {component.otherwise:g}"]
            return f"{component.signal}: {', '.join(values)}"
        case schema.Milestones():
            return f"{component.signal}: 100 × what was reached / what was reached or is due"
        case schema.Blend():
            return "mean of " + ", ".join(f"{part} ({weight:g})" for part, weight in component.parts.items())


def _trend_words(trend: schema.Trend) -> str:
    rise = trend.full if trend.rise is None else trend.rise
    line = f"0 at −{trend.full * 100:.4g} %, {trend.flat:g} when flat, 100 at +{rise * 100:.4g} %"
    return f"({trend.signal} − {trend.prior}) / {trend.prior}: {line}; none in the first {trend.min_history}"


def _ratio_words(ratio: schema.Ratio) -> str:
    words = f"100 × {ratio.signal} / {_whole_words(ratio.of)}, at most 100"
    if not ratio.key:
        return words
    of = f" of {_whole_words(ratio.key_of)}" if ratio.key_of else ""
    return f"{words}; {ratio.key}{of} counts {ratio.emphasis:g} times"


def _whole_words(whole: float | str) -> str:
    return whole if isinstance(whole, str) else f"{whole:g}"


def _filter_words(signal: schema.Filtered) -> str:
    words = ", ".join(signal.topics)
    if signal.events:
        words += ": " + ", ".join(signal.events)
    if signal.exclude:
        words += " but " + ", ".join(signal.exclude)
    if also := [name for name in signal.also if name not in signal.events]:
        words += "; anywhere " + ", ".join(also)
    if signal.where:
        words += " where " + " and ".join(map(_where_words, signal.where))
    return words


def _reading_words(signal: schema.Signal) -> str:
    """What is read from the events: a property, ids, or nothing but that they happened."""
    match signal:
        case schema.Sum() | schema.Mean():
            return f" ▸ {signal.property}"
        case schema.Last():
            zero = f", 0 on {', '.join(signal.zero_on)}" if signal.zero_on else ""
            kind = "" if signal.type == "number" else f" ({signal.type})"
            by = f", summed by {signal.by}" if signal.by else ""
            return f" ▸ {signal.property}{kind}{by}{zero}"
        case schema.Distinct():
            return f" ▸ {signal.of}"
        case schema.Open():
            by = f" by {signal.weigh_by}" if signal.measure == "weight" else ""
            return f" ▸ {signal.measure}{by} of {signal.item} not closed by {', '.join(signal.closed_by)}"
        case _:
            return ""


def _step_words(step: schema.Step) -> str:
    where = f" where {' and '.join(map(_where_words, step.where))}" if step.where else ""
    due = f", due in {step.due}" if step.due else ""
    return f"{step.name} ({', '.join(step.topics)}: {', '.join(step.events)}{where}{due})"


def _condition_words(condition: schema.Condition) -> str:
    tests = [] if condition.known is None else ["is known" if condition.known else "is unknown"]
    if texts := condition.texts():
        tests.append("is " + " or ".join(texts))
    tests += _bound_words(condition.at_least, condition.above, condition.at_most, condition.below)
    return f"{condition.signal} {', '.join(tests)}"


def _where_words(where: schema.Where) -> str:
    tests = [] if where.exists is None else ["is there" if where.exists else "is not there"]
    if values := where.values():
        said = (str(value).lower() if isinstance(value, bool) else str(value) for value in values)
        tests.append("is " + " or ".join(said))
    tests += _bound_words(where.at_least, None, where.at_most, None)
    return f"{where.property} {', '.join(tests)}"


def _bound_words(at_least: float | None, above: float | None, at_most: float | None, below: float | None) -> list[str]:
    bounds = (("≥", at_least), (">", above), ("≤", at_most), ("<", below))
    return [f"{sign} {number:g}" for sign, number in bounds if number is not None]
