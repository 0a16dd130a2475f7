"""How a partition takes messages natively, up to the first that needs Python."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from scoring.instants import FAR
from streams.engine.folds.native_loop import NativeLoop, Noted
from streams.engine.partition.event_handler import begin_natively, judge_event
from streams.engine.partition.state import PartitionState
from streams.kernel.worker import OUTCOMES, Stop
from streams.message import Message
from streams.topics import TOPICS

if TYPE_CHECKING:
    from streams.kernel.inputs import Inputs


class AppliedEvent(NamedTuple):
    """An event that the loop has applied, as a cause names it: a `NamedEvent`."""

    topic: str
    name: str
    event_id: str


class Stopped(NamedTuple):
    """Why taking natively stopped, and after how many messages."""

    why: Stop
    taken: int
    topic_index: int
    """Of `message`."""
    message: Message | None
    """That it stopped at: Python has to take it, unless it was NOTABLE. None after END and FULL."""


def may_run(state: PartitionState) -> bool:
    """Whether events concern nothing but their own accounts now."""
    return not state.timers.walks and not state.outages.alarms


def take_natively(
    state: PartitionState, loop: NativeLoop, inputs: Inputs, last_ms: int, most: int, now_ms: int
) -> Stopped:
    """Take at most `most` messages of the inputs, none later than `last_ms`, in the order of `Merge`."""
    loop.judge_by(state.scorer.norm, state.scorer.sources.unsent_slots)
    generation = state.pending.removals + state.forecasts.removals
    until_ms = FAR if state.clock == "wall" else _next_instant_ms(state)
    why, taken, number, topic_index, message, named = loop.native.take(
        inputs,
        last_ms,
        most,
        state.as_of_ms,
        now_ms,
        until_ms,
        generation,
        state.pending.room,
        partial(begin_natively, state, loop),
    )
    loop.taken += taken - (why == Stop.NOTABLE)
    _note_done(state, loop, now_ms)
    if named is not None and message is not None:
        _judge(state, loop.noted(number), AppliedEvent(TOPICS[topic_index], *named), message.offset)
    return Stopped(Stop(why), taken, topic_index, message)


def _next_instant_ms(state: PartitionState) -> int:
    """The first instant at which something is due but for events."""
    warm_ms = state.scorer.warmup.next_until_ms(state.as_of_ms)
    return min(state.timers.next_ms, warm_ms or FAR)


def _note_done(state: PartitionState, loop: NativeLoop, now_ms: int) -> None:
    """Note for the partition what the loop has done to its accounts."""
    done = loop.native.done()
    if done is None:
        return
    state.as_of_ms, touched, timers, placed, counts, live, last_offsets = done
    for number in touched:
        stored = loop.account(number)
        state.pending.add(stored)
        state.forecasts.needs_new(stored)
    for number, timer_ms in timers:
        state.timers.set(loop.account(number), timer_ms)
    for number, tier, mrr in placed:
        state.scorer.ledger.note(loop.account(number), tier, mrr)
    for topic_index, offset in enumerate(last_offsets):
        if offset < 0:
            continue
        state.note_offset(topic_index, offset)
        for outcome, count in zip(OUTCOMES, counts[topic_index], strict=True):
            if count:
                state.outcomes[TOPICS[topic_index], outcome] += count
        if live[topic_index]:
            state.arrivals.events[topic_index] += live[topic_index]
            state.arrivals.latest_ms[topic_index] = now_ms


def _judge(state: PartitionState, noted: Noted, event: AppliedEvent, offset: int) -> None:
    """Go on with a message that was applied, as `take_event` does."""
    kind = "late" if noted.is_late else "event"
    judge_event(state, noted.stored, event, offset, kind, is_history=noted.is_history)
    state.enter(noted.stored)
