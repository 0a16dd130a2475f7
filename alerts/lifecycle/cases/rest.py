"""When an account is at rest: looks at it decide nothing, and only record its score. So others than `AccountAlerts` may
make them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from alerts.lifecycle.cases.settle import settle_due_ms
from alerts.lifecycle.cases.snoozes import Watched
from alerts.lifecycle.cases.state import UNTOUCHED, AccountState, RuleState
from alerts.lifecycle.kinds.ladder import EVERY
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

    A look is made as ever: when the score is outside `AccountAlerts.band`, so at the latest when it passes one of
    `Policy.bounds`. `due_ms` is when something is due, but for the end of tracks that hold.
    """

    low: float
    high: float
    due_ms: int
    until_ms: int
    awaits_mrr: bool
    each: tuple[Track, ...]


class Cut(NamedTuple):
    """Where something belongs in a snapshot that looks record.

    It is the memory of a track; when `track` is -1, that of a rule with `bounds`, of `CompiledRule.note_score`: how
    many of them are above the score, plus 1.
    """

    offset: int
    track: int
    bounds: Sequence[float]


class Unrecorded(NamedTuple):
    """What is kept of an account at rest, without what looks record."""

    due_ms: int
    """`Tracks.due_ms`."""
    snapshot: bytes
    cuts: Sequence[Cut]
    """Where the rest belongs in the snapshot, ascending."""


class Waits(NamedTuple):
    """Until when, and at which scores, an account needs no look: [low, high), before `due_ms`."""

    low: float
    high: float
    due_ms: int


NOTHING_WAITS = Waits(*EVERY, FAR)


def waits_of(policy: Policy, account: AccountState, waiting: Watched, score: float | None) -> tuple[Waits, Waits]:
    """What an account waits for, and as much of it as comes from the rules that `records` does not hold for, and from
    cases. `waiting` has the rules but those that `waits_for_nothing` holds for, `score` is that of the last judgement,
    None when there is none or it is not known."""
    (low, high), (rest_low, rest_high) = policy.tier_ladder.around(score), EVERY
    due_ms = rest_ms = FAR if account.mute is None else account.mute.until_ms
    for rule, state in waiting:
        least, most = rule.band(state)
        low = least if least > low else low
        high = most if most < high else high
        own_ms, until_ms = rule.due_ms(state), waiting_until_ms(rule, state)
        due_ms = own_ms if own_ms < due_ms else due_ms
        due_ms = until_ms if until_ms < due_ms else due_ms
        rest_ms = until_ms if until_ms < rest_ms else rest_ms
        if not rule.records:
            rest_low = least if least > rest_low else rest_low
            rest_high = most if most < rest_high else rest_high
            rest_ms = own_ms if own_ms < rest_ms else rest_ms
    return Waits(low, high, due_ms), Waits(rest_low, rest_high, rest_ms)


def tracks_of(policy: Policy, waiting: Watched, rest: Waits, score: float, *, may_be_warming: bool) -> Tracks | None:
    """What looks at this account do from now on; None when it is not at rest, or nothing is tracked. `waiting` and
    `rest` are those of `waits_of`, `score` is that of the last judgement. `may_be_warming`: events alone may make the
    account provisional, or the contrary."""
    low, high = policy.tier_ladder.around(score)
    low, high, due_ms = max(low, rest.low), min(high, rest.high), rest.due_ms
    until_ms, awaits_mrr, each = FAR, False, list[Track]()
    for rule, state in waiting:
        if not _is_at_rest(rule, state, may_be_warming=may_be_warming):
            return None
        if rule.records:
            if (track := rule.track(state)) is not None:
                each.append(track)
                continue
            least, most = rule.rests_within(state, score)
            low, high = max(low, least), min(high, most)
            due_ms = min(due_ms, rule.due_ms(state))
        elif rule.forgets:
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
