"""One account under other facts or weights: judged again from its facts, by the formulas of the oracle.

An answer has the facts of its account, but not its events. What is judged from facts alone is judged again; a component
for which that does not give the judgement that the answer has keeps the answer's, and its inputs cannot be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose, isfinite

from dashboard.queries.models.changed import changed
from dashboard.queries.port import BadRequest
from dashboard.values.account_what_if import AccountWhatIf, AccountWhatIfRequest, ComponentThen, Input
from dashboard.values.model import WhatIfRequest
from scoring.model import schema
from scoring.model.model import Model
from scoring.model.references import conditions_of, signals_of
from scoring.oracle.components import Seen, judgement_of
from scoring.oracle.events import OracleEvent
from scoring.plan.evaluation import Evaluation
from scoring.plan.plan import Plan
from scoring.plan.signals.sources import with_own
from scoring.result import Fact, ScoreSnapshot

FROM_EVENTS = "it is worked out from events, which only a worker has"
DERIVED = "it is worked out from other signals: change those"
TEXT_MAX_CHARACTERS = 200
Facts = dict[str, Fact]


def account_what_if(plan: Plan, answer: ScoreSnapshot, request: AccountWhatIfRequest) -> AccountWhatIf:
    """The account under the facts and weights of the request. `plan` is of the model behind its answer.

    Raises:
        BadRequest: for a signal that cannot be changed, and as `changed`. It names the signal and says why.
    """
    model = plan.model
    other = Plan(changed(model, WhatIfRequest(weights=request.weights))) if request.weights else plan
    own = {name: each.judgement for name, each in answer.components.items()}
    facts, norm = dict(answer.facts), with_own(answer.norm, answer.sources)
    again = {name: _judged(model, answer, facts, norm, name) for name in model.components}
    exact = {name for name in model.components if name in own and _agree(own[name], again[name])}
    inputs = _inputs(model, plan, facts, exact)
    then = _changed_facts(model, inputs, facts, request)
    judgements = [
        _judged(model, answer, then, norm, name) if name in exact and then != facts else own.get(name)
        for name in model.components
    ]
    before = plan.primary.score_from([own.get(name) for name in model.components], facts)
    after = other.primary.score_from(judgements, then)
    standing = next((each.name for each in other.primary.standings if each.when.hold_for(then)), "")
    return AccountWhatIf(
        account_id=answer.account_id,
        model=model.name,
        model_version=model.version,
        as_of_ms=answer.as_of_ms,
        score=None if before is None else before.value,
        tier="" if before is None else plan.primary.tier_names[before.tier],
        score_then=None if after is None else after.value,
        tier_then="" if after is None else other.primary.tier_names[after.tier],
        standing_then=standing,
        flags=answer.flags,
        flags_then=() if after is None else after.flags,
        components=_components(plan, before, other, after),
        inputs=tuple(
            Input(
                name=each.name,
                label=each.label,
                now=each.now,
                then=then[each.name],
                components=each.components,
                why_not=each.why_not,
            )
            for each in inputs
        ),
    )


def _judged(model: Model, answer: ScoreSnapshot, facts: Facts, norm: Mapping[str, float], name: str) -> float | None:
    """A component's judgement from facts; None too where it cannot be judged from them."""
    begun = OracleEvent(answer.account_id, "", "", max(0, answer.first_event_ms), "", "", {})
    seen = Seen(model, (begun,), answer.as_of_ms, facts, norm)
    component = model.components[name]
    parts = [component, *(model.components[part] for part in component.part_weights())]
    if any(isinstance(each, schema.Milestones) for each in parts):
        return None
    try:
        return judgement_of(seen, name)
    except KeyError:  # a signal of which this answer has no fact
        return None


def _agree(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _inputs(model: Model, plan: Plan, facts: Facts, exact: set[str]) -> list[Input]:
    """The signals that components, floors, profiles and standings look at, and whether they can be changed."""
    derived_from = {
        operand for name, each in model.signals.items() for operand in each.operands() if not _can_follow(model, name)
    }
    tested = {condition.signal for condition in conditions_of(model)}
    found = []
    for name, signal in model.signals.items():
        users = tuple(each for each in model.components if name in _read_by(model, each))
        if name not in facts or not (users or name in tested):
            continue
        why_not = ""
        if signal.operands():
            why_not = DERIVED
        elif name in derived_from or not exact.issuperset(users):
            why_not = FROM_EVENTS
        label = plan.primary.signals[name].label
        found.append(
            Input(name=name, label=label, now=facts[name], then=facts[name], components=users, why_not=why_not)
        )
    return found


def _read_by(model: Model, component: str) -> set[str]:
    """The signals of a component, and what those are worked out from."""
    names = set(signals_of(model, component))
    return names | {operand for name in names for operand in model.signals[name].operands()}


def _can_follow(model: Model, name: str) -> bool:
    """Whether a derived signal is worked out again here: a difference is."""
    return isinstance(model.signals[name], schema.Difference)


def _changed_facts(model: Model, inputs: list[Input], facts: Facts, request: AccountWhatIfRequest) -> Facts:
    known = {each.name: each for each in inputs}
    then = dict(facts)
    for name, value in request.facts.items():
        if name not in known:
            can = ", ".join(each.name for each in inputs if not each.why_not)
            raise BadRequest(f"There is no input {name!r} to change: take one of {can}.")
        if known[name].why_not:
            raise BadRequest(f"{name} cannot be changed here: {known[name].why_not}.")
        then[name] = _fact(name, facts[name], value)
    for name, signal in model.signals.items():
        if isinstance(signal, schema.Difference) and any(each in request.facts for each in signal.operands()):
            one, other = then.get(signal.of), then.get(signal.minus)
            is_known = isinstance(one, int | float) and isinstance(other, int | float)
            then[name] = float(one) - float(other) if is_known else None  # type: ignore[arg-type]
    return then


def _fact(name: str, now: Fact, value: float | str | None) -> Fact:
    if isinstance(value, str):
        if not isinstance(now, str | None) or len(value) > TEXT_MAX_CHARACTERS:
            raise BadRequest(f"{name} is a number: give one, or null for unknown.")
        return value
    if isinstance(now, str) and value is not None:
        raise BadRequest(f"{name} is a text: give one, or null for unknown.")
    if value is not None and not isfinite(value):
        raise BadRequest(f"{name} is {value:g}: give a finite number.")
    return value


def _components(
    plan: Plan, before: Evaluation | None, other: Plan, after: Evaluation | None
) -> tuple[ComponentThen, ...]:
    now = {} if before is None else plan.primary.points(before)
    then = {} if after is None else other.primary.points(after)
    return tuple(
        ComponentThen(
            component=each.name,
            label=each.label,
            judgement=None if before is None else before.judgements[number],
            judgement_then=None if after is None else after.judgements[number],
            points=now.get(each.name, 0.0),
            points_then=then.get(each.name, 0.0),
        )
        for number, each in enumerate(plan.primary.components)
    )
