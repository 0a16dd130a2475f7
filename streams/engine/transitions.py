"""A change of tier: its record in the account, and the content of its notification. Pure."""

from __future__ import annotations

import msgspec

from alerts.notification import Cause
from alerts.transition import AccountNow, shown
from scoring.event.event import Event
from scoring.explain.cause import cause_text
from scoring.explain.explanation import contributions_of, drivers_of
from scoring.explain.snapshot import component_scores, plan_of
from scoring.instants import rfc3339
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.plan.read_facts import facts_of
from scoring.plan.score_plan import Evaluation
from scoring.result import Baseline, LastTransition, TransitionCause
from scoring.state.account import Account

EVENT_ID_SHOWN_CHARACTERS = 200


def with_event(cause: TransitionCause, event: Event, partition: int, offset: int) -> TransitionCause:
    """The cause with its event and the coordinates of the message."""
    return msgspec.structs.replace(
        cause,
        topic=event.topic,
        partition=partition,
        offset=offset,
        event=event.name,
        event_id=event.event_id[:EVENT_ID_SHOWN_CHARACTERS],
    )


def transition_of(
    plan: Plan, account: Account, before: Baseline, after: Baseline, cause: TransitionCause
) -> LastTransition:
    """The transition as the account's record keeps it, at the account's instant."""
    return LastTransition(
        at=rfc3339(account.as_of_ms),
        from_tier=before.tier,
        to_tier=after.tier,
        before=shown(before.value),
        after=shown(after.value),
        model=plan.model.name,
        model_version=plan.model.version,
        cause=cause,
    )


def account_now(
    plan: Plan, account_id: str, account: Account, judged: Evaluation | None, norm: CohortNorm
) -> AccountNow:
    """The values in a notification that describe the account rather than the transition."""
    facts = facts_of(plan.primary, account, norm)
    scores = {} if judged is None else component_scores(plan.primary, judged)
    contributions = contributions_of(plan.primary, facts, scores, "" if judged is None else judged.profile)
    return AccountNow(
        account_id=account_id,
        as_of_ms=account.as_of_ms,
        drivers=drivers_of(contributions),
        mrr=facts.number("mrr"),
        plan=plan_of(facts.values),
    )


def cause_in_words(plan: Plan, cause: TransitionCause) -> Cause:
    """The cause as a notification carries it."""
    return Cause(
        kind=cause.kind,
        words=cause_text(plan, cause),
        topic=cause.topic,
        partition=cause.partition,
        offset=cause.offset,
        event=cause.event,
        event_id=cause.event_id,
    )
