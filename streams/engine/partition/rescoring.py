"""The step that every change of an account has in common: score it again, and call the matters that look at that."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from alerts.lifecycle.scored_view import RULES, AccountCircumstances, Change, Occasion, Previous, ScoredView
from alerts.step import AlertStep
from alerts.transition import NamedEvent
from scoring.plan.score_plan import Evaluation
from scoring.state.account import Account
from streams.engine.matters.cases_matter import CasesMatter, looks_of
from streams.engine.matters.matter import Effect
from streams.engine.matters.table import CASES
from streams.engine.partition.state import PartitionState
from streams.engine.stored_account import StoredAccount

_OFTEN = ("event", "late", "expiry", "norm", "model", RULES)
"""The causes for which matters are called only when something changed that they look at. A walk for another model or
other rules may come again, after a crash or without a change."""


def rescore(
    state: PartitionState,
    stored: StoredAccount,
    account: Account,
    kind: str,
    *,
    event: NamedEvent | None = None,
    offset: int = -1,
    author: str = "",
    is_history: bool = False,
) -> None:
    """Score an account again for a cause of this kind; a change of tier adds its notification, and matters that have
    something to do are called.

    `is_history`: the event was old when it arrived, so a change of tier is counted but not notified.
    """
    previous, evaluation, mrr = stored.previous, stored.evaluation, stored.mrr
    # An action of a person is always notified.
    is_told = kind == "override" or not (is_history or state.as_of_ms < stored.settled_ms)
    state.pending.add(stored)
    state.forecasts.touched(stored, account, kind)
    transition = state.scorer.rescore(stored, account, kind, event=event, offset=offset, author=author, is_told=is_told)
    if transition is not None and transition.notification is not None:
        stored.outbox.append(msgspec.json.encode(transition.notification))
        state.pending.add_outputs(stored, is_urgent=True)
    now = stored.evaluation
    if now is evaluation and now is not None and stored.mrr == mrr and kind in _OFTEN:
        return
    is_other = kind not in _OFTEN or stored.mrr != mrr or now is None
    if not is_other and now is not None:
        is_other = _looks_other(state, stored, now, evaluation)
        if not is_other and len(stored.matters) == 1 and (cases := stored.matters.get(CASES)) is not None:
            low, high = cases.band
            if low <= now.value < high:  # the usual case: a busy account pays nothing more
                return
    if state.gives_cases and stored.baseline_tier and CASES not in stored.matters:
        stored.matters[CASES], is_other = state.new_matter(stored.account_id, CASES), True
        if previous.exists:
            kind, transition = RULES, None  # it was scored before there were rules
    if stored.matters:
        occasion = Occasion(kind, event, state.number, offset, author, is_history)
        change = None if transition is None else transition.change
        look(state, stored, account, occasion, previous, is_other=is_other, change=change)


def _looks_other(state: PartitionState, stored: StoredAccount, now: Evaluation, before: Evaluation | None) -> bool:
    """Whether anything differs that rules look at besides the score, since the evaluation before; since the last call,
    when there was none since the account was decoded."""
    if before is not None:
        return now.looks_other_than(before)
    cases = stored.matters.get(CASES)
    return not isinstance(cases, CasesMatter) or cases.looks != looks_of(state.policy, now, stored.mrr)


def look(
    state: PartitionState,
    stored: StoredAccount,
    account: Account,
    occasion: Occasion,
    previous: Previous,
    *,
    is_other: bool = True,
    change: Change | None = None,
) -> None:
    """Call the matters whose band the score has left; with `is_other`, also those that look at all changes. `change` is
    the change of tier that the account was judged for, where there is one."""
    override, evaluation = stored.override, stored.evaluation
    score = override.score if override is not None else evaluation.value if evaluation is not None else None
    for name, matter in list(stored.matters.items()):
        low, high = matter.band
        if (is_other and matter.looks_at_all) or (score is not None and not low <= score < high):
            effect = matter.on_score(view_of(state, stored, account, occasion, previous, change))
            apply_effect(state, stored, account, name, effect)
            if matter.next_due_ms < stored.timer_ms:
                state.set_timer(stored)


def view_of(
    state: PartitionState,
    stored: StoredAccount,
    account: Account,
    occasion: Occasion,
    previous: Previous,
    change: Change | None = None,
) -> ScoredView:
    """The account as matters look at it, at its instant."""
    warmup = state.scorer.warmup
    circumstances = AccountCircumstances(
        override=stored.override,
        settled_ms=stored.settled_ms,
        is_warming=bool(warmup.warming_signals and warmup.warming(state.fold.reading(account))),
        outage=state.outage,
        is_outage_over=state.is_outage_over,
    )
    return ScoredView(
        state.policy,
        state.plan,
        stored.account_id,
        state.fold.explained(account, stored.scores),
        state.scorer.norm,
        occasion,
        previous,
        circumstances,
        change,
    )


def apply_effect(state: PartitionState, stored: StoredAccount, account: Account, name: str, effect: Effect) -> None:
    """Carry out the effect of a matter's step on the account."""
    matter = stored.matters[name]
    if isinstance(matter, CasesMatter):
        state.scorer.ledger.note_cases(stored, matter.open)
    elif not matter.snapshot():
        del stored.matters[name]
    if effect.steps:
        _add_steps(state, stored, effect.steps)
    if effect.cause:
        rescore(state, stored, account, effect.cause, author=effect.author)
    else:
        state.pending.add(stored)


def _add_steps(state: PartitionState, stored: StoredAccount, steps: Sequence[AlertStep]) -> None:
    """Add alert steps to the account's outbox; one that may be told does not wait for the regular flush."""
    for step in steps:
        stored.alerts.append(msgspec.json.encode(step))
        state.decisions[step.rule, step.outcome, step.reason] += 1
    state.pending.add_outputs(stored, is_urgent=any(step.is_told for step in steps))
