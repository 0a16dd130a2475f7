"""The first call under other rules: what holds already is the new normal, and cases of rules that are gone end."""

from __future__ import annotations

from alerts.lifecycle import words
from alerts.lifecycle.cases.call import Call, Note
from alerts.lifecycle.cases.case_table import ENDED
from alerts.lifecycle.cases.life import hush
from alerts.lifecycle.cases.mute import add_missed, remember
from alerts.lifecycle.cases.snoozes import Watched
from alerts.lifecycle.cases.state import UNTOUCHED, Case, Missed, Origin, RuleState
from alerts.lifecycle.kinds.base import Look
from alerts.lifecycle.kinds.tier import CompiledTier
from alerts.lifecycle.policy import AnyRule
from scoring.instants import rfc3339
from scoring.result import Baseline

_KINDS = {"t": "tier", "d": "drop", "f": "flag", "c": "condition", "m": "mrr", "o": "forecast"}


def adopt(call: Call, watched: Watched) -> Look:
    """Fit the state to the rules of the call, and return the look for rules that cannot tell what held before it: for
    them, what holds now held already, unless the account has no past."""
    kept, before, is_new = call.account, call.view.before, not has_past(call)
    if len(kept.rules) > len(watched):
        _end_cases_of_gone_rules(call, {rule.key for rule, _ in watched})
    kept.mark = call.policy.mark
    call.is_adopting = True
    if is_new:  # of its rules nothing is kept but what a person said
        return call.look
    for rule, state in watched:
        if state != UNTOUCHED:
            _fit(rule, state)
        if isinstance(rule, CompiledTier) and before is not None and before.tier:
            _hold(call, rule, state, before)
    return call.look if call.look.quiet else call.look._replace(quiet="rule_changed")


def has_past(call: Call) -> bool:
    """Whether the account was looked at before, or had a score before this judgement."""
    return call.account.mark != 0 or call.view.before is not None


def _fit(rule: AnyRule, state: RuleState) -> None:
    """What is kept of a rule was kept of another one, or for other tiers."""
    state.depth = min(state.depth, rule.deepest)
    state.plain = min(state.plain, rule.deepest)
    state.sinces, state.is_rising = [], False
    rule.adopt(state)
    if state.case is not None:
        state.case.depth = min(state.case.depth, rule.deepest)


def _hold(call: Call, rule: CompiledTier, state: RuleState, before: Baseline) -> None:
    """A tier that the account was in before this judgement opens no case."""
    depth = rule.depth_of(before.value)
    if depth <= state.depth:
        return
    state.depth = state.plain = depth
    state.quiet = depth
    if state.case is not None:
        state.case.depth, state.case.tier = depth, rule.tier(depth)
    elif rule.severity(depth) is not None:
        hush(call, rule, state, "rule_changed", Origin(before, None))


def _end_cases_of_gone_rules(call: Call, keys: set[str]) -> None:
    for key in sorted(call.account.rules.keys() - keys):
        state = call.account.rules.pop(key)
        if state.case is not None:
            _end(call, key, state.case)
        for entry in state.mute.missed if state.mute is not None else ():
            if entry.was_told and entry.status in ENDED:
                _say_it_ended(call, key, entry)


def _say_it_ended(call: Call, key: str, missed: Missed) -> None:
    """A case that ended under a snooze of its rule, which is gone with the rule."""
    mute = call.mute(None)
    if mute is not None:
        add_missed(mute, missed)
        return
    letter, _, name = key.partition(":")
    call.write_over(
        Note(words=words.no_longer_watched(call.view.account_id, name.replace("_", " "))),
        rule=name,
        rule_kind=_KINDS.get(letter, ""),
        severity=missed.severity,
        step="snooze_ended",
        outcome="sent",
        reason="rule_changed",
        case_id=missed.case_id,
        status=missed.status,
        step_number=missed.steps + 1,
        opened_at=rfc3339(missed.opened_ms),
    )


def _end(call: Call, key: str, case: Case) -> None:
    letter, _, name = key.partition(":")
    mute = call.mute(None)
    case.steps += 1
    if mute is not None:
        remember(mute, name, case, "resolved", "resolved")
    is_told = mute is None and case.was_told
    call.write_over(
        Note(words=words.no_longer_watched(call.view.account_id, name.replace("_", " ")), by=mute.by if mute else ""),
        rule=name,
        rule_kind=_KINDS.get(letter, ""),
        severity=case.severity,
        step="resolved",
        outcome="sent" if is_told else "suppressed",
        reason="rule_changed" if is_told else "covered" if mute is None else "snooze",
        case_id=case.id,
        status="resolved",
        step_number=case.steps,
        opened_at=rfc3339(case.opened_ms),
        assignee=case.assignee,
    )
