"""How a partition handles messages on `control`: a table, message type ▸ handler."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from alerts.lifecycle.canary import canary_steps
from alerts.lifecycle.scored_view import CONTROL as BY_CONTROL
from alerts.lifecycle.scored_view import Occasion
from alerts.step import CANARY_ACCOUNT
from scoring.event.event import FUTURE_TOLERANCE_MS
from streams.changelog.record_types import Walk
from streams.control.messages import (
    AccountControl,
    Canary,
    Control,
    FleetAlarm,
    Forget,
    InvalidControl,
    Norm,
    NormDue,
    NormPart,
    Tick,
    decode_control,
    encode_control,
)
from streams.engine.matters.table import kind_of
from streams.engine.partition.forget_handler import FORGOTTEN, is_gone, take_forget
from streams.engine.partition.rescoring import apply_effect, view_of
from streams.engine.partition.state import PartitionState
from streams.engine.partition.timekeeper import (
    DECLARED,
    NORM,
    NORM_DUE,
    advance,
    begin_guard_walk,
    begin_walk,
    send_part,
)
from streams.message import Message
from streams.topics import CONTROL, CONTROL_INDEX

Handler = Callable[[PartitionState, Control, Message], bool]
"""Applies a message. False when time could not be advanced to it yet: call again."""


def take_control(state: PartitionState, message: Message, now_ms: int) -> bool:
    """Apply one message of `control`. False when time could not be advanced to it yet: call again.

    While a norm is awaited, a message that advances time waits in the partition's record.
    """
    if message.offset <= state.applied_offsets[CONTROL_INDEX]:
        return True
    try:
        control = decode_control(message.value)
    except ValueError as error:
        state.reject(CONTROL, message, "malformed", str(error))
        return True
    if control.instant_ms > now_ms + FUTURE_TOLERANCE_MS:
        state.reject(CONTROL, message, "in_the_future", "a control message is ahead of wall time")
        return True
    if state.norms.must_wait and not isinstance(control, AT_ONCE):
        state.norms.put_off(message)
    elif not HANDLERS.get(type(control), _take_matter)(state, control, message):
        return False
    state.outcomes[CONTROL, "applied"] += 1
    return True


def take_pending(state: PartitionState) -> bool:
    """Apply the first deferred message. False when time could not be advanced to it yet: call again."""
    message = state.norms.pending[0]
    control = decode_control(message.value)
    if not HANDLERS.get(type(control), _take_matter)(state, control, message):
        return False
    del state.norms.pending[0]
    return True


def _take_tick(state: PartitionState, control: Control, message: Message) -> bool:
    if not advance(state, control.instant_ms):
        return False
    is_declared = isinstance(control, Tick) and control.declare
    if is_declared or (isinstance(control, NormDue) and state.plan.norm_signals):
        sources = state.scorer.sources
        if not is_declared and not state.plan.norms.compared and not sources.must_visit_all:
            send_part(state, control.instant_ms, sources.part())
        else:
            begin_walk(state, Walk(DECLARED if is_declared else NORM_DUE, control.instant_ms))
        is_newer = state.scorer.norm_as_of_ms < control.instant_ms
        if state.plan.norm_signals and state.clock == "event" and is_newer:
            state.norms.awaiting_ms = control.instant_ms
    return True


def _take_norm_part(state: PartitionState, control: Control, message: Message) -> bool:
    """Only partition 0 receives parts; with the last one it sends the norm to every partition."""
    assert isinstance(control, NormPart)
    if (norm := state.norms.merge(control)) is not None:
        body = encode_control(norm)
        state.send_control((partition, body) for partition in range(state.partitions))
    return True


def _take_norm(state: PartitionState, control: Control, message: Message) -> bool:
    assert isinstance(control, Norm)
    state.norms.arrived(control)
    is_newer = control.instant_ms > state.scorer.norm_as_of_ms
    if is_newer and state.scorer.take_norm(control.instant_ms, control.values):
        begin_walk(state, Walk(NORM, control.instant_ms))
    return True


def _take_fleet_alarm(state: PartitionState, control: Control, message: Message) -> bool:
    """An outage begins or ends: every account is visited, to freeze or thaw what feeds on it."""
    assert isinstance(control, FleetAlarm)
    if state.clock == "event" and not advance(state, control.instant_ms):
        return False
    if state.outages.take(control):
        begin_guard_walk(state, [control.id], is_over=control.state == "ended", offset=message.offset)
    return True


def _take_matter(state: PartitionState, control: Control, message: Message) -> bool:
    """Apply a message that concerns a matter of one account, such as an override."""
    assert isinstance(control, AccountControl)
    stored = state.accounts.get(control.account_id)
    if stored is None and is_gone(state, control.account_id):
        state.outcomes[CONTROL, FORGOTTEN] += 1  # a dead letter would keep its bytes
        return True
    if stored is not None:
        stored.hydrate(state.fold)
    # A message that was refused is refused again in a replay, although the account exists by now.
    if stored is None or message.offset <= stored.created_after_control_offset:
        words = f"no account {control.account_id!r} is known here: a score is set when its events have come"
        state.reject(CONTROL, message, "no_such_account", words)
        return True
    if state.clock == "event" and not advance(state, control.instant_ms):
        return False
    account = stored.hydrate(state.fold)
    if message.offset <= stored.applied_offsets[CONTROL_INDEX]:
        if why := stored.refused.get(message.offset):
            _refuse(state, message, why)
        return True
    name = kind_of(type(control))
    matter = stored.matters.get(name) or state.new_matter(stored.account_id, name)
    state.fold.advance(account, state.as_of_ms)
    try:
        view = view_of(state, stored, account, Occasion(BY_CONTROL), stored.previous)
        effect = matter.on_control(control, view)
    except InvalidControl as error:
        # A part of the state: in a replay it might fit, since the account may be that of a later instant.
        stored.refuse(message.offset, str(error))
        state.pending.add(stored)
        _refuse(state, message, str(error))
        return True
    stored.applied_offsets[CONTROL_INDEX] = message.offset
    stored.matters[name] = matter
    apply_effect(state, stored, account, name, effect)
    state.set_timer(stored)
    state.enter(stored)
    return True


def _refuse(state: PartitionState, message: Message, why: str) -> None:
    state.reject(CONTROL, message, "invalid", why)
    state.pending.note_refusal()


def _take_canary(state: PartitionState, control: Control, message: Message) -> bool:
    """Decide a case of no account: only its steps are written. They are the same when the message is applied again."""
    assert isinstance(control, Canary)
    steps = canary_steps(state.number, message.offset, control.instant_ms)
    state.prepared.alerts += [(CANARY_ACCOUNT.encode(), msgspec.json.encode(step)) for step in steps]
    state.flush_requested = True
    return True


AT_ONCE = (Norm, NormPart, Canary)
"""The messages that do not advance time. They are applied also while a norm is awaited."""
HANDLERS: dict[type, Handler] = {
    Tick: _take_tick,
    NormDue: _take_tick,
    NormPart: _take_norm_part,
    Norm: _take_norm,
    FleetAlarm: _take_fleet_alarm,
    Canary: _take_canary,
    Forget: take_forget,
}
"""Any other type of message concerns a matter of an account."""
