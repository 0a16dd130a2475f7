"""How a partition forgets an account, lets it come again, and what it does with messages that still arrive for it.

The message counts once: `ForgottenRecord.control_offset` is its offset. The account leaves memory at once; its open
cases are resolved by the message's author, so that what they opened elsewhere is closed. Notifications and steps
that were decided before go out with them. See `streams.engine.partition.forgotten` for how it is written.
"""

from __future__ import annotations

import msgspec

from alerts.lifecycle.scored_view import CONTROL as BY_CONTROL
from alerts.lifecycle.scored_view import Occasion
from scoring.event.event import ACCOUNT_ID_MAX_CHARACTERS, EARLIEST_MS, Event
from scoring.event.ids import id_of
from scoring.state.account import Account
from streams.changelog import outbox
from streams.changelog.record_types import ForgottenRecord
from streams.control.messages import CaseCommand, Control, Forget, InvalidControl
from streams.control.overrides import AUTHOR_MAX_CHARACTERS, REASON_MAX_CHARACTERS
from streams.engine.flush import Forward
from streams.engine.folds.fold import DecodedEvent
from streams.engine.matters.cases_matter import CasesMatter
from streams.engine.matters.table import CASES
from streams.engine.partition.rescoring import view_of
from streams.engine.partition.state import PartitionState
from streams.engine.partition.timekeeper import advance
from streams.engine.stored_account import StoredAccount
from streams.message import Message, first_origin, hops_of, own_origin, time_of
from streams.topics import CONTROL, TOPICS, partition_of
from streams.under_account import under_account

FORGOTTEN = "forgotten"
"""The outcome of a message for an account that was forgotten."""
HOPS_MAX = 8
"""A message is sent on at most this often: accounts may have been merged in a circle."""


def take_forget(state: PartitionState, control: Control, message: Message) -> bool:
    """Forget an account, or let it come again. False when a flush must come first, or time could not be advanced to it
    yet: call again."""
    assert isinstance(control, Forget)
    if why := _invalid(state, control):
        state.reject(CONTROL, message, "invalid", why)
        return True
    if state.clock == "event" and not advance(state, control.instant_ms):
        return False
    account_id = control.account_id
    gone = state.forgotten.of(account_id)
    if gone is not None and message.offset <= gone.control_offset:
        return True
    if state.prepared.changelog or not state.forgotten.is_settled(account_id):
        state.forgotten.awaits_flush = True
        return False
    if not control.lift:
        _forget(state, control, message, gone)
    elif gone is not None and not gone.is_lifted:
        lifted = msgspec.structs.replace(
            gone,
            control_offset=message.offset,
            applied_offsets=list(state.applied_offsets),
            into="",
            is_lifted=True,
        )
        state.forgotten.note(account_id, lifted)
    state.flush_requested = True
    return True


def is_gone(state: PartitionState, account_id: str) -> bool:
    """Whether an account was forgotten and may not come again."""
    gone = state.forgotten.of(account_id)
    return gone is not None and not gone.is_lifted


def is_of_forgotten(state: PartitionState, topic_index: int, message: Message) -> bool:
    """Whether an unusable message has the key of an account that was forgotten before it. Counts it then: a dead letter
    would keep its bytes."""
    if not state.forgotten or message.key is None:
        return False
    gone = state.forgotten.of(message.key.decode(errors="replace"))
    if gone is None or gone.is_lifted or gone.into or message.offset <= gone.applied_offsets[topic_index]:
        return False
    state.outcomes[TOPICS[topic_index], FORGOTTEN] += 1
    return True


def take_replayed(state: PartitionState, event: DecodedEvent, topic_index: int) -> bool:
    """Take an event that came before its account was forgotten. It advances time, as it did the first time. False when
    time could not be advanced to it yet: call again."""
    if state.clock == "event" and event.occurred_at_ms >= state.as_of_ms and not advance(state, event.occurred_at_ms):
        return False
    state.outcomes[TOPICS[topic_index], "replayed"] += 1
    return True


def refuse(state: PartitionState, event: Event, gone: ForgottenRecord, message: Message) -> None:
    """Take an event of a forgotten account: it is sent on to the account that this one was merged into, or refused."""
    hops = hops_of(message)
    if not gone.into or hops >= HOPS_MAX or message.value is None:
        state.outcomes[event.topic, FORGOTTEN] += 1
        return
    key = gone.into.encode()
    origin = first_origin(message) or own_origin(event.topic, state.number, message.offset)
    try:
        value = under_account(message.value, gone.into, was=event.account_id)
    except ValueError:
        state.outcomes[event.topic, FORGOTTEN] += 1
        return
    home = partition_of(key, state.partitions)
    state.forwards.append(Forward(event.topic, home, key, value, time_of(message), origin, hops + 1))
    state.outcomes[event.topic, "forwarded"] += 1


def _invalid(state: PartitionState, control: Forget) -> str:
    """Why a message is invalid, "" when it is not."""
    account_id = control.account_id
    if id_of(account_id) != account_id or len(account_id) > ACCOUNT_ID_MAX_CHARACTERS:
        return "it names no account: an id is a text without white space around it"
    if (home := partition_of(account_id.encode(), state.partitions)) != state.number:
        return f"the account is one of partition {home}: send it there"
    if control.into and (id_of(control.into) != control.into or control.into == account_id):
        return "the account to merge into has no usable id, or is the same"
    if control.into and control.lift:
        return "an account that may come again is merged into no other"
    if not 0 < len(control.author.strip()) <= AUTHOR_MAX_CHARACTERS:
        return f"an author has 1 to {AUTHOR_MAX_CHARACTERS} characters"
    if len(control.reason) > REASON_MAX_CHARACTERS:
        return f"a reason has at most {REASON_MAX_CHARACTERS} characters"
    return "it was given before the year 2000" if control.instant_ms < EARLIEST_MS else ""


def _forget(state: PartitionState, control: Forget, message: Message, gone: ForgottenRecord | None) -> None:
    account_id = control.account_id
    record = ForgottenRecord(
        control_offset=message.offset,
        applied_offsets=list(state.applied_offsets),
        epoch=state.epoch,
        version=gone.version if gone is not None else 0,
        into=control.into,
        sequence=gone.sequence if gone is not None else 0,
        steps=gone.steps if gone is not None else 0,
        cases=gone.cases if gone is not None else 0,
        account_id=account_id,
    )
    keys: set[bytes] = set()
    if (stored := state.accounts.get(account_id)) is not None:
        account = stored.hydrate(state.fold)
        _resolve_cases(state, stored, account, control)
        steps, cases = record.steps, record.cases
        if isinstance(matter := stored.matters.get(CASES), CasesMatter):
            steps, cases = matter.counts(state.policy)
        record = msgspec.structs.replace(
            record,
            version=stored.version,
            sequence=stored.sequence,
            steps=steps,
            cases=cases,
            outbox=list(stored.outbox),
            alerts=outbox.packed(stored.alerts),
        )
        keys = stored.record_keys(state.fold)
        _remove(state, stored)
    state.forgotten.note(account_id, record, keys)


def _resolve_cases(state: PartitionState, stored: StoredAccount, account: Account, control: Forget) -> None:
    """Resolve the open cases, as a person would: those who were told learn of the end, and nothing stays open."""
    matter = stored.matters.get(CASES)
    if not isinstance(matter, CasesMatter) or not matter.open:
        return
    because = f"merged into {control.into}" if control.into else FORGOTTEN
    reason = f"{because}: {control.reason}" if control.reason else because
    command = CaseCommand(
        instant_ms=control.instant_ms,
        account_id=control.account_id,
        command="resolve",
        author=control.author,
        reason=reason[:REASON_MAX_CHARACTERS],
    )
    state.fold.advance(account, state.as_of_ms)
    try:
        steps = matter.on_control(command, view_of(state, stored, account, Occasion(BY_CONTROL), stored.previous)).steps
    except InvalidControl:
        return  # no rule of now has a case of it
    for step in steps:
        stored.alerts.append(msgspec.json.encode(step))
        state.decisions[step.rule, step.outcome, step.reason] += 1


def _remove(state: PartitionState, stored: StoredAccount) -> None:
    """Take an account out of memory, and its share out of the ledger."""
    state.scorer.ledger.note(stored, -1, 0.0)
    state.scorer.ledger.note_cases(stored, ())
    state.pending.drop(stored.account_id)
    state.forecasts.drop(stored.account_id)
    state.idle.drop(stored.account_id)
    del state.accounts[stored.account_id]
