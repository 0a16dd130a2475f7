"""The plain run: the same messages in the same order, one account after the other's step, without an engine.

It has no records, no flushes and no bands: `AccountAlerts` is driven directly, and asked after every message and every
timer. So it also shows that the engine leaves out only calls that have nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest

from alerts.lifecycle.account_alerts import AccountAlerts
from alerts.lifecycle.command import InvalidCommand
from alerts.lifecycle.policy import Policy
from alerts.lifecycle.scored_view import NOTHING, AccountCircumstances, Occasion, Previous, ScoredView
from alerts.step import AlertStep
from scoring.event.event import Rejected
from scoring.explain.explained import ExplainedAccount
from scoring.fold.fold import Outcome, advance, apply
from scoring.instants import FAR
from scoring.plan.plan import Plan
from scoring.plan.score_cache import ScoreCache
from scoring.plan.standings import number_of
from scoring.result import Override
from scoring.state.account import Account
from streams.control.commands import command_of
from streams.control.messages import CaseCommand, EndOverride, InvalidControl, SetOverride, Tick, decode_control
from streams.control.overrides import override_of
from streams.engine import engine as engine_module
from streams.engine.partition.event_handler import LATE_MS
from streams.engine.partition.partition import Partition
from streams.message import Message, time_of
from streams.topics import CONTROL_INDEX, TOPICS
from tests.simulation.workload import Plot
from tests.support.inputs.merging import held_in, merged

if TYPE_CHECKING:
    from streams.kernel.inputs import Inputs

NORM: dict[str, float] = {}
OVERRIDE, CASES = "override", "cases"


class Taken(NamedTuple):
    """A message that a partition has applied, in its order."""

    partition: int
    topic_index: int
    message: Message
    now_ms: int


@contextmanager
def recording(taken: list[Taken]) -> Iterator[None]:
    """Within, partitions note what they apply."""

    class Recorder(Partition):
        def process(self, topic_index: int, messages: Sequence[Message], now_ms: int) -> int:
            done = super().process(topic_index, messages, now_ms)
            taken.extend(Taken(self.number, topic_index, message, now_ms) for message in messages[:done])
            return done

        def take_inputs(self, inputs: Inputs, last_ms: int, now_ms: int) -> int:
            before = held_in(inputs)
            done = super().take_inputs(inputs, last_ms, now_ms)
            gone = [some[: len(some) - len(left)] for some, left in zip(before, held_in(inputs), strict=True)]
            taken.extend(Taken(self.number, index, message, now_ms) for index, message in merged(gone))
            return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_module, "Partition", Recorder)
        yield


def can_follow(plot: Plot) -> bool:
    """Whether a plain run knows all that this plot's engine does: it knows no cohort norms, fleet alarms or forgotten
    accounts."""
    return not plot.has_alarms and not plot.has_forgets and not Plan(plot.model).norm_signals


class Said(NamedTuple):
    """What a plain run says: its alert steps by id, and the commands that it refuses, by partition and offset."""

    steps: dict[str, bytes]
    refused: set[tuple[int, int]]


def plain_run(plan: Plan, policy: Policy, taken: Iterable[Taken]) -> Said:
    """What comes of these messages; the plan has the policy's watches."""
    said = Said({}, set())
    partitions: dict[int, _Partition] = {}
    for each in taken:
        if each.partition not in partitions:
            partitions[each.partition] = _Partition(policy, plan, each.partition, said)
        partitions[each.partition].take(each)
    return said


class _Kept:
    """One account."""

    def __init__(self, account_id: str, plan: Plan, as_of_ms: int) -> None:
        self.account_id = account_id
        self.account = Account(plan.sizes, as_of_ms)
        self.scores = ScoreCache(plan.score_plans)
        self.alerts: AccountAlerts | None = None
        self.override: Override | None = None
        self.previous = NOTHING
        self.matters: list[str] = []
        """In the order in which they began: those that are due at one instant have their turn in it."""


class _Partition:
    def __init__(self, policy: Policy, plan: Plan, number: int, said: Said) -> None:
        self._policy = policy
        self._plan = plan
        self._number = number
        self._said = said
        self._accounts: dict[str, _Kept] = {}
        self._as_of_ms = 0

    def take(self, taken: Taken) -> None:
        """Apply one message."""
        if taken.topic_index == CONTROL_INDEX:
            self._take_control(taken)
        else:
            self._take_event(taken)

    def _take_event(self, taken: Taken) -> None:
        message = taken.message
        time_ms = time_of(message) if message.headers else message.timestamp
        try:
            event = self._plan.decoder.decode(TOPICS[taken.topic_index], message.value, time_ms, taken.now_ms)
        except Rejected:
            return
        self._advance(event.occurred_at_ms)
        kept = self._accounts.get(event.account_id)
        if kept is None:
            kept = self._accounts[event.account_id] = _Kept(event.account_id, self._plan, self._as_of_ms)
        if apply(self._plan, kept.account, event, self._as_of_ms) is Outcome.DUPLICATE:
            return
        is_late = event.occurred_at_ms < kept.account.as_of_ms - LATE_MS
        self._rescore(kept, Occasion("late" if is_late else "event", event, self._number, message.offset))

    def _take_control(self, taken: Taken) -> None:
        try:
            control = decode_control(taken.message.value)
        except ValueError:
            return
        if isinstance(control, Tick):
            self._advance(control.instant_ms)
            for kept in self._accounts.values():
                if control.declare:
                    advance(self._plan, kept.account, self._as_of_ms)
            return
        if not isinstance(control, SetOverride | EndOverride | CaseCommand):
            return
        place = (self._number, taken.message.offset)
        if (found := self._accounts.get(control.account_id)) is None:
            self._said.refused.add(place)
            return
        self._advance(control.instant_ms)
        advance(self._plan, found.account, self._as_of_ms)
        try:
            self._command(found, control)
        except (InvalidCommand, InvalidControl):
            self._said.refused.add(place)

    def _command(self, kept: _Kept, control: SetOverride | EndOverride | CaseCommand) -> None:
        if isinstance(control, CaseCommand):
            alerts = kept.alerts or AccountAlerts(self._policy)
            command = command_of(control, kept.account.as_of_ms)
            self._tell(alerts.command(command, self._view(kept, Occasion("control"), kept.previous)))
            if kept.alerts is None:
                kept.alerts = alerts
                kept.matters.append(CASES)
            return
        kept.override = override_of(control, kept.account.as_of_ms)
        if kept.override is None and OVERRIDE in kept.matters:
            kept.matters.remove(OVERRIDE)
        elif kept.override is not None and OVERRIDE not in kept.matters:
            kept.matters.append(OVERRIDE)
        author = control.author if isinstance(control, EndOverride) else ""
        self._rescore(kept, Occasion("override", author=author))

    # --- time

    def _advance(self, as_of_ms: int) -> None:
        while self._accounts:
            due_ms, account_id = min((self._due_ms(kept), name) for name, kept in self._accounts.items())
            if due_ms > as_of_ms or due_ms >= FAR:
                break
            self._fire(self._accounts[account_id], due_ms)
        self._as_of_ms = max(self._as_of_ms, as_of_ms)

    def _due_ms(self, kept: _Kept) -> int:
        next_due = kept.account.next_due
        due_ms = FAR if next_due >= FAR else next_due * self._plan.resolution_ms
        if kept.override is not None:
            due_ms = min(due_ms, kept.override.until_ms)
        return due_ms if kept.alerts is None else min(due_ms, kept.alerts.next_due_ms)

    def _fire(self, kept: _Kept, due_ms: int) -> None:
        if advance(self._plan, kept.account, due_ms):
            self._rescore(kept, Occasion("expiry"))
        for name in list(kept.matters):
            if name == OVERRIDE and kept.override is not None and kept.override.until_ms <= due_ms:
                kept.override = None
                kept.matters.remove(OVERRIDE)
                self._rescore(kept, Occasion("override"))
            elif name == CASES and kept.alerts is not None and kept.alerts.next_due_ms <= due_ms:
                self._tell(kept.alerts.due(due_ms, self._view(kept, Occasion("expiry"), kept.previous)))

    # --- scores

    def _rescore(self, kept: _Kept, occasion: Occasion) -> None:
        live, previous = self._plan.primary, kept.previous
        judged = kept.scores.refresh(live, kept.account, NORM)
        if judged is None and number_of(live.standings, kept.account) >= 0:
            kept.previous = NOTHING
        elif judged is not None or kept.override is not None:
            kept.previous = Previous(None, judged, kept.override)
            if kept.alerts is None:
                kept.alerts = AccountAlerts(self._policy)
                kept.matters.append(CASES)
        if kept.alerts is not None:
            self._tell(kept.alerts.judge(self._view(kept, occasion, previous)))

    def _view(self, kept: _Kept, occasion: Occasion, previous: Previous) -> ScoredView:
        return ScoredView(
            self._policy,
            self._plan,
            kept.account_id,
            ExplainedAccount(self._plan, kept.account, kept.scores),
            NORM,
            occasion,
            previous,
            AccountCircumstances(override=kept.override),
        )

    def _tell(self, steps: Sequence[AlertStep]) -> None:
        for step in steps:
            assert step.id not in self._said.steps, f"it is told twice: {step}"
            self._said.steps[step.id] = msgspec.json.encode(step)
