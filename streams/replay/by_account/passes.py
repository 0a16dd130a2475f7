"""A replay account by account, from files to answers: the first pass, the cohort norms, and the second pass."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from types import TracebackType
from typing import Self, cast

import msgspec

from scoring.fold.cohort import merge_norms
from scoring.instants import FAR
from scoring.plan.plan import Plan
from scoring.plan.properties.property import TypeMismatch
from streams.deployment.environment import wants_kernel
from streams.errors import UserError
from streams.replay.by_account.blocks import Blocks, Progress, text_bytes
from streams.replay.by_account.crew import Alone, Crew, Processes
from streams.replay.by_account.reading import IN_ORDER, BlockReport, Reading, SorterReport
from streams.replay.by_account.spill import Place, SpillPort
from streams.replay.by_account.station import Folding, NormsWanted, Result, Wanted
from streams.replay.event_line import RejectedLines, RejectionCounts
from streams.replay.fit import FitCounts
from streams.replay.similar_accounts import SimilarAccounts

SMALL_BYTES = 16 * 1024 * 1024
"""A smaller input is replayed in one process, in memory."""
PARTITION_BYTES = 48 * 1024 * 1024
"""Text of a partition, about, where the size of the input is known."""
PARTITIONS_MIN, PARTITIONS_USUAL, PARTITIONS_MAX = 16, 128, 512


class FileNotes(msgspec.Struct, kw_only=True):
    """What is to be said of the files: how many events and, at most, accounts, the rejected lines, accounts that look
    alike, and values that could not be used. `first_ms` and `last_ms` are the first and the last
    event."""

    events: int = 0
    accounts: int = 0
    first_ms: int = FAR
    last_ms: int = -FAR
    refused: tuple[RejectedLines, ...] = ()
    similar: SimilarAccounts = msgspec.field(default_factory=SimilarAccounts)
    type_mismatches: Counter[TypeMismatch] = msgspec.field(default_factory=Counter)
    """Of the models whose answers were taken."""
    unusable: Counter[str] = msgspec.field(default_factory=Counter)
    fit: FitCounts = msgspec.field(default_factory=FitCounts)
    """How all events fit the first model, when that was asked for; its repeated events are known after the fold."""


class SortedEvents:
    """The events of some files, sorted by account. A context manager: it owns the processes and the spill."""

    def __init__(self, crew: Crew, partitions: int) -> None:
        """Not sorted yet: see `sort_events`."""
        self.notes = FileNotes()
        self._crew = crew
        self._places: list[list[Place]] = [[] for _ in range(partitions)]
        self._latest: dict[int, int] = {}
        self._reports: tuple[SorterReport, ...] = ()
        self._instants_ms: Sequence[int] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._crew.close()

    def sort(self, taken: Iterator[tuple[int, bytes]], blocks: Blocks, *, in_order: bool) -> None:
        """The first pass, over blocks that are `taken` from `blocks`."""
        refusals, lines_before, latest_ms = RejectionCounts(), 0, -FAR
        waiting: dict[int, BlockReport] = {}
        expected = 0
        for number, report in self._crew.map("sort", taken):
            waiting[number] = report
            while (next_report := waiting.pop(expected, None)) is not None:
                lines_before = 0 if expected in blocks.starts else lines_before
                refusals.add_all(next_report.refused, lines_before, partial(blocks.place, expected))
                lines_before += next_report.lines
                if in_order:
                    self._latest[expected] = latest_ms
                    latest_ms = max(latest_ms, next_report.last_ms)
                self._note(next_report)
                expected += 1
        self._reports = tuple(self._crew.each("finish"))
        self.notes.refused = refusals.by_reason()
        self.notes.accounts = sum(report.accounts for report in self._reports)
        for each in self._reports:
            self.notes.unusable.update(each.unusable)
            if each.fit is not None:
                self.notes.fit.merge(each.fit)

    @property
    def spill(self) -> SpillPort:
        """Where places in results are."""
        return self._crew.spill

    def begin(self, instants_ms: Sequence[int]) -> None:
        """Begin a second pass, at these ascending instants."""
        self._instants_ms = instants_ms
        folding = Folding(reports=self._reports, instants_ms=tuple(instants_ms), latest=self._latest)
        self._crew.each("prepare", folding)

    def make_norms(self, plans: Sequence[Plan], progress: Progress = lambda done: None) -> None:
        """Make the cohort norms, for all that is folded afterwards. Only signals that accounts are compared with need a
        pass of their own; when a source was first sent is known."""
        norms = [self._sources_of(number, plan) for number, plan in enumerate(plans)]
        if any(plan.norms.compared for plan in plans):
            for found in self.fold(NormsWanted(), progress):
                for number, parts in enumerate(cast(list[list[dict[str, float]]], found)):
                    norms[number] = [merge_norms(both) for both in zip(norms[number], parts, strict=True)]
        if any(plan.norm_signals for plan in plans):
            self._crew.each("set_norms", norms)

    def _sources_of(self, number: int, plan: Plan) -> list[dict[str, float]]:
        """The sources of a plan in the norm of each instant."""
        firsts = dict.fromkeys(plan.norms.sources, FAR)
        for report in self._reports:
            for (of_plan, name), (block, known_ms) in report.sources.items():
                if of_plan == number:
                    firsts[name] = min(firsts[name], max(known_ms, self._latest.get(block, known_ms)))
        return [
            {name: 1.0 if first_ms <= instant_ms else 0.0 for name, first_ms in firsts.items()}
            for instant_ms in self._instants_ms
        ]

    def fold(self, wanted: Wanted, progress: Progress = lambda done: None) -> Iterator[list[Result]]:
        """What is wanted of each partition, by plan; partitions come in any order. `progress` is called with the number
        of events."""
        done = 0
        tasks = ((number, places, wanted) for number, places in enumerate(self._places))
        for events, found in self._crew.map("fold", tasks):
            done += events
            progress(done)
            yield found
        if not isinstance(wanted, NormsWanted):
            self.notes.fit.repeated = sum(self._crew.each("copies"))
            by_process = cast(list[list[Counter[TypeMismatch]]], self._crew.each("mismatches"))
            for of_plan in zip(*by_process, strict=True):  # a value counts once, however many models read it
                self.notes.type_mismatches |= sum(of_plan, Counter[TypeMismatch]())

    def _note(self, report: BlockReport) -> None:
        notes = self.notes
        notes.events += report.events
        notes.first_ms, notes.last_ms = min(notes.first_ms, report.first_ms), max(notes.last_ms, report.last_ms)
        for account_id, written in report.written:
            notes.similar.note(account_id, written)
        for partition, place in report.places:
            self._places[partition].append(place)


def sort_events(
    sources: Sequence[str], reading: Reading, *, processes: int = 0, progress: Progress = lambda position: None
) -> tuple[SortedEvents, UserError | None]:
    """Read `sources` ("-" is standard input) and sort their events by account. Also the error to raise when there is
    no event in them.

    The partitions of `reading` are chosen here. `processes` is how many work on a large input, 0 for one a processor.
    `progress` is called with the bytes read.

    Raises:
        UserError: when a source cannot be read, or there is no room for temporary files.
    """
    blocks = Blocks(sources, progress, reading.form)
    rest = iter(blocks)
    head: list[tuple[int, bytes]] = []
    size = 0
    for block in rest:
        head.append(block)
        size += len(block[1])
        if size >= SMALL_BYTES:
            break
    if not wants_kernel():
        reading = msgspec.structs.replace(reading, uses_kernel=False)
    if size < SMALL_BYTES:
        reading = msgspec.structs.replace(reading, partitions=1)
        crew: Crew = Alone(reading)
    else:
        reading = msgspec.structs.replace(reading, partitions=_partitions(sources))
        crew = Processes(reading, processes or _processors())
    found = SortedEvents(crew, reading.partitions)
    try:
        found.sort(chain(_taken(head), rest), blocks, in_order=reading.arrival == IN_ORDER)
    except BaseException:
        crew.close()
        raise
    return found, blocks.no_event


def _taken(head: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Its blocks, in order, each freed when it is taken."""
    head.reverse()
    while head:
        yield head.pop()


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _partitions(sources: Sequence[str]) -> int:
    size = text_bytes(sources)
    if not size:
        return PARTITIONS_USUAL
    return min(max(size // PARTITION_BYTES, PARTITIONS_MIN), PARTITIONS_MAX)
