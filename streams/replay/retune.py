"""Retuning: the scores that answers would have under another model, computed from the answers alone.

An answer holds the judgement of each component and the facts. So everything that a model computes from these can
change: weights, tiers, floors, flags, profiles, blends, how judgements are combined. The judgements, their evidence and
the facts themselves cannot: that requires the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from scoring.model import schema
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.errors import UserError


class Retuned(msgspec.Struct, frozen=True, kw_only=True):
    """An account's score (0-100, None if it cannot be judged) and tier ("" then), now and under the other model."""

    account_id: str
    score_now: float | None
    score_then: float | None
    tier_now: str
    tier_then: str

    @property
    def change(self) -> float:
        """The score then minus the score now; infinite when one of them is None and the other is not.

        >>> Retuned(account_id="acme", score_now=50.0, score_then=44.5, tier_now="yellow", tier_then="red").change
        -5.5
        """
        if self.score_now is None or self.score_then is None:
            return 0.0 if self.score_now is self.score_then else float("inf")
        return self.score_then - self.score_now


def unjudged(answer: ScoreSnapshot) -> bool:
    """Whether an answer has no score, because evidence or a norm is missing: it holds no judgements either."""
    return answer.score is None


def check_retunable(then: Model, running: Model | None, answers: Iterable[ScoreSnapshot]) -> None:
    """Check that `answers` hold all judgements and facts that `then` needs.

    Compares definitions with `running`, the model that made the answers: all of a component except weight and label,
    all of a signal except the label. Without it, or for the answers of another model, compares only names.

    Raises:
        UserError: naming the first difference.
    """
    if running is not None:
        _check_definitions(then, running)
    seen: set[tuple[frozenset[str], frozenset[str]]] = set()
    for answer in answers:
        held = (frozenset(answer.components), frozenset(answer.facts))
        is_by_hand = answer.override is not None and not answer.components
        if held not in seen and not unjudged(answer) and not is_by_hand:
            seen.add(held)
            _check_names(then, answer, *held)


def retune(then: Plan, answers: Iterable[ScoreSnapshot]) -> list[Retuned]:
    """The score and tier of each answer under `then`, in the order given. Call `check_retunable` first.

    Answers without a score are left out. An override in force remains the score; its tier is that of `then`.
    """
    return [_retuned(then, answer) for answer in answers if not unjudged(answer)]


def _retuned(then: Plan, answer: ScoreSnapshot) -> Retuned:
    live = then.primary
    known = {name: each.judgement for name, each in answer.components.items()}
    judged = live.score_from([known.get(name) for name in then.model.components], answer.facts)
    score: float | None = None if judged is None else judged.value
    if answer.override is not None:
        score = answer.override.score
    return Retuned(
        account_id=answer.account_id,
        score_now=answer.score,
        score_then=score,
        tier_now=answer.tier,
        tier_then="" if score is None else live.tier_names[live.tier_of(score)],
    )


def _check_definitions(then: Model, running: Model) -> None:
    for field in ("resolution", "dedupe"):
        if getattr(then.header, field) != getattr(running.header, field):
            raise _cannot(f"model.{field}", "differs from", running)
    for name, component in _read(then):
        _check_same(f"components.{name}", component, running.components.get(name), ("weight", "label"), running)
        if source := component.source:
            _check_same(f"sources.{source}", then.sources[source], running.sources.get(source), ("label",), running)
    for name in _signals(then):
        _check_same(f"signals.{name}", then.signals[name], running.signals.get(name), ("label",), running)


def _check_same(
    key: str, then: msgspec.Struct, was: msgspec.Struct | None, free: Sequence[str], running: Model
) -> None:
    """Check that both agree in all fields except those that are `free` to change."""
    if was is None:
        raise _cannot(key, "is not in", running)
    if type(then) is not type(was):
        raise _cannot(key, "is of another kind than in", running)
    for field in then.__struct_fields__:
        if field not in free and getattr(then, field) != getattr(was, field):
            raise _cannot(f"{key}.{field.rstrip('_')}", "differs from", running)


def _check_names(then: Model, answer: ScoreSnapshot, components: frozenset[str], facts: frozenset[str]) -> None:
    source = f"the answer of {answer.account_id!r} by {answer.model} version {answer.model_version}"
    for name, _ in _read(then):
        if name not in components:
            raise _cannot(f"components.{name}", "is not in", source)
    for name in _asked(then):
        if name not in facts:
            raise _cannot(f"signals.{name}", "is not in", source)


def _cannot(key: str, what: str, source: Model | str) -> UserError:
    if isinstance(source, Model):
        source = f"the running model, {source.name} version {source.version}"
    return UserError(
        f"{key} {what} {source}, so it cannot be computed from the answers: fold the history under both models with "
        "`vitals replay EVENTS --model RUNNING --model FILE --diff`, or change only weights, tiers, floors, "
        "flags, profiles and blends."
    )


def _read(model: Model) -> Iterator[tuple[str, schema.Component]]:
    """The components whose judgements are read from answers: all except plain blends, which are computed.

    A blend with exceptions is read, so its parts must be unchanged.
    """
    read = [name for name, component in model.components.items() if not _is_plain_blend(component)]
    for name in read:
        component = model.components[name]
        read += [part for part in component.part_weights() if part not in read]
    return ((name, model.components[name]) for name in model.components if name in read)


def _is_plain_blend(component: schema.Component) -> bool:
    exceptions = (component.source, component.needs, component.when, component.evidence)
    return bool(component.part_weights()) and not any(exceptions)


def _asked(model: Model) -> set[str]:
    """The signals whose facts are asked for: by standings, profiles, floors and flags, and for evidence."""
    tables: Sequence[Mapping[str, schema.Standing | schema.Profile | schema.Floor | schema.Flag]] = (
        model.standings,
        model.profiles,
        model.floors,
        model.flags,
    )
    asked = {condition.signal for table in tables for each in table.values() for condition in each.when}
    for component in model.components.values():
        if component.evidence or component.has_own_evidence():
            asked.update(component.signal_names())
    return asked


def _signals(model: Model) -> Iterator[str]:
    """The signals that matter to the score, including those that differences are computed from, in the model's
    order."""
    named = _asked(model)
    for _, component in _read(model):
        named.update(component.signal_names())
    named.update(operand for name in list(named) for operand in model.signals[name].operands())
    return (name for name in model.signals if name in named)
