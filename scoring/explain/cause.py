"""Why a score changed: as numbers and names, which a worker stores, and as text. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from scoring.explain.snapshot import norm_of
from scoring.instants import DAY_MS, day_words
from scoring.model.references import signals_of
from scoring.plan.components.base import CohortNorm
from scoring.plan.facts import Facts
from scoring.plan.plan import Plan
from scoring.plan.read_facts import facts_of
from scoring.plan.score_plan import Evaluation, TriggeredRule
from scoring.plurals import counted
from scoring.result import Expired, Override, TransitionCause
from scoring.state.account import Account

Points = Mapping[str, float]
"""Points of the score by component, and by the parts that belong to no component; see `ScorePlan.points`."""
DAYS_SHOWN = 2
"""How many days of what left a window are listed; older days are summed in one number."""


# --- numbers and names


class ChangedPart(NamedTuple):
    """A part of the score, the floors that hold where it is theirs, and the names of what it is judged by: signals, and
    sources as the cohort norm names them."""

    part: str
    flags: tuple[str, ...]
    names: Set[str]


def cause_of(
    plan: Plan,
    account: Account,
    judged: Evaluation | None,
    norm: CohortNorm,
    kind: str,
    before: Points,
    after: Points,
) -> TransitionCause:
    """Why the account's score changed between these points, in its latest change, which ended at its instant."""
    changed = changed_part(plan, judged, before, after)
    facts = facts_of(plan.primary, account, norm, changed.names)
    return cause_by(plan, changed, judged, facts, kind, account.expired_counts if kind == "expiry" else ())


def changed_part(plan: Plan, judged: Evaluation | None, before: Points, after: Points) -> ChangedPart:
    """The part of the score that changed most between these points."""
    part = _most_changed(before, after) or next(iter(plan.model.components))
    if (component := plan.primary.by_name.get(part)) is not None:
        return ChangedPart(part, (), component.judged_by)
    floors = _floors(judged)
    return ChangedPart(part, tuple([rule.name for rule in floors]), set(_signals_of_floors(plan, floors)))


def cause_by(
    plan: Plan,
    changed: ChangedPart,
    judged: Evaluation | None,
    facts: Facts,
    kind: str,
    expired_counts: Iterable[tuple[int, int, int]],
) -> TransitionCause:
    """The cause by the facts of the names that its part is judged by, and by what left the windows in the latest step:
    (count window, day, events)."""
    norm = norm_of(plan.primary, facts.norm)
    return TransitionCause(
        kind=kind,
        part=changed.part,
        facts=facts.values,
        details=facts.details,
        norm={name: value for name, value in norm.items() if name in changed.names},
        judgements=_judgements(plan, changed.part, judged),
        age_ms=facts.age_ms,
        flags=changed.flags,
        expired=tuple(_expired(plan, expired_counts, changed.names)),
    )


def _most_changed(before: Points, after: Points) -> str:
    """The part that changed most; "" where both scores are 0, and no part has any point."""
    found, most = "", -1.0
    for name, points in (*after.items(), *[(name, 0.0) for name in before if name not in after]):
        change = abs(points - before.get(name, 0.0))
        if change > most:
            found, most = name, change
    return found


def _floors(judged: Evaluation | None) -> list[TriggeredRule]:
    return [] if judged is None else [rule for rule in judged.triggered if rule.to is not None]


def _signals_of_floors(plan: Plan, floors: Sequence[TriggeredRule]) -> Iterable[str]:
    conditions = (condition for rule in floors for condition in plan.model.floors[rule.name].when)
    return [name for each in conditions for name in (each.signal, *plan.model.signals[each.signal].operands())]


def _judgements(plan: Plan, part: str, judged: Evaluation | None) -> dict[str, float | None]:
    """The judgements of a blend's parts."""
    if judged is None or part not in plan.model.components or not plan.model.components[part].part_weights():
        return {}
    names = set(_parts(plan, part))
    by_name = zip(plan.primary.components, judged.judgements, strict=True)
    return {component.name: judgement for component, judgement in by_name if component.name in names}


def _parts(plan: Plan, component: str) -> Iterable[str]:
    for part in plan.model.components[component].part_weights():
        yield part
        yield from _parts(plan, part)


def _expired(plan: Plan, counts: Iterable[tuple[int, int, int]], names: Set[str]) -> Iterable[Expired]:
    """What left the windows of these signals, of all that left a window."""
    by_window: dict[int, Counter[int]] = {}
    for window, day, number in counts:
        by_window.setdefault(window, Counter())[day] += number
    for name in plan.model.signals if by_window else ():
        if name in names and (days := by_window.get(plan.window_of.get(name, -1))):
            latest = sorted(days.items())[-DAYS_SHOWN:]
            yield Expired(name, tuple(latest), sum(days.values()) - sum(number for _, number in latest))


# --- texts


def cause_text(plan: Plan, cause: TransitionCause) -> str:
    """Why the score changed, in words, by the part that changed it most. `plan` is of the model that judged it.

    «ticket_opened: 5 tickets in 30 days», «412 product events of 22 October left the 30-day window».
    """
    match cause.kind:
        case "override":
            return _override_text(cause)
        case "norm":
            return f"the cohort moved: {_part_text(plan, cause)}"
        case "model":
            return f"the model is {plan.model.name} version {plan.model.version} now: {_part_text(plan, cause)}"
        case "guard":
            return f"judged again after an outage: {_part_text(plan, cause)}"
        case "expiry":
            return _expiry_text(plan, cause)
        case _:
            return f"{cause.event}: {_part_text(plan, cause)}"


def _facts(cause: TransitionCause) -> Facts:
    return Facts(cause.facts, cause.details, cause.norm, cause.age_ms)


def _part_text(plan: Plan, cause: TransitionCause) -> str:
    """The text of a part: that of its component, or of the floors."""
    live, facts = plan.primary, _facts(cause)
    for component in live.components:
        if component.name == cause.part:
            return component.shape.text(facts, [cause.judgements.get(each.name) for each in live.components])
    floors = [rule for rule in live.rules if rule.to is not None and rule.name in cause.flags]
    return "; ".join(f"{rule.label} ({rule.when.text(facts)})" for rule in floors) or "the weights shifted"


def _expiry_text(plan: Plan, cause: TransitionCause) -> str:
    """What aged out, or which signal changed with silence."""
    parts: list[str] = []
    if cause.part in plan.model.components:
        compiled, facts = plan.primary.signals, _facts(cause)
        parts = [_expired_text(plan, expired) for expired in cause.expired if expired.signal in plan.spans]
        signals = [compiled[name] for name in signals_of(plan.model, cause.part)]
        parts += dict.fromkeys(signal.text(facts) for signal in signals if signal.is_silence)
    return "; ".join(parts) or f"time passed: {_part_text(plan, cause)}"


def _expired_text(plan: Plan, expired: Expired) -> str:
    label = plan.primary.signals[expired.signal].label
    days = " and ".join(f"{counted(number, label)} of {day_words(day)}" for day, number in expired.days)
    older = f" and {expired.older:,} older" if expired.older else ""
    return f"{days}{older} left the {plan.spans[expired.signal]} window"


def _override_text(cause: TransitionCause) -> str:
    override, ended = cause.override, cause.ended
    if override is not None:
        until = day_words(override.until_ms // DAY_MS)
        return f"{override.author} set the score to {override.score:g} until {until}: {override.reason}"
    if ended is None:
        return "a person set the score"
    text = f"the score that {ended.author} had set to {ended.score:g} ({ended.reason}) holds no longer"
    return f"{text}: {cause.author} ended it" if cause.author else text


def override_cause(override: Override | None, ended: Override | None, author: str) -> TransitionCause:
    """The cause when a person sets a score, or when an override `ended`, by `author` or ("") because it expired."""
    return TransitionCause(kind="override", override=override, ended=None if override else ended, author=author)
