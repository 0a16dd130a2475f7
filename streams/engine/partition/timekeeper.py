"""How a partition's time moves on, in bounded turns: a turn concerns at most `TURN_ACCOUNTS` accounts.

A walk visits every account: for a tick that declares, a norm, another model. It is in the partition's record from its
beginning, so a flush in the middle of it is safe: after a crash the walk is made again, and changes nothing for an
account that it had visited. Under the event clock it ends before the next message is applied, so that a run is the same
run every time. By the wall clock events go on, and an account that one comes for is visited first; control messages
wait. Both give what an uninterrupted walk gives, since the visits of two accounts do not depend on each other.
"""

from __future__ import annotations

from scoring.fold.fold import advance as advance_account
from streams.changelog.record_types import Walk
from streams.control.messages import NormPart, encode_control
from streams.engine.partition.state import PartitionState
from streams.engine.stored_account import StoredAccount

TURN_ACCOUNTS = 100
"""Accounts in one turn, some 15 ms. The engine decides how many turns follow each other."""

ANSWERS = "answers"
"""Every answer is sent again: their topic is a new one."""
DECLARED = "declared"
"""A tick declares an instant: every account is judged at it and answered, and its part of a norm is made."""
MODEL = "model"
"""The partition was restored under another model: every account is scored again."""
NORM = "norm"
"""A cohort norm holds from now on: every account is scored again."""
NORM_DUE = "norm_due"
"""The partition's part of a cohort norm is made."""
WARMED_UP = "warmed_up"
"""Some signal knows all its window now: every answer may be another one."""


def advance(state: PartitionState, as_of_ms: int) -> bool:
    """Move time on to `as_of_ms`, and fire each account timer that is due, at its own due time.

    False before all is done: after a turn, and while a flush has to come first (`is_backpressured`).
    """
    if not run_walk(state):
        return False
    timers, left = state.timers, TURN_ACCOUNTS
    while timers.is_due(as_of_ms):
        if state.is_backpressured or not left:
            return False
        stored = timers.pop(state.accounts)
        if stored is not None:
            _fire(state, stored)
            left -= 1
    warm_ms = state.scorer.warmup.next_until_ms(state.as_of_ms)
    state.as_of_ms = max(state.as_of_ms, as_of_ms)
    if 0 < warm_ms <= state.as_of_ms:
        begin_walk(state, Walk(WARMED_UP, state.as_of_ms))
        return run_walk(state)
    return True


def begin_walk(state: PartitionState, walk: Walk) -> None:
    """Begin a walk over all accounts, or let it follow those that are under way."""
    state.timers.add_walk(walk, state.accounts.values())
    state.must_write_record = state.flush_requested = True


def run_walk(state: PartitionState) -> bool:
    """One turn of the walks under way. True when none is; False while a flush has to come first."""
    timers, left = state.timers, TURN_ACCOUNTS
    while timers.walks:
        if state.is_backpressured or not left:
            return False
        stored = timers.next_of_walk()
        if stored is None:
            _end_walk(state)
        else:
            _visit(state, stored)
            left -= 1
    return True


def visit_first(state: PartitionState, stored: StoredAccount) -> None:
    """Before an account is touched: visit it, if the walk under way has not."""
    if state.timers.must_visit(stored):
        state.timers.note_visited(stored)
        _visit(state, stored)


def dehydrate_idle(state: PartitionState) -> None:
    """Hold written accounts as bytes again that nothing came for lately. One turn of it."""
    for _ in range(min(TURN_ACCOUNTS, len(state.idle))):
        account_id, stored = next(iter(state.idle.items()))
        del state.idle[account_id]
        if stored.is_idle(state.as_of_ms) and not state.pending.is_waiting(account_id):
            stored.dehydrate(state.plan)


def _fire(state: PartitionState, stored: StoredAccount) -> None:
    """An account's timer is due: what time alone changes is judged at that very instant."""
    due_at_ms, account = stored.timer_ms, stored.hydrate(state.plan)
    if advance_account(state.plan, account, due_at_ms):
        state.rescore(stored, account, "expiry")
    for name, matter in list(stored.matters.items()):
        if matter.next_due_ms <= due_at_ms:
            state.apply_effect(stored, account, name, matter.on_due(due_at_ms))
    state.set_timer(stored)


def _visit(state: PartitionState, stored: StoredAccount) -> None:
    """What the walk under way does with one account."""
    walk, account = state.timers.walks[0], stored.hydrate(state.plan)
    advance_account(state.plan, account, walk.as_of_ms)
    if walk.kind in (MODEL, NORM):
        state.rescore(stored, account, walk.kind)
    elif walk.kind != NORM_DUE:
        if walk.kind != WARMED_UP:
            stored.forget_answer()
        state.pending.add(stored)
    if walk.kind in (DECLARED, NORM_DUE) and state.plan.norm_signals:
        state.timers.add_to_norm(state.plan.norm_part(account))
    if stored.due_at_ms(state.plan) != stored.timer_ms:
        state.set_timer(stored)
    if walk.kind == NORM_DUE:
        state.idle[stored.account_id] = stored


def _end_walk(state: PartitionState) -> None:
    """Every account was visited by the walk under way."""
    walk, norm = state.timers.walks[0], state.timers.norm
    if walk.kind in (DECLARED, NORM_DUE) and state.plan.norm_signals:
        part = NormPart(instant_ms=walk.as_of_ms, partition=state.number, values=norm)
        state.send_control([(0, encode_control(part))])
    state.timers.end_walk(state.accounts.values())
    state.must_write_record = state.flush_requested = True
