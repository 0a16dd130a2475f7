"""The end of a snooze: one summary of all that happened meanwhile."""

from __future__ import annotations

from alerts.lifecycle import words
from alerts.lifecycle.cases.call import Call, Note
from alerts.lifecycle.cases.case_table import checked
from alerts.lifecycle.cases.describe import label_of
from alerts.lifecycle.cases.mute import add_missed
from alerts.lifecycle.cases.state import Case, Missed, Mute, RuleState
from alerts.lifecycle.policy import AnyRule
from alerts.step import SEVERITIES, Reason
from scoring.instants import rfc3339

Watched = list[tuple[AnyRule, RuleState]]


def end_snoozes(call: Call, watched: Watched) -> None:
    """End the snoozes whose time has come. Several that end at once give one summary."""
    whole = call.account.mute
    if whole is not None and whole.until_ms <= call.at_ms:
        for _, state in watched:
            if state.mute is not None and state.mute.until_ms <= call.at_ms:
                for entry in state.mute.missed:
                    add_missed(whole, entry)
                whole.more, state.mute = whole.more + state.mute.more, None
        end_snooze(call, watched, None, "")
    for rule, state in watched:
        if state.mute is not None and state.mute.until_ms <= call.at_ms:
            end_snooze(call, watched, (rule, state), "")


def end_snooze(call: Call, watched: Watched, only: tuple[AnyRule, RuleState] | None, by: str) -> None:
    """End the snooze of a rule, or with None the account's. `by` is who ended it early, "" for its time.

    One step tells the summary: that of the case that matters most. The other cases' steps only bring their messages up
    to date. What another snooze still hides is left to that one's end.
    """
    scope = watched if only is None else [only]
    mute = call.account.mute if only is None else only[1].mute
    assert mute is not None
    if only is None:
        call.account.mute = None
    else:
        only[1].mute = None
    missed = _pass_on(call, watched, mute)
    still = [(rule, state, state.case) for rule, state in scope if state.case is not None and call.mute(state) is None]
    open_ids = {case.id for _, _, case in still}
    over = [entry for entry in missed if entry.status in ("resolved", "retracted") and entry.case_id not in open_ids]
    parts = [_still_part(rule, case) for rule, _, case in still] + [_over_part(watched, entry) for entry in over]
    sentence = words.snooze_ended(call.view.account_id, mute.by, parts, mute.more)
    still.sort(key=lambda each: SEVERITIES.index(each[2].severity))
    over.sort(key=lambda entry: SEVERITIES.index(entry.severity))
    reason: Reason = "summary"
    for rule, state, case in still:
        _tell_open(call, rule, state, case, mute, sentence, reason, by)
        reason = "action"
    for entry in over:
        if reason == "summary" or entry.was_told:
            _tell_over(call, watched, entry, mute, sentence, reason, by)
            reason = "action"
    if reason == "summary":
        _record_end(call, only, mute, sentence, by)


def _pass_on(call: Call, watched: Watched, mute: Mute) -> list[Missed]:
    """The missed steps that nothing hides any more; the rest goes to the snooze that still does."""
    states = {rule.name: state for rule, state in watched}
    told = []
    for entry in mute.missed:
        other = call.mute(states.get(entry.rule))
        if other is None:
            told.append(entry)
        else:
            add_missed(other, entry)
    return told


def _tell_open(
    call: Call, rule: AnyRule, state: RuleState, case: Case, mute: Mute, sentence: str, reason: Reason, by: str
) -> None:
    """A case that is still open has the status again that it had before; the time to act starts again."""
    checked("snoozed", "snooze_ended", case.status)
    if case.status == "open":
        case.escalate_ms = rule.deadline(call.at_ms, case.depth)
    note = Note(words=sentence, tier=case.tier, by=by or mute.by, until_ms=case.escalate_ms)
    call.tell(rule, state, case, "snooze_ended", reason, note)


def _tell_over(call: Call, watched: Watched, entry: Missed, mute: Mute, sentence: str, reason: Reason, by: str) -> None:
    """The end of a case, which a mute kept from people: the only step that comes after it."""
    rule = _rule_of(watched, entry.rule)
    call.write_over(
        Note(words=sentence, by=by or mute.by, tier=entry.tier),
        rule=entry.rule,
        rule_kind="" if rule is None else rule.kind,
        severity=entry.severity,
        step="snooze_ended",
        outcome="sent",
        reason=reason,
        case_id=entry.case_id,
        status=entry.status,
        step_number=entry.steps + 1,
        opened_at=rfc3339(entry.opened_ms),
        label="" if rule is None else rule.rule.label,
    )


def _record_end(call: Call, only: tuple[AnyRule, RuleState] | None, mute: Mute, sentence: str, by: str) -> None:
    """Nothing happened, or another snooze still holds: there is nothing to tell."""
    other = call.mute(None if only is None else only[1])
    call.write_over(
        Note(words=sentence, by=by or mute.by),
        rule="" if only is None else only[0].name,
        rule_kind="" if only is None else only[0].kind,
        severity="info",
        step="none",
        outcome="suppressed",
        reason="repeat" if other is None else "snooze",
    )


def _still_part(rule: AnyRule, case: Case) -> str:
    label = words.lower_first(label_of(rule))
    is_level = rule.kind == "tier" and case.tier  # the tier of other cases is that of their latest step
    return f"{label} still holds ({words.tier_name(case.tier)})" if is_level else f"{label} still holds"


def _over_part(watched: Watched, entry: Missed) -> str:
    rule = _rule_of(watched, entry.rule)
    label = words.lower_first(entry.rule if rule is None else label_of(rule))
    what = "was taken back by a late event" if entry.status == "retracted" else "is over"
    return f"{label} {what}" if entry.was_told else f"{label} began and {what}"


def _rule_of(watched: Watched, name: str) -> AnyRule | None:
    return next((rule for rule, _ in watched if rule.name == name), None)
