"""The work of `make steady`, account by account, in processes of their own: no account knows of another.

One job makes an account's events once, and judges them under every model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache
from typing import TypeVar

import msgspec

from bench.steady.figures import Watched, delays, watched
from scoring.fold.cohort import merge_norms
from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from scoring.state.account import Account
from streams.model_files import read_model
from tests.support.worlds.judged import Walk, norm_parts
from tests.support.worlds.rhythms import BY_NAME, FIRST_DAY, Change, steady_account
from tests.support.worlds.writing import Timed

WARM_UP_DAYS = 240
"""Before anything is judged: longer than what any window reaches back."""
JUDGED_DAYS = 160
FOLLOWED_DAYS = 7
"""After the judged days, to see which changes are taken back."""
CHANGED_DAYS = 90
"""How long is waited for a tier after a change of use."""
CHANGE_STEP_DAYS = 5
DAYS = WARM_UP_DAYS + JUDGED_DAYS + FOLLOWED_DAYS
FIRST_JUDGED_MS = (FIRST_DAY + WARM_UP_DAYS) * DAY_MS
_Norms = dict[int, dict[str, float]]
_Answer = TypeVar("_Answer")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One account: of a rhythm, by its number and seed. With `factor`, its use changes after the warm-up."""

    rhythm: str
    number: int
    seed: int
    factor: float | None = None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One steady account under one model, and the event of its largest move."""

    model: str
    watched: Watched
    move_by: str


class Delayed(msgspec.Struct, frozen=True, kw_only=True):
    """Days from a change of use to the first tier below the best, and to the worst; None for never."""

    model: str
    below: float | None
    worst: float | None


@lru_cache
def plan_of(model: str) -> Plan:
    """A preset or a model file, compiled once a process."""
    return Plan(read_model(model))


def has_norm(model: str) -> bool:
    """Whether the model compares accounts with a cohort norm."""
    plan = plan_of(model)
    return bool(plan.norm_part(Account(plan.sizes, 0)))


def norm_job(job: Job, models: Sequence[str]) -> dict[str, _Norms]:
    """An account's part in the norm of each judged day, by model."""
    events = steady_account(BY_NAME[job.rhythm], job.number, job.seed, DAYS)
    days = range(FIRST_DAY + WARM_UP_DAYS, FIRST_DAY + DAYS)
    return {model: norm_parts(plan_of(model), events, days) for model in models}


def steady_job(job: Job, models: Sequence[str], norms: Mapping[str, _Norms]) -> list[Judged]:
    """Judge a steady account under each model."""
    events = steady_account(BY_NAME[job.rhythm], job.number, job.seed, DAYS)
    before, after = split(events, FIRST_JUDGED_MS)
    found = []
    for model in models:
        walk = Walk(plan_of(model), norms.get(model))
        walk.fold(before)
        steps = walk.judged(after, FIRST_JUDGED_MS, (FIRST_DAY + DAYS) * DAY_MS)
        seen = watched(steps, FIRST_JUDGED_MS + JUDGED_DAYS * DAY_MS, job.seed)
        found.append(Judged(model=model, watched=seen, move_by=_name_of(after, seen.move_event)))
    return found


def delay_job(job: Job, models: Sequence[str], norms: Mapping[str, _Norms]) -> list[Delayed]:
    """Judge an account whose use becomes `factor` of what it was, from another day of the month for each number."""
    day = WARM_UP_DAYS + job.number * CHANGE_STEP_DAYS
    change, changed_ms = Change(day, job.factor or 0.0), (FIRST_DAY + day) * DAY_MS
    events = steady_account(BY_NAME[job.rhythm], job.number, job.seed, day + CHANGED_DAYS, change)
    before, after = split(events, changed_ms)
    found = []
    for model in models:
        plan = plan_of(model)
        walk = Walk(plan, norms.get(model))
        walk.fold(before)
        steps = walk.judged(after, changed_ms, changed_ms + CHANGED_DAYS * DAY_MS)
        below, worst = delays(steps, changed_ms, len(plan.primary.tier_names) - 1)
        found.append(Delayed(model=model, below=below, worst=worst))
    return found


def split(events: Sequence[Timed], at_ms: int) -> tuple[Sequence[Timed], Sequence[Timed]]:
    """What happened up to an instant, and after it."""
    count = sum(event.at_ms <= at_ms for event in events)
    return events[:count], events[count:]


def _name_of(events: Sequence[Timed], number: int) -> str:
    if number < 0:
        return ""
    body = msgspec.json.decode(events[number].value)
    return f"{body.get('event', '$exception')}"


class Pool:
    """Runs jobs in processes; `progress` is called after each. A context manager."""

    def __init__(self, processes: int, progress: Callable[[], None] = lambda: None) -> None:
        self._executor = ProcessPoolExecutor(processes)
        self._progress = progress

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *raised: object) -> None:
        self._executor.shutdown(cancel_futures=True)

    def run(self, work: Callable[..., _Answer], jobs: Sequence[Job], *given: object) -> Iterator[tuple[Job, _Answer]]:
        """Each job with its answer, as they end."""
        waiting = {self._executor.submit(work, job, *given): job for job in jobs}
        for done in as_completed(waiting):
            self._progress()
            yield waiting[done], done.result()


def norms_of(pool: Pool, jobs: Sequence[Job], models: Sequence[str]) -> dict[str, _Norms]:
    """The cohort norm of each model and judged day, over all accounts of all rhythms and seeds."""
    merged: dict[str, _Norms] = {model: {} for model in models}
    if models:
        for _, parts in pool.run(norm_job, jobs, tuple(models)):
            for model, days in parts.items():
                for day, part in days.items():
                    merged[model][day] = merge_norms([merged[model].get(day, {}), part])
    return merged
