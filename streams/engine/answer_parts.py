"""The parts of an answer that a fold does not know, as JSON, for a fold that writes answers itself."""

from __future__ import annotations

from operator import is_
from typing import NamedTuple

from alerts.lifecycle.policy import Policy
from scoring.explain.snapshot import part_of_answer
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


class Told(NamedTuple):
    """What the parts about an account were made of, and the parts."""

    of: tuple[object, ...]
    changes: bytes
    cases: bytes


def told_of(
    before: Told | None,
    last_transition: LastTransition | None,
    forecast: Forecast | None,
    cases: Matter | None,
    policy: Policy,
) -> Told:
    """The parts about an account's changes of tier, and about its cases: those `before` when nothing has changed."""
    matter = cases if isinstance(cases, CasesMatter) else None
    of = (last_transition, forecast, matter.open if matter is not None else ())
    if before is not None and all(map(is_, before.of, of)):
        return before
    changes = part_of_answer("last_transition", last_transition) if last_transition is not None else b""
    changes += part_of_answer("forecast", forecast) if forecast is not None else b""
    open_cases = matter.open_cases(policy) if matter is not None else ()
    return Told(of, changes, part_of_answer("cases", open_cases) if open_cases else b"")
