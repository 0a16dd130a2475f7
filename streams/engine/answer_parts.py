"""The parts of an answer that a fold does not know, as JSON, for a fold that writes answers itself."""

from __future__ import annotations

from operator import is_
from typing import Final, NamedTuple

from alerts.lifecycle.policy import Policy
from scoring.explain.snapshot import norm_of, part_of_answer, position_of
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.result import Forecast, LastTransition
from streams.engine.matters.cases_matter import CasesMatter
from streams.engine.matters.matter import Matter


class AnswerParts(NamedTuple):
    """Each with its name before it, or empty: the account's id (without a name), the norm, what changed and will
    change, its cases, the norm's instant."""

    account_id: bytes
    norm: bytes
    changes: bytes
    cases: bytes
    norm_as_of: bytes


class Answer(NamedTuple):
    """The content of an answer, and the message that has it."""

    content: bytes
    message: bytes


UNCHANGED: Final = Answer(b"", b"")
"""The content is that of the last answer: nothing is sent."""


class AccountParts(NamedTuple):
    """The parts about an account, and what they were made of."""

    of: tuple[object, ...]
    changes: bytes
    cases: bytes


def account_parts(
    before: AccountParts | None,
    last_transition: LastTransition | None,
    forecast: Forecast | None,
    cases: Matter | None,
    policy: Policy,
) -> AccountParts:
    """The parts about an account's changes of tier, and about its cases: those `before` when nothing has changed."""
    matter = cases if isinstance(cases, CasesMatter) else None
    of = (last_transition, forecast, matter.open if matter is not None else ())
    if before is not None and all(map(is_, before.of, of)):
        return before
    changes = part_of_answer("last_transition", last_transition) if last_transition is not None else b""
    changes += part_of_answer("forecast", forecast) if forecast is not None else b""
    open_cases = matter.open_cases(policy) if matter is not None else ()
    return AccountParts(of, changes, part_of_answer("cases", open_cases) if open_cases else b"")


class NormParts(NamedTuple):
    """The parts about the norm and its instant, and what they were made of."""

    of: tuple[CohortNorm, int]
    norm: bytes
    as_of: bytes


def norm_parts(before: NormParts | None, plan: Plan, norm: CohortNorm, as_of_ms: int) -> NormParts:
    """The parts about a norm of this instant: those `before` when it is the same."""
    if before is not None and before.of[0] is norm and before.of[1] == as_of_ms:
        return before
    held = norm_of(plan.primary, norm)
    as_of = position_of(plan, 0, 0, 0, norm_ms=as_of_ms).norm_as_of
    return NormParts(
        (norm, as_of_ms), part_of_answer("norm", held) if held else b"", part_of_answer("norm_as_of", as_of)
    )
