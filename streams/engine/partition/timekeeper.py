"""Advances a partition's time in bounded turns: a turn concerns at most `TURN_ACCOUNTS` accounts.

A walk visits every account: for a declaring tick, a norm or another model. The partition's record holds it from its
beginning, so a flush in the middle is safe: after a crash the walk starts again, and changes nothing for accounts that
it had visited. Those that a fleet alarm's walk has visited say so in their own records, for they may be ahead of the
partition's by then. Under the event clock a walk ends before the next message is applied, so that every run gives the
same result. Under the wall clock events continue, and an account with a new event is visited first; control messages
wait. Both give the result of an uninterrupted walk, since the visits of two accounts do not depend on each other.
"""

from __future__ import annotations

from collections.abc import Iterable

from alerts.lifecycle.scored_view import Occasion
from scoring.instants import FAR
from streams.changelog.record_types import Walk
from streams.control.messages import NormPart, encode_control
from streams.engine.partition.rescoring import apply_effect, look, rescore, view_of
from streams.engine.partition.state import PartitionState
from streams.engine.stored_account import StoredAccount
from streams.kernel.worker import Fired

OF_TIME = Occasion("expiry")
_DONE = (Fired.SAME, Fired.JUDGED)
TURN_ACCOUNTS = 100
"""Accounts in one turn, some milliseconds. The engine decides how many turns follow each other."""

ANSWERS = "answers"
"""Every answer is sent again, because their topic was re-created."""
DECLARED = "declared"
"""A tick declares an instant: every account is judged and answered at it, and the part of a norm is collected."""
GUARD_BEGUN, GUARD_ENDED = "guard_begun", "guard_ended"
"""A fleet alarm began or ended: what feeds on it is frozen or thawed."""
GUARD = "guard"
"""The kind of cause for which both visits score an account."""
MODEL = "model"
"""The partition was restored under another model: every account is scored again."""
NORM = "norm"
"""A new cohort norm applies: every account is scored again."""
NORM_DUE = "norm_due"
"""The partition's part of a cohort norm is collected."""
RULES = "rules"
"""The partition was restored under other alert rules: every account is judged by them."""
WARMED_UP = "warmed_up"
"""Some signal's warm-up has ended: every answer may change."""


def advance(state: PartitionState, as_of_ms: int) -> bool:
    """Advance time to `as_of_ms`, and fire every due account timer, each at its own due time.

    False before all is done: after a turn, and while a flush has to come first (`is_backpressured`).
    """
    if not run_walk(state):
        return False
    timers, left = state.timers, TURN_ACCOUNTS
    if state.loop is not None and timers.is_due(as_of_ms):
        state.loop.judge_by(state.scorer.norm, state.scorer.sources.unsent_slots)
    while timers.is_due(as_of_ms):
        if state.is_backpressured or not left:
            return False
        stored = timers.pop(state.accounts)
        if stored is not None:
            _fire(state, stored)
            left -= 1
    if state.outages.alarms and (overdue := state.outages.end_overdue(as_of_ms)):
        begin_guard_walk(state, overdue, is_over=True)
    warm_ms = state.scorer.warmup.next_until_ms(state.as_of_ms)
    state.as_of_ms = max(state.as_of_ms, as_of_ms)
    if 0 < warm_ms <= state.as_of_ms:
        begin_walk(state, Walk(WARMED_UP, state.as_of_ms))
    # A walk may set timers that are due already, such as the time to act on a case that an ended alarm had held.
    return run_walk(state) and not timers.is_due(as_of_ms)


def begin_walk(state: PartitionState, walk: Walk) -> None:
    """Start a walk over all accounts, or queue it behind those under way."""
    state.timers.add_walk(walk, state.accounts)
    state.must_write_record = state.flush_requested = True


def begin_guard_walk(state: PartitionState, alarms: Iterable[str], *, is_over: bool, offset: int = -1) -> None:
    """Start a walk that freezes or thaws what the fleet alarms concern now that these have begun or ended."""
    begin_walk(state, Walk(GUARD_ENDED if is_over else GUARD_BEGUN, state.as_of_ms, offset, tuple(alarms)))


def run_walk(state: PartitionState) -> bool:
    """Run one turn of the walks under way. True when there is none; False while a flush has to come first."""
    timers, left = state.timers, TURN_ACCOUNTS
    while timers.walks:
        if state.is_backpressured or not left:
            return False
        stored = timers.next_of_walk(state.accounts)
        if stored is None:
            _end_walk(state)
        else:
            _visit(state, stored)
            left -= 1
    return True


def send_part(state: PartitionState, instant_ms: int, values: dict[str, float]) -> None:
    """Send the partition's part of a cohort norm to partition 0, which merges the parts."""
    part = NormPart(instant_ms=instant_ms, partition=state.number, values=values)
    state.send_control([(0, encode_control(part))])


def visit_first(state: PartitionState, stored: StoredAccount) -> None:
    """Visit an account before it is changed, if the walk under way has not."""
    if state.timers.must_visit(stored):
        state.timers.note_visited(stored)
        _visit(state, stored)


def dehydrate_idle(state: PartitionState) -> None:
    """Dehydrate written accounts without recent events. Runs one turn."""
    for account_id in state.idle.take_due(state.as_of_ms, TURN_ACCOUNTS):
        stored = state.accounts.awake(account_id)
        if stored is None or state.pending.is_waiting(account_id):
            continue  # it is added again when it is written or answered
        idle_from_ms = stored.idle_from_ms()
        if idle_from_ms <= state.as_of_ms:
            due_at_ms = stored.dehydrate(state.fold)
            if due_at_ms != stored.timer_ms:
                state.timers.set(stored, due_at_ms)
            state.accounts.rest(stored)
        elif idle_from_ms != FAR:
            state.idle.add(stored)


def _fire(state: PartitionState, stored: StoredAccount) -> None:
    """Fire an account's due timer: the changes of time alone are judged at exactly that instant."""
    due_at_ms, is_judged = stored.timer_ms, False
    if state.loop is not None and stored.mirror is not None and stored.account is not None:
        fired, timer_ms = state.loop.fire(stored)
        if fired in _DONE:
            if fired == Fired.JUDGED:
                state.pending.add(stored)
                state.forecasts.touched(stored, stored.account, OF_TIME.kind)
            state.timers.set(stored, timer_ms)
            return
        is_judged = fired == Fired.NOTABLE
    account = stored.hydrate(state.fold)
    if is_judged or state.fold.advance(account, due_at_ms):
        rescore(state, stored, account, OF_TIME.kind)
    else:
        state.idle.add(stored)
    for name, matter in list(stored.matters.items()):
        if matter.next_due_ms <= due_at_ms:
            view = view_of(state, stored, account, OF_TIME, stored.previous)
            apply_effect(state, stored, account, name, matter.on_due(due_at_ms, view))
    state.set_timer(stored)
    state.enter(stored)


def _visit(state: PartitionState, stored: StoredAccount) -> None:
    """The step of the walk under way for one account."""
    walk, account = state.timers.walks[0], stored.hydrate(state.fold)
    state.fold.advance(account, walk.as_of_ms)
    if walk.kind in (MODEL, NORM, RULES):
        rescore(state, stored, account, walk.kind)
    elif walk.kind in (GUARD_BEGUN, GUARD_ENDED):
        is_over = walk.kind == GUARD_ENDED
        if state.outages.must_visit(stored, walk, is_over=is_over):
            state.outages.freeze(stored, account, state.scorer.norm)
            state.outages.is_outage_over = is_over and not state.outages.alarms
            rescore(state, stored, account, GUARD)
            state.outages.is_outage_over = False
    elif walk.kind != NORM_DUE:
        if walk.kind == WARMED_UP:
            look(state, stored, account, OF_TIME, stored.previous)
        else:
            stored.forget_answer()
        state.pending.add(stored)
    if walk.kind in (DECLARED, NORM_DUE) and state.plan.norm_signals:
        state.timers.add_to_norm(state.fold.norm_part(account))
    if stored.due_at_ms(state.fold) != stored.timer_ms:
        state.set_timer(stored)
    state.enter(stored)
    if walk.kind == NORM_DUE:
        state.idle.add(stored)


def _end_walk(state: PartitionState) -> None:
    """Complete the walk under way, which has visited every account."""
    walk, norm = state.timers.walks[0], state.timers.norm
    if walk.kind in (DECLARED, NORM_DUE) and state.plan.norm_signals:
        state.scorer.sources.visited_all(norm)
        send_part(state, walk.as_of_ms, norm)
    state.timers.end_walk(state.accounts)
    state.must_write_record = state.flush_requested = True
