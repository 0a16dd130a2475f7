"""The life of the case of one rule: opened, changed, escalated, ended, in the order in which one call sees it."""

from __future__ import annotations

from alerts.lifecycle import words
from alerts.lifecycle.cases.call import Call, Note, case_id
from alerts.lifecycle.cases.case_table import STEP_OF, Edge, checked
from alerts.lifecycle.cases.describe import ended_words, label_of, opened_words, why_of
from alerts.lifecycle.cases.mute import shown_status
from alerts.lifecycle.cases.settle import give_up, settle
from alerts.lifecycle.cases.state import Case, Origin, RuleState
from alerts.lifecycle.kinds.base import CALM
from alerts.lifecycle.kinds.forecast import CompiledForecast
from alerts.lifecycle.policy import AnyRule
from alerts.step import CaseStatus, Reason, Severity
from scoring.instants import HOUR_MS, rfc3339

_RECHECK_MS = HOUR_MS
"""How often to ask whether an account is still settling, while a case waits for it. Looks in between change nothing of
that."""


def follow(call: Call, rule: AnyRule, state: RuleState) -> None:
    """Read the account by one rule, and do what follows for its case."""
    reading = rule.read(state, call.look)
    if reading == CALM and state.depth == 0 and _is_asleep(rule, state):
        return
    recorded, plain, depth, was_rising = len(call.steps), state.plain, state.depth, state.is_rising
    sinces = state.sinces
    had_waited, is_quieted = bool(state.sinces), False
    if reading is None:
        give_up(state)
    else:
        is_quieted = settle(rule, state, reading, call.look)
        _forget_first_days(state)
        if state.is_rising != was_rising and state.sinces:
            state.origin = None
        _remember_origin(call, state, is_new=state.sinces != sinces)
    if rule is call.policy.compiled[0] and rule.kind == "tier" and call.view.score is not None:
        call.tier = rule.tier(state.depth)
    _reconcile(call, rule, state, is_quieted, had_waited)
    if state.case is not None:
        _escalate_if_due(call, rule, state, state.case)
    if reading is not None and len(call.steps) == recorded:
        if reading.hidden and call.look.quiet:
            hush(call, rule, state, _quiet_reason(call), call.here())
        elif state.plain != plain and state.depth == depth:
            _crossing(call, rule, state, plain, had_waited)
    if not state.sinces and state.blocked != "guard":
        state.origin = None


def _is_asleep(rule: AnyRule, state: RuleState) -> bool:
    """Whether nothing holds, held or waits: most looks end here. The tier rule has more to do."""
    return (
        rule.kind != "tier"
        and state.plain == 0
        and state.case is None
        and not state.sinces
        and not state.blocked
        and not state.recheck_ms
    )


def _forget_first_days(state: RuleState) -> None:
    """While a case waits because little is known of the account, better is better, without margin and dwell: else an
    account whose first, neutral score is below a bound would get a case in the tier above when it is known."""
    if state.case is None and state.blocked in ("provisional", "settling") and state.plain < state.depth:
        state.depth, state.origin = state.plain, None
        give_up(state)


def _remember_origin(call: Call, state: RuleState, *, is_new: bool) -> None:
    """While a dwell runs: what the account was before its first crossing, and the cause of the latest."""
    if not state.sinces:
        return
    if state.origin is None:
        state.origin = call.here()
    elif is_new and state.sinces[-1] == call.at_ms:
        state.origin = Origin(state.origin.before, call.view.cause())


def _reconcile(call: Call, rule: AnyRule, state: RuleState, is_quieted: bool, had_waited: bool) -> None:
    """Make the case what the depth wants it to be, unless something holds it."""
    severity = rule.severity(state.depth)
    passes = severity is not None and call.passes(rule)
    case, recheck_ms = state.case, state.recheck_ms
    state.recheck_ms = 0
    if case is not None:
        _keep(call, rule, state, case, severity if passes else None, is_quieted)
    elif severity is None or state.depth <= state.quiet:
        if is_quieted and severity is not None:
            hush(call, rule, state, _quiet_reason(call), call.here())
        state.blocked = ""
    elif blocker := _blocker(call, rule, passes):
        _block(call, rule, state, blocker, recheck_ms)
    elif call.look.quiet not in ("", "norm") and not had_waited:
        state.quiet, state.blocked = state.depth, ""
        hush(call, rule, state, _quiet_reason(call), call.here())
    else:
        open_case(call, rule, state, severity)


def _keep(call: Call, rule: AnyRule, state: RuleState, case: Case, severity: Severity | None, is_quieted: bool) -> None:
    """Bring a case that is not over up to date."""
    if call.view.standing:
        end(call, rule, state, case, "resolved", "standing")
        state.blocked = "" if rule.severity(state.depth) is None else "standing"
    elif call.is_held(rule) and (severity is None or state.depth != case.depth):
        _block(call, rule, state, "guard")
    elif severity is None:
        is_left_out = rule.severity(state.depth) is not None
        if call.look.kind == "late" and not is_left_out:
            end(call, rule, state, case, "retracted", "retracted")
        else:
            is_unwatched = call.is_adopting and state.depth == case.depth
            end(call, rule, state, case, "resolved", "rule_changed" if is_unwatched else "resolved")
        state.blocked = "filter" if is_left_out else ""
    elif state.depth != case.depth:
        _change(call, rule, state, case, severity, is_quieted)
    else:
        case.severity, state.blocked = severity, ""


def _blocker(call: Call, rule: AnyRule, passes: bool) -> Reason | None:
    """What keeps a case from being opened. It is opened when that ends, if the breach still holds."""
    view = call.view
    if view.standing:
        return "standing"
    if not passes:
        return "filter"
    if view.is_provisional:
        return "provisional"
    if view.is_settling:
        return "settling"
    return "guard" if call.is_held(rule) else None


def _block(call: Call, rule: AnyRule, state: RuleState, reason: Reason, recheck_ms: int = 0) -> None:
    """`recheck_ms` is when it was to be asked again so far, 0 for never."""
    if reason == "settling":
        state.recheck_ms = recheck_ms if recheck_ms > call.at_ms else call.at_ms + _RECHECK_MS
    if state.blocked == reason:
        return
    origin = state.origin or call.here()
    state.blocked = reason
    if reason == "guard":
        state.origin = origin
    hush(call, rule, state, reason, origin)


def open_case(call: Call, rule: AnyRule, state: RuleState, severity: Severity) -> None:
    """Open the case of a rule, and tell it unless it is muted."""
    call.account.cases += 1
    mute, depth = call.mute(state), state.depth
    case = Case(
        id=case_id(call.view.account_id, call.account.cases),
        account_id=call.view.account_id,
        status="open",
        severity=severity,
        depth=depth,
        tier=rule.tier(depth) or call.view.tier,
        opened_ms=call.at_ms,
        since_ms=call.at_ms,
        escalate_ms=0 if mute else rule.deadline(call.at_ms, depth),
    )
    origin = state.origin or call.here()
    if state.blocked not in ("", "guard"):
        origin = Origin(origin.before, None)  # it fell before; what changed now is that nothing blocks any more
    before = origin.before.tier if origin.before is not None else ""
    from_tier = before if before != case.tier else ""
    state.case, state.blocked = case, ""
    checked("", "opened", shown_status(call.account, state, case, call.at_ms))
    note = Note(words="", origin=origin, from_tier=from_tier, tier=case.tier, until_ms=case.escalate_ms)
    note.words = opened_words(call, rule, state, note)
    _look_ahead(call, rule, state, note, is_told=mute is None)
    if call.tell(rule, state, case, "opened", call.reason(rule, "first"), note):
        call.cover(rule, severity)


def _change(call: Call, rule: AnyRule, state: RuleState, case: Case, severity: Severity, is_quieted: bool) -> None:
    """The case gets worse or better. Worse is open again, and its time to act starts again."""
    is_worse = state.depth > case.depth
    shown = shown_status(call.account, state, case, call.at_ms)
    from_tier, case.tier = case.tier, rule.tier(state.depth) or call.view.tier
    case.depth, case.severity, state.blocked = state.depth, severity, ""
    is_silent = is_quieted or (not is_worse and bool(call.look.quiet))
    if is_worse and not is_silent:
        case.status, case.by = "open", ""
    if case.status == "open" and not is_silent:
        case.escalate_ms = 0 if call.mute(state) else rule.deadline(call.at_ms, case.depth)
    note = Note(words="", origin=state.origin or call.here(), from_tier=from_tier, tier=case.tier)
    note.until_ms = case.escalate_ms
    note.words = opened_words(call, rule, state, note)
    if is_silent:
        call.hush(rule, state, "changed", _quiet_reason(call), note)
        return
    checked(shown, "worse" if is_worse else "better", shown_status(call.account, state, case, call.at_ms))
    _look_ahead(call, rule, state, note, is_told=is_worse and call.mute(state) is None)
    if call.tell(rule, state, case, "changed", call.reason(rule, "worse" if is_worse else "better"), note) and is_worse:
        call.cover(rule, severity)


def end(call: Call, rule: AnyRule, state: RuleState, case: Case, status: CaseStatus, reason: Reason) -> None:
    """End a case because the account did. People who learned of a case learn of its end."""
    edge: Edge = "retracted" if status == "retracted" else "resolved"
    checked(shown_status(call.account, state, case, call.at_ms), edge, status)
    tier = (rule.tier(state.depth) if call.view.score is not None else "") or call.view.tier
    origin = state.origin or call.here()
    note = Note(words="", origin=origin, from_tier=case.tier if case.tier != tier else "", tier=tier, status=status)
    note.words = ended_words(call, rule, case, note, reason)
    if reason == "resolved" and call.mute(state) is None and _is_no_news(call, rule, case):
        reason = "action"  # only messages that can be edited change
    call.tell(rule, state, case, STEP_OF[edge], call.reason(rule, reason), note)
    state.case, state.blocked = None, ""


def _is_no_news(call: Call, rule: AnyRule, case: Case) -> bool:
    """Whether the end of a case needs no message: good news is no longer new, or the tier rule tells it."""
    if case.severity == "good":
        return True
    return isinstance(rule, CompiledForecast) and rule.has_fallen(call.view.score)


def _escalate_if_due(call: Call, rule: AnyRule, state: RuleState, case: Case) -> None:
    """The time to act has passed."""
    if not case.is_overdue and not 0 < case.escalate_ms <= call.at_ms:
        return
    waited = words.nobody_acted(
        call.view.account_id, label_of(rule), rule.escalate_ms(case.depth), rule.calendar is not None
    )
    note = Note(words=waited, tier=case.tier)
    was_overdue, case.escalate_ms, case.is_overdue = case.is_overdue, 0, False
    mute = call.mute(state)
    if mute is not None:
        note.by, note.until_ms = mute.by, mute.until_ms
        call.hush(rule, state, "none", "snooze", note)
    elif call.is_held(rule):
        case.is_overdue = True
        if not was_overdue:
            call.hush(rule, state, "none", "guard", note)
    else:
        case.status = checked(case.status, "escalated", "escalated")
        call.tell(rule, state, case, "escalated", call.reason(rule, "escalated"), note)


def _crossing(call: Call, rule: AnyRule, state: RuleState, plain: int, had_waited: bool) -> None:
    """The account crossed a bound, and the rule does not follow: for hysteresis, or not yet."""
    if all(rule.severity(depth) is None for depth in (plain, state.plain, state.depth)):
        return
    is_dwell = bool(state.sinces) or had_waited
    hush(call, rule, state, "dwell" if is_dwell else "hysteresis", call.here(), tier=rule.tier(state.plain))


def hush(call: Call, rule: AnyRule, state: RuleState, reason: Reason, origin: Origin, tier: str | None = None) -> None:
    """Record that the rule saw something, and that people do not learn of it."""
    until_ms = 0
    if reason == "dwell" and state.sinces:
        until_ms = state.sinces[0] + (rule.exit_dwell_ms if state.is_rising else rule.dwell_ms)
    seen = max(state.depth, state.plain)
    note = Note(
        words=words.not_told(call.view.account_id, label_of(rule), why_of(reason, until_ms)),
        origin=origin,
        tier=tier or rule.tier(state.depth) or None,
        severity=rule.severity(seen) or rule.severity(state.depth) or rule.rule.severity,
        until_ms=until_ms,
    )
    if origin.before is not None and origin.before.tier != (note.tier or call.view.tier):
        note.from_tier = origin.before.tier
    call.hush(rule, state, "none", reason, note)


def _quiet_reason(call: Call) -> Reason:
    match call.look.quiet:
        case "norm":
            return "norm"
        case "model":
            return "model"
        case "backfill":
            return "backfill"
        case _:
            return "rule_changed"


def _look_ahead(call: Call, rule: AnyRule, state: RuleState, note: Note, is_told: bool) -> None:
    """The next tier under silence, for steps that people read. Costs a forecast, so only where a worse tier is left."""
    if isinstance(rule, CompiledForecast):
        at_ms, note.next_tier = rule.fall(state)
        note.next_at = rfc3339(at_ms)
    elif is_told and rule.kind == "tier" and state.depth < rule.deepest and not call.look.is_after_outage:
        forecast = call.view.forecast()
        if forecast is not None:
            note.next_tier, note.next_at = forecast.tier, forecast.at
