"""The parts of an answer that a fold does not know, as JSON, for a fold that writes answers itself."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from alerts.lifecycle.policy import Policy
from scoring.explain.snapshot import norm_of, part_of_answer, position_of
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.result import Forecast, LastTransition
from streams.engine.ledger import Case
from streams.engine.matters.cases_matter import CasesMatter
from streams.engine.matters.matter import Matter


class Answer(NamedTuple):
    """The content of an answer, and the message that has it."""

    content: bytes
    message: bytes


class AccountParts(NamedTuple):
    """The parts about an account, and what they were made of."""

    last_transition: LastTransition | None
    forecast: Forecast | None
    open: tuple[Case, ...]
    json: tuple[bytes, bytes, bytes]
    """The account's id; what changed and will change, and its cases, each with its name before it, or empty."""


def account_parts(
    before: AccountParts | None,
    account_id: str,
    last_transition: LastTransition | None,
    forecast: Forecast | None,
    cases: Matter | None,
    policy: Policy,
) -> AccountParts:
    """The parts about an account, its changes of tier and its cases: those `before` when nothing has changed."""
    matter = cases if isinstance(cases, CasesMatter) else None
    is_open = matter.open if matter is not None else ()
    if (
        before is not None
        and before.last_transition is last_transition
        and before.forecast is forecast
        and before.open is is_open
    ):
        return before
    changes = part_of_answer("last_transition", last_transition) if last_transition is not None else b""
    changes += part_of_answer("forecast", forecast) if forecast is not None else b""
    open_cases = part_of_answer("cases", matter.open_cases(policy)) if matter is not None and is_open else b""
    json = msgspec.json.encode(account_id) if before is None else before.json[0], changes, open_cases
    return AccountParts(last_transition, forecast, is_open, json)


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
