"""Dwell: when the depth of a rule follows what it reads."""

from __future__ import annotations

from alerts.lifecycle.cases.state import RuleState
from alerts.lifecycle.kinds.base import CompiledRule, Look, R, Reading
from scoring.instants import FAR


def settle(rule: CompiledRule[R], state: RuleState, reading: Reading, look: Look) -> bool:
    """Move the depth to where the reading leads, as far as dwells have passed; whether that was for a cause that opens
    no case.

    Each bound has its own dwell, from when it was crossed. Nothing dwells after such a cause (its level is the new
    normal), at the end of an outage, in a standing, and when a late event takes a breach back.
    """
    state.plain = reading.plain
    target = reading.worse if reading.worse > state.depth else min(reading.better, state.depth)
    count = abs(target - state.depth)
    is_rising = target < state.depth
    known = state.sinces[:count] if is_rising == state.is_rising else []
    is_new = count > len(known)
    # A fall that is under way for another cause goes on, however far this one takes it.
    is_quieted = bool(is_new and look.quiet and not is_rising and not known)
    if is_quieted or _is_at_once(rule, look, is_rising, is_new):
        state.depth, known = target, []
    elif count:
        known = known + [look.at_ms] * (count - len(known))
        wait = rule.exit_dwell_ms if is_rising else rule.dwell_ms
        passed = sum(look.at_ms - since >= wait for since in known)
        state.depth += -passed if is_rising else passed
        known = known[passed:]
    state.sinces = known
    state.is_rising = is_rising if known else False
    state.quiet = state.depth if is_quieted else min(state.quiet, state.depth)
    return is_quieted


def _is_at_once(rule: CompiledRule[R], look: Look, is_rising: bool, is_new: bool) -> bool:
    if look.is_after_outage and rule.rule.guarded:
        return True
    return is_rising and (bool(is_new and (look.quiet or look.kind == "late")) or bool(look.view.standing))


def give_up(state: RuleState) -> None:
    """Nothing can be said about the account: dwells that ran are forgotten."""
    state.sinces = []
    state.is_rising = False


def settle_due_ms(rule: CompiledRule[R], state: RuleState) -> int:
    """When the next dwell has passed, FAR for never."""
    if not state.sinces:
        return FAR
    return state.sinces[0] + (rule.exit_dwell_ms if state.is_rising else rule.dwell_ms)
