"""Which sentence of `alerts.lifecycle.words` a step says."""

from __future__ import annotations

from alerts.lifecycle import words
from alerts.lifecycle.cases.call import Call, Note
from alerts.lifecycle.cases.state import Case, RuleState
from alerts.lifecycle.kinds.drop import CompiledDrop, hundredths
from alerts.lifecycle.kinds.forecast import CompiledForecast
from alerts.lifecycle.kinds.held import CompiledFlag
from alerts.lifecycle.kinds.mrr import CompiledMrr
from alerts.lifecycle.policy import AnyRule
from alerts.step import Reason

_WHY: dict[str, str] = {
    "dwell": "it has not lasted long enough",
    "hysteresis": "within the margin of the bound",
    "provisional": "the account is provisional",
    "settling": "the account's past may still be arriving",
    "backfill": "events of the past were imported",
    "norm": "only the cohort norm changed",
    "model": "only the model changed",
    "rule_changed": "only the rules changed",
    "standing": "the account has a standing and no score",
    "filter": "the rule is not for this account now",
    "guard": "a fleet alarm holds alerts back",
}


def label_of(rule: AnyRule) -> str:
    """The rule for people: its label, or its name."""
    return rule.rule.label or rule.name.replace("_", " ").replace("-", " ")


def why_of(reason: Reason, until_ms: int) -> str:
    """Why people do not learn of it, and until when."""
    why = _WHY.get(reason, reason)
    return f"{why}, {words.until(until_ms)}" if until_ms else why


def opened_words(call: Call, rule: AnyRule, state: RuleState, note: Note) -> str:
    """What opened a case, or changed it, and why."""
    account_id = call.view.account_id
    if isinstance(rule, CompiledForecast):
        at_ms, tier = rule.fall(state)
        return words.will_fall(account_id, tier, at_ms, call.policy.rules.header.zone)
    if isinstance(rule, CompiledMrr) and call.view.mrr is not None:
        was = rule.was(state, call.at_ms)
        return words.mrr_changed(account_id, was, call.view.mrr, rule.within_ms)
    if isinstance(rule, CompiledFlag):
        held = [name for name in call.view.flags if name in rule.rule.flags]
        return words.flagged(account_id, label_of(rule), held)
    if rule.kind == "tier":
        clause = words.tier_change(
            account_id, note.from_tier, note.tier or "", _is_worse(rule, note.from_tier, note.tier or "")
        )
    elif isinstance(rule, CompiledDrop) and call.view.score is not None:
        peak = rule.peak(state, call.view.score, call.at_ms)
        clause = words.dropped(account_id, peak, hundredths(call.view.score), rule.within_ms)
    else:
        return words.about(account_id, label_of(rule))
    return words.with_cause(clause, _cause_words(call, note))


def ended_words(call: Call, rule: AnyRule, case: Case, note: Note, reason: Reason) -> str:
    """How a case ended."""
    account_id, label = call.view.account_id, label_of(rule)
    if reason == "standing":
        return words.in_standing(account_id, label, call.view.standing)
    if reason == "rule_changed":
        return words.no_longer_watched(account_id, _watched_of(rule, case))
    if reason == "retracted":
        return words.retracted(account_id, label)
    if isinstance(rule, CompiledDrop) and _has_not_risen(call, note):
        return words.fall_is_old(account_id, rule.within_ms)
    if rule.kind == "tier" and note.tier and note.from_tier:
        return words.with_cause(words.recovered(account_id, note.from_tier, note.tier), _cause_words(call, note))
    return words.over(account_id, label)


def _watched_of(rule: AnyRule, case: Case) -> str:
    """The rule, and the tier of the case where it is one of its tiers that is not watched any more."""
    is_tier = rule.kind == "tier" and case.tier and rule.severity(case.depth) is None
    return f"{label_of(rule)} ({words.tier_name(case.tier)})" if is_tier else label_of(rule)


def _is_worse(rule: AnyRule, before: str, after: str) -> bool:
    depths = {rule.tier(depth): depth for depth in range(rule.deepest + 1)}
    return depths.get(before, 0) < depths.get(after, 0)


def _has_not_risen(call: Call, note: Note) -> bool:
    before = None if note.origin is None else note.origin.before
    return before is not None and call.view.score is not None and call.view.score <= before.value


def _cause_words(call: Call, note: Note) -> str:
    if note.origin is None:
        return ""
    cause = call.view.details(note.origin.before, note.origin.cause).cause
    return "" if cause is None else cause.words
