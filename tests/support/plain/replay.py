"""The plain replay: a history folded event by event in memory, which `streams.replay.by_account` must equal."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from typing import IO

import msgspec

from scoring.event.event import Event, Rejected
from scoring.explain.snapshot import content_of, position_of, snapshot_of
from scoring.fold.cohort import Cohort
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.errors import UserError
from streams.replay.csv_cell import cell
from streams.replay.event_file import EventFile
from streams.replay.event_line import RejectedLines, RejectionCounts, read_event
from streams.replay.fit import Fit
from streams.replay.similar_accounts import SimilarAccounts

STEP_EVENTS = 5_000

Progress = Callable[[int], None]
"""Called with the progress: bytes of the file while reading, events while folding."""


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The events of a file ordered by `occurred_at_ms`, and in file order where that is equal; the rejected lines, and
    the accounts that look alike."""

    events: Sequence[Event]
    refused: tuple[RejectedLines, ...]
    similar: SimilarAccounts = msgspec.field(default_factory=SimilarAccounts)


def read_history(
    file: EventFile,
    plan: Plan,
    now_ms: int,
    progress: Progress = lambda position: None,
    time_field: str = "",
    fit: Fit | None = None,
) -> History:
    """Read the whole file into memory. `now_ms` is wall time: events ahead of it are rejected.

    An event without a timestamp is rejected too, unless it has one at `time_field`: a message's time would take its
    place, and a file has none. `fit` notes each event.

    Raises:
        UserError: when the file cannot be read, or is empty.
    """
    events: list[Event] = []
    refusals, similar = RejectionCounts(), SimilarAccounts()
    while (lines := file.read()) is not None:
        for number, line in lines:
            try:
                event, value = read_event(plan.decoder, line, 0, now_ms, similar, time_field)
            except Rejected as rejected:
                refusals.add(number, rejected)
                continue
            events.append(event)
            if fit is not None:
                fit.add(event, value)
        progress(file.position)
    refused = refusals.by_reason()
    if not events and not refused:
        raise UserError(f"{file.name} is empty: give an NDJSON file, each line an event with its topic.")
    events.sort(key=lambda event: event.occurred_at_ms)
    return History(events=events, refused=refused, similar=similar)


def replay(
    plan: Plan, events: Sequence[Event], instants_ms: Iterable[int], progress: Progress = lambda done: None
) -> list[ScoreSnapshot]:
    """The score snapshots at each instant (milliseconds, any order) of every account seen until then.

    An event at exactly the instant counts. The cohort norm of an instant covers all accounts at that instant. Snapshots
    are ordered by instant, then account id; their generation and version are 0. `events` must be ordered by time.
    """
    cohort = Cohort(plan)
    answers: list[ScoreSnapshot] = []
    done = 0
    for instant_ms in sorted(set(instants_ms)):
        while done < len(events) and events[done].occurred_at_ms <= instant_ms:
            cohort.apply(events[done])
            done += 1
            if done % STEP_EVENTS == 0:
                progress(done)
        cohort.advance(instant_ms)
        norm = cohort.norm()
        answers += [
            snapshot_of(
                content_of(plan, name, account, plan.primary.score(account, norm), norm),
                position_of(plan, account.as_of_ms, 0, 0),
            )
            for name, account in sorted(cohort.accounts.items())
        ]
    progress(len(events))
    return answers


def write_csv(plan: Plan, answers: Iterable[ScoreSnapshot], output: IO[str]) -> None:
    """Write `as_of`, `account_id`, every signal in the model's order, and the unrounded `score`.

    Unknown values are empty. Numbers are written so that they read back exactly; for text see `cell`.
    """
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(["as_of", "account_id", *map(cell, plan.primary.signals), "score"])
    for answer in answers:
        writer.writerow([answer.as_of, cell(answer.account_id), *map(cell, answer.facts.values()), answer.score])
