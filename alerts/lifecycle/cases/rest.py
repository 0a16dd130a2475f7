"""When an account is at rest: looks at it decide nothing, and only record its score. So others than `AccountAlerts` may
make them."""

from __future__ import annotations

from typing import NamedTuple

from alerts.lifecycle.cases.settle import settle_due_ms
from alerts.lifecycle.cases.snoozes import Watched
from alerts.lifecycle.cases.state import UNTOUCHED, AccountState, RuleState
from alerts.lifecycle.kinds.track import Track
from alerts.lifecycle.policy import AnyRule, Policy
from scoring.instants import FAR

_UNTIL_KNOWN = ("provisional", "settling")


class Tracks(NamedTuple):
    """What looks at an account at rest do. They only record the score into `each`, in the order of the rules

    - while the score is in [low, high), and none of `each` begins or ends to hold,
    - before `until_ms`,
    - while nothing changes but the score that makes a call of `AccountAlerts.judge` necessary; with `awaits_mrr`, also
      while the MRR does not become known.

    A look is made as ever: when the score is outside `AccountAlerts.band`. `due_ms` is when something is due, but for
    the end of tracks that hold.
    """

    low: float
    high: float
    due_ms: int
    until_ms: int
    awaits_mrr: bool
    each: tuple[Track, ...]


def tracks_of(
    policy: Policy, account: AccountState, waiting: Watched, score: float, *, may_be_warming: bool
) -> Tracks | None:
    """What looks at this account do from now on; None when it is not at rest, or nothing is tracked. `waiting` has the
    rules but those that `waits_for_nothing` holds for, `score` is that of the last judgement. `may_be_warming`: events
    alone may make the account provisional, or the contrary."""
    if account.mark != policy.mark:
        return None
    low, high = policy.tier_ladder.around(score)
    due_ms = FAR if account.mute is None else account.mute.until_ms
    until_ms, awaits_mrr, each = FAR, False, list[Track]()
    for rule, state in waiting:
        if not _is_at_rest(rule, state, may_be_warming=may_be_warming):
            return None
        if (track := rule.track(state)) is not None:
            each.append(track)
        else:
            least, most = rule.band(state)
            low, high = max(low, least), min(high, most)
            due_ms = min(due_ms, rule.due_ms(state))
        due_ms = min(due_ms, waiting_until_ms(rule, state))
        until_ms = min(until_ms, rule.rests_until_ms(state))
        awaits_mrr = awaits_mrr or rule.awaits_mrr(state)
    return Tracks(low, high, due_ms, min(until_ms, due_ms), awaits_mrr, tuple(each)) if each else None


def waits_for_nothing(rule: AnyRule, state: RuleState) -> bool:
    """Whether the rule is at rest, allows every score, and nothing of it is due, so that a look only asks whether it
    holds: as most rules are mostly."""
    return not rule.remembers and state == UNTOUCHED


def waiting_until_ms(rule: AnyRule, state: RuleState) -> int:
    """When a dwell, a time to act or a snooze ends, or it is asked again whether a case may open; FAR for never."""
    due_ms = settle_due_ms(rule, state) if state.sinces else FAR
    if state.recheck_ms:
        due_ms = min(due_ms, state.recheck_ms)
    if state.case is not None and state.case.escalate_ms:
        due_ms = min(due_ms, state.case.escalate_ms)
    return due_ms if state.mute is None else min(due_ms, state.mute.until_ms)


def _is_at_rest(rule: AnyRule, state: RuleState, *, may_be_warming: bool) -> bool:
    """Whether `alerts.lifecycle.cases.life.follow` changes nothing when the rule reads what it read last, and nothing
    is due."""
    is_wanted = rule.severity(state.depth) is not None
    case, blocked = state.case, state.blocked
    if case is not None:
        return is_wanted and not blocked and state.depth == case.depth and not case.is_overdue
    if not is_wanted or state.depth <= state.quiet:
        return not blocked
    if blocked in _UNTIL_KNOWN:
        return state.plain >= state.depth and not may_be_warming
    return blocked == "filter"
