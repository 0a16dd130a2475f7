"""Outcomes from what happened to an account's subscriptions: cancelled, downgraded, contracted, not renewed. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from scoring.event.timestamps import Untimely, any_stamp_ms
from scoring.instants import FAR
from scoring.model.event_names import Names
from scoring.model.event_sets import EventSets

CHURN, DOWNGRADE, CONTRACTION, NON_RENEWAL, EXPANSION = "churn", "downgrade", "contraction", "non-renewal", "expansion"
KINDS = (CHURN, DOWNGRADE, CONTRACTION, NON_RENEWAL, EXPANSION)
RENEWAL_PROPERTIES = (
    *("renewal_date", "renews_at", "renewal_at", "renews_on", "contract_end", "contract_end_date", "contract_ends_at"),
    *("term_end", "current_period_end"),
)
PROPERTIES = ("subscription_id", "mrr", "previous_mrr", "plan", *RENEWAL_PROPERTIES)


def _names(name: str, *more: str) -> Names:
    """The shipped set of that name, and more."""
    return Names([*EventSets({}).entries(name), *more])


CANCELLED = _names(
    "subscription_canceled",
)
STARTED = _names(
    "subscription_started",
    *("subscription_resumed", "subscription_renewed", "contract_signed", "contract_renewed"),
)
DOWNGRADED = Names(["subscription_downgraded", "plan_downgraded", "downgraded"])
NOT_RENEWED = Names(
    ["subscription_expired", "contract_expired", "subscription_not_renewed", "contract_not_renewed", "renewal_lost"]
)


class Step(NamedTuple):
    """One event of an account on `billing`, as far as it is used here. None is what it does not say."""

    at_ms: int
    name: str
    subscription: str
    mrr: float | None
    previous_mrr: float | None
    plan: str | None
    renewal_ms: int | None


def definition(kind: str, back_within_days: float) -> str:
    """What counts as an outcome, in words."""
    again = f" and none was started again within {back_within_days:g} days" if back_within_days else ""
    return {
        CHURN: f"an account churned when its last subscription was cancelled{again}",
        DOWNGRADE: "an account was downgraded when it changed to a plan with a lower MRR",
        CONTRACTION: "an account contracted when its MRR fell and some of it was left",
        EXPANSION: "an account expanded when its MRR rose, and it had paid before",
        NON_RENEWAL: (
            "an account was not renewed when its subscription expired, or its renewal date passed and it had not paid "
            f"on, renewed or moved that date{f' within {back_within_days:g} days' if back_within_days else ''}"
        ),
    }[kind]


class Found(NamedTuple):
    """An account's first outcome, when it left (both `FAR` for never), and how often it came back after an outcome."""

    at_ms: int
    left_ms: int
    came_back: int


def outcome_of(steps: Iterable[Step], kind: str, back_within_ms: int, end_ms: int) -> Found:
    """The outcome of one account. `steps` are in any order; `end_ms` is the last instant that is known."""
    ordered = sorted(steps, key=lambda step: step.at_ms)
    ends = _cancellations(ordered, back_within_ms)
    left_ms = ends[0] if ends else FAR
    match kind:
        case "churn":
            return Found(left_ms, left_ms, _returns(ordered, left_ms))
        case "downgrade":
            return Found(_first_fall(ordered, by_plan=True), left_ms, 0)
        case "contraction":
            return Found(_first_fall(ordered, by_plan=False), left_ms, 0)
        case "expansion":
            return Found(_first_rise(ordered), left_ms, 0)
        case _:
            return Found(_not_renewed(ordered, back_within_ms, end_ms), left_ms, 0)


def _cancellations(steps: list[Step], back_within_ms: int) -> list[int]:
    """When the last running subscription was cancelled, and none was started again in time."""
    running: set[str] = set()
    ends: list[int] = []
    for step in steps:
        if step.name in CANCELLED:
            if step.subscription:
                running -= {step.subscription, ""}
            else:
                running.clear()
            if not running:
                ends.append(step.at_ms)
        elif step.name in STARTED:
            while ends and step.at_ms - ends[-1] <= back_within_ms:
                ends.pop()
            running.add(step.subscription)
        elif ends and step.at_ms > ends[-1]:
            continue
        elif step.mrr:
            running.add(step.subscription)
    return ends


def _returns(steps: list[Step], left_ms: int) -> int:
    return sum(step.name in STARTED and step.at_ms > left_ms for step in steps)


def _first_fall(steps: list[Step], *, by_plan: bool) -> int:
    """The first instant at which the account's MRR fell and was not gone; with `by_plan`, by a change of plan."""
    mrr: dict[str, float] = {}
    plans: dict[str, str] = {}
    for step in steps:
        key = step.subscription
        if step.name in CANCELLED:
            before = sum(mrr.values())
            mrr = {} if not key else {other: value for other, value in mrr.items() if other != key}
            if not by_plan and 0 < sum(mrr.values()) < before:
                return step.at_ms
            continue
        if by_plan and step.name in DOWNGRADED:
            return step.at_ms
        known = mrr.get(key, step.previous_mrr)
        changed = step.plan is not None and plans.get(key, step.plan) != step.plan
        if step.plan is not None:
            plans[key] = step.plan
        if step.mrr is None:
            continue
        mrr[key] = step.mrr
        if known is not None and step.mrr < known and sum(mrr.values()) > 0 and (changed or not by_plan):
            return step.at_ms
    return FAR


def _first_rise(steps: list[Step]) -> int:
    """The first instant at which the MRR of an account that paid already rose."""
    mrr: dict[str, float] = {}
    for step in steps:
        key, before = step.subscription, sum(mrr.values())
        if step.name in CANCELLED:
            mrr = {} if not key else {other: value for other, value in mrr.items() if other != key}
            continue
        if step.mrr is None:
            continue
        known = mrr.get(key, step.previous_mrr)
        mrr[key] = step.mrr
        if (before > 0 or known) and sum(mrr.values()) > max(before, known or 0.0):
            return step.at_ms
    return FAR


def _not_renewed(steps: list[Step], back_within_ms: int, end_ms: int) -> int:
    """The renewal date that passed, or the instant at which the subscription was said to have expired."""
    due_ms = FAR
    for step in steps:
        if due_ms + back_within_ms < step.at_ms:
            return due_ms
        if step.name in NOT_RENEWED:
            return step.at_ms
        if step.renewal_ms is not None:
            due_ms = step.renewal_ms
        elif step.name in STARTED:
            due_ms = FAR
    return due_ms if due_ms + back_within_ms < end_ms else FAR


def renewal_of(values: Iterable[object]) -> int | None:
    """The first of `values` that is an instant, in milliseconds."""
    for value in values:
        if isinstance(value, int | float | str) and value and not isinstance(value, bool):
            try:
                return any_stamp_ms(value)
            except Untimely:
                continue
    return None
