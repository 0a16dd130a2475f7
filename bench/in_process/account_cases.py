"""What concerns every account of a worker at once, each with a worker of its own: the phases, and what they took.

What is due was due at the start of this hour, since an engine looks at the wall clock itself.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

import msgspec

from bench.in_process.accounts_at_rest import Templates, at_rest, copied, due, restored, settings_of, warming_until
from bench.in_process.worker_loop import Turn, WorkerLoop
from bench.processes import resident_bytes
from scoring.instants import HOUR_MS
from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.control.messages import NormDue, Tick
from streams.errors import UserError
from streams.operations.gc_tuning import freeze, relax

LONG_SECONDS = 0.25
"""A turn over this is counted as a long one: the loop's own beat comes as often."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """All turns of one kind within a phase. Seconds are of the wall, CPU seconds of the process.

    `longest_cpu_seconds` are those of the turn that was the longest by the wall.
    """

    step: str
    turns: int
    long_turns: int
    longest_seconds: float
    longest_cpu_seconds: float
    cpu_seconds: float


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """What one thing took that concerned all accounts. Bytes of memory are resident ones, after a turn."""

    name: str
    accounts: int
    steps: tuple[Step, ...]
    written: int = 0
    answers: int = 0
    output_bytes: int = 0
    before_bytes: int = 0
    peak_bytes: int = 0
    after_bytes: int = 0

    @property
    def cpu_seconds(self) -> float:
        return sum(each.cpu_seconds for each in self.steps)

    @property
    def longest_seconds(self) -> float:
        return max((each.longest_seconds for each in self.steps), default=0.0)


def steps_of(turns: Sequence[Turn]) -> tuple[Step, ...]:
    """The turns summed up by what ran, in the order in which each kind came first.

    >>> [step] = steps_of([Turn("work", 2.0, 1.5), Turn("work", 1.0, 1.0)])
    >>> step.turns, step.longest_seconds, step.cpu_seconds
    (2, 2.0, 2.5)
    """
    steps = []
    for name in dict.fromkeys(turn.step for turn in turns):
        of_it = [turn for turn in turns if turn.step == name]
        longest = max(of_it, key=lambda turn: turn.seconds)
        steps.append(
            Step(
                step=name,
                turns=len(of_it),
                long_turns=sum(turn.seconds > LONG_SECONDS for turn in of_it),
                longest_seconds=longest.seconds,
                longest_cpu_seconds=longest.cpu_seconds,
                cpu_seconds=sum(turn.cpu_seconds for turn in of_it),
            )
        )
    return tuple(steps)


class Case:
    """A worker with accounts at rest, and the phases that it went through. Mutable."""

    def __init__(self, plan: Plan, templates: Templates, accounts: int, restore: str) -> None:
        """`restore` names the phase in which the accounts are restored under `plan`."""
        self.phases: list[Phase] = []
        self.loop = WorkerLoop(settings_of(), plan)
        self._accounts = accounts
        restorable = copied(templates, accounts)
        # A worker restores all of its partitions in one turn, after it has read their records.
        self.phase(restore, lambda: self.loop.turn("restore", lambda: self._restore(plan, restorable)))
        freeze()

    def phase(self, name: str, run: Callable[[], object]) -> None:
        """Run something, and note what it took since the phase before."""
        loop, outputs = self.loop, self.loop.outputs
        before = resident_bytes(os.getpid())
        loop.peak_bytes, loop.turns = before, []
        outputs.accounts = outputs.answers = outputs.bytes = 0
        run()
        phase = Phase(
            name=name,
            accounts=self._accounts,
            steps=steps_of(loop.turns),
            written=outputs.accounts,
            answers=outputs.answers,
            output_bytes=outputs.bytes,
            before_bytes=before,
            peak_bytes=loop.peak_bytes,
            after_bytes=resident_bytes(os.getpid()),
        )
        self.phases.append(phase)

    def make_norm(self, name: str) -> None:
        """The parts of a norm that were just sent, merged; then the norm, taken by every partition."""
        for of in ("parts", "norm"):
            controls = self.loop.take_controls()
            if not controls:
                raise UserError(
                    "The model has no cohort norm: take one with a component of shape share_of_max, or with [sources]."
                )
            self.loop.send_encoded(controls)
            self.phase(f"{name}: {of}", self.loop.run)

    def _restore(self, plan: Plan, restorable: list[dict[bytes, bytes]]) -> int:
        self.loop.assign(restored(plan, restorable))
        return 0


def hourly_norm(model: Model, accounts: int, instant_ms: int) -> list[Phase]:
    """A restart under the same model, and the norm that is made each hour."""
    plan = Plan(model)
    case = Case(plan, at_rest(plan, instant_ms), accounts, "restart")
    case.loop.send(NormDue(instant_ms=instant_ms))
    case.phase("hourly norm: due", case.loop.run)
    case.make_norm("hourly norm")
    return case.phases


def declaring_tick(model: Model, accounts: int, instant_ms: int) -> list[Phase]:
    """A tick that declares, and its norm."""
    plan = Plan(model)
    case = Case(plan, at_rest(plan, instant_ms), accounts, "restart")
    case.loop.send(Tick(instant_ms=instant_ms, declare=True))
    case.phase("declaring tick", case.loop.run)
    if plan.norm_signals:
        case.make_norm("declaring tick")
    return case.phases[1:]


def timers_at_once(model: Model, accounts: int, instant_ms: int) -> list[Phase]:
    """The timers of all accounts, due at one instant."""
    plan = Plan(model)
    case = Case(plan, due(plan, instant_ms), accounts, "restart")
    case.phase("timers of all at once", case.loop.run)
    return case.phases[1:]


def end_of_warmup(model: Model, accounts: int, instant_ms: int) -> list[Phase]:
    """The end of a warm-up: all accounts are answered again."""
    plan = Plan(model)
    templates = warming_until(plan, at_rest(plan, instant_ms), instant_ms)
    case = Case(plan, templates, accounts, "restart")
    case.phase("end of warm-up", case.loop.run)
    return case.phases[1:]


def changed_model(model: Model, accounts: int, instant_ms: int) -> list[Phase]:
    """A restart under the next version of the model: all accounts are scored again."""
    plan = Plan(model)
    header = msgspec.structs.replace(model.header, version=model.version + 1)
    after = Plan(msgspec.structs.replace(model, header=header))
    case = Case(after, at_rest(plan, instant_ms), accounts, "changed model: restart")
    case.phase("changed model: flush", case.loop.run)
    return case.phases


CASES: dict[str, Callable[[Model, int, int], list[Phase]]] = {
    "norm": hourly_norm,
    "tick": declaring_tick,
    "timers": timers_at_once,
    "warmup": end_of_warmup,
    "model": changed_model,
}


def measure_here(case: str, model: Model, accounts: int) -> list[Phase]:
    """Measure one case in this process, by the wall clock: what is due was due at the start of this hour."""
    relax()  # a worker collects seldom, too
    instant_ms = int(time.time() * 1_000) // HOUR_MS * HOUR_MS
    return CASES[case](model, accounts, instant_ms)
