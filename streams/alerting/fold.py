"""What alert rules would have decided over a history of events: the fold behind preview and report."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import cast

import msgspec

from alerts.lifecycle.schema import AlertRules
from scoring.instants import DAY_MS
from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.errors import UserError
from streams.replay.by_account.account_steps import AlertSteps
from streams.replay.by_account.blocks import text_bytes
from streams.replay.by_account.passes import FileNotes, sort_events
from streams.replay.by_account.reading import Reading
from streams.replay.by_account.station import StepsWanted

NORM_EVERY_MS = DAY_MS
Bar = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Shows progress of something with a total, 0 for an unknown one."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What to fold: files of events under one model, and each of `rules`. Steps count from `last_ms` before the end, 0
    for all. `norm_every_ms` is how often a cohort norm is made, for models that have one."""

    sources: tuple[str, ...]
    model: Model
    rules: tuple[AlertRules, ...]
    last_ms: int = 0
    time_field: str = ""
    processes: int = 0
    norm_every_ms: int = NORM_EVERY_MS


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """The decisions under each of the rules, from `since_ms` until `until_ms`; and what is to be said of the files."""

    steps: tuple[AlertSteps, ...]
    since_ms: int
    until_ms: int
    notes: FileNotes


def no_bar(what: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
    """Shows nothing."""
    return nullcontext(lambda done: None)


def fold_alerts(asked: Asked, bar: Bar = no_bar) -> Folded:
    """Fold the events of the files under each of the rules.

    An event counts when it happened. The cohort norm is made at each multiple of `norm_every_ms`.

    Raises:
        UserError: when a file cannot be read, or none has an event.
    """
    reading = Reading(
        models=(asked.model,),
        now_ms=time.time_ns() // 1_000_000,
        time_field=asked.time_field,
        keeps_all=True,
    )
    with bar("reading", text_bytes(asked.sources) or 0) as progress:
        events, no_event = sort_events(asked.sources, reading, processes=asked.processes, progress=progress)
    with events:
        notes = events.notes
        if not notes.events:
            raise no_event or UserError("There is no event: give NDJSON, each line an event with its topic.")
        until_ms = notes.last_ms
        since_ms = max(notes.first_ms, until_ms - asked.last_ms) if asked.last_ms else notes.first_ms
        plan = Plan(asked.model)
        events.begin(_declared(plan, notes.first_ms, until_ms, asked.norm_every_ms))
        with bar("comparing accounts", notes.events) as progress:
            events.make_norms([plan], progress)
        found = [AlertSteps(first_ms={}, told=[]) for _ in asked.rules]
        wanted = StepsWanted(rules=asked.rules, since_ms=since_ms, end_ms=until_ms)
        with bar("deciding", notes.events) as progress:
            for parts in events.fold(wanted, progress):
                for steps, part in zip(found, cast(list[AlertSteps], parts), strict=True):
                    steps.add(part)
    for steps in found:
        steps.told.sort(key=lambda step: (step.as_of_ms, step.account_id, step.sequence))
    return Folded(steps=tuple(found), since_ms=since_ms, until_ms=until_ms, notes=notes)


def _declared(plan: Plan, first_ms: int, until_ms: int, every_ms: int) -> list[int]:
    if not plan.norm_signals:
        return []
    return list(range(-(-first_ms // every_ms) * every_ms, until_ms + 1, every_ms))
