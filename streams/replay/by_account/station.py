"""The work of one process of a replay: sorts blocks, then folds partitions. What goes in and out can be pickled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import assert_never

import msgspec

from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import AlertRules
from scoring.fold.tier_changes import TierHistory
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan, decoder_of
from scoring.plan.properties.property import TypeMismatch
from streams.replay.by_account.account_steps import AlertSteps, RuledPlan
from streams.replay.by_account.csv_lines import CsvLines, CsvSink
from streams.replay.by_account.folder import Folder, Sink
from streams.replay.by_account.native_sorter import Sorter, sorter_of
from streams.replay.by_account.partition import Partition, RouteNumbers
from streams.replay.by_account.reading import BlockReport, Reading, SorterReport
from streams.replay.by_account.sinks import AccountRows, NormSink, RowSink, SnapshotSink
from streams.replay.by_account.sorter import plans_of
from streams.replay.by_account.spill import Place, SpillPort


class RowsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Columns: of these numeric signals and texts, as far as a model has them, and perhaps the judgements."""

    facts: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    judgements: bool = False


class SnapshotsWanted(msgspec.Struct, frozen=True):
    """Score snapshots, as `(instant, account, msgpack)`. The events must have been read with `keeps_all`."""


class LinesWanted(msgspec.Struct, frozen=True):
    """Lines of CSV, with these signals."""

    signals: tuple[str, ...]


class TiersWanted(msgspec.Struct, frozen=True):
    """The accounts, and their tier changes until `end_ms`, with the instants as declared ones. The events must have
    been read with `keeps_all`."""

    end_ms: int


class StepsWanted(msgspec.Struct, frozen=True):
    """The decisions of each of these alert rules under the only model, from `since_ms` until `end_ms`, with the
    instants as declared ones. The events must have been read with `keeps_all`."""

    rules: tuple[AlertRules, ...]
    since_ms: int
    end_ms: int


class NormsWanted(msgspec.Struct, frozen=True):
    """The norm's part of each instant."""


Wanted = RowsWanted | LinesWanted | SnapshotsWanted | TiersWanted | StepsWanted | NormsWanted
Result = AccountRows | CsvLines | TierHistory | AlertSteps | list[tuple[int, str, bytes]] | list[dict[str, float]]


class Folding(msgspec.Struct, frozen=True, kw_only=True):
    """What all partitions have in common. `latest` has the latest event before each block, for an arrival in the order
    of the file."""

    reports: tuple[SorterReport, ...]
    instants_ms: tuple[int, ...]
    latest: dict[int, int]


class Station:
    """Mutable; each process has one."""

    def __init__(self, reading: Reading, spill: SpillPort) -> None:
        self._spill = spill
        self._reading = reading
        self._sorter: Sorter | None = sorter_of(reading, spill)
        self._decoder = decoder_of(reading.models)
        self.plans: list[Plan] = plans_of(reading.models, self._decoder)
        self._ruled: tuple[tuple[AlertRules, ...], list[RuledPlan]] = ((), [])
        self._folding: Folding | None = None
        self._norms: list[list[CohortNorm]] = []
        self._copies = 0

    def sort(self, block: int, text: bytes) -> tuple[int, BlockReport]:
        """Sort a block of lines; returns its number, too."""
        assert self._sorter is not None
        return block, self._sorter.sort(block, text)

    def finish(self) -> SorterReport:
        """End the first pass."""
        assert self._sorter is not None
        report, self._sorter = self._sorter.finish(), None
        return report

    def prepare(self, folding: Folding) -> None:
        """Begin the second pass."""
        self._folding = folding
        self._numbers = RouteNumbers(folding.reports)
        self._folder = Folder(
            self.plans, self._numbers.routes, folding.instants_ms, uses_kernel=self._reading.uses_kernel
        )
        self._norms = [[{}] * len(folding.instants_ms) for _ in self.plans]

    def set_norms(self, norms: list[list[dict[str, float]]]) -> None:
        """The cohort norms by plan and instant, for what is folded from here on."""
        self._norms = [list(each) for each in norms]

    def fold(self, number: int, places: Sequence[Place], wanted: Wanted) -> tuple[int, list[Result]]:
        """Fold a partition: its number of events, and what is wanted of it, by plan."""
        folding = self._folding
        assert folding is not None
        names = [report.names[number] for report in folding.reports]
        partition = Partition(self._spill, places, names, self._numbers, folding.latest)
        match wanted:
            case NormsWanted():
                norm_sinks = [NormSink(len(folding.instants_ms)) for _ in self.plans]
                counted = [plan.type_mismatches.copy() for plan in self.plans]
                self._folder.norm_parts(partition, norm_sinks)
                for plan, before in zip(self.plans, counted, strict=True):  # these events are folded once more
                    plan.type_mismatches.clear()
                    plan.type_mismatches.update(before)
                return len(partition), [sink.norms for sink in norm_sinks]
            case SnapshotsWanted():
                snapshot_sinks = [SnapshotSink(*each) for each in zip(self.plans, self._norms, strict=True)]
                self._folder.snapshots(partition, snapshot_sinks, self._norms)
                self._copies += partition.copies
                return len(partition), [sink.snapshots for sink in snapshot_sinks]
            case TiersWanted():
                histories = self._folder.tier_histories(partition, self._norms, wanted.end_ms)
                return len(partition), list(histories)
            case StepsWanted():
                ruled = self._ruled_plans(wanted.rules)
                steps = self._folder.alert_steps(partition, ruled, self._norms[0], wanted.since_ms, wanted.end_ms)
                return len(partition), list(steps)
            case LinesWanted():
                several = len(self.plans) > 1
                line_sinks = [
                    CsvSink(plan, wanted.signals, folding.instants_ms, names_model=several) for plan in self.plans
                ]
                self._fold(partition, line_sinks)
                return len(partition), [sink.lines(self._spill) for sink in line_sinks]
            case RowsWanted():
                row_sinks = [self._row_sink(plan, wanted) for plan in self.plans]
                self._fold(partition, row_sinks)
                return len(partition), [sink.rows for sink in row_sinks]
            case _:
                assert_never(wanted)

    def mismatches(self) -> list[Counter[TypeMismatch]]:
        """By plan, how many properties had the wrong type."""
        return [plan.type_mismatches for plan in self.plans]

    def copies(self) -> int:
        """How many events had the id of an earlier one of their account, in all folds but those for norms."""
        return self._copies

    def _fold(self, partition: Partition, sinks: Sequence[Sink]) -> None:
        self._folder.fold(partition, sinks, self._norms)
        self._copies += partition.copies

    def _ruled_plans(self, rules: tuple[AlertRules, ...]) -> list[RuledPlan]:
        """The plans with the watches of these rules, compiled once. Rules with the same watches share a fold."""
        if self._ruled[0] != rules:
            found: list[RuledPlan] = []
            for each in rules:
                plan = self.plans[0]
                policy = Policy(each, plan.model.tiers)
                if found and found[-1].policies[0].watches == policy.watches:
                    found[-1].policies.append(policy)
                else:
                    watched = Plan(plan.model, decoder=self._decoder, watches=policy.watches)
                    found.append(RuledPlan(watched, [policy]))
            self._ruled = (rules, found)
        return self._ruled[1]

    def _row_sink(self, plan: Plan, wanted: RowsWanted) -> RowSink:
        signals = plan.primary.signals
        facts = [name for name in wanted.facts if name in signals]
        texts = [name for name in wanted.texts if name in signals]
        return RowSink(plan, facts, texts, judgements=wanted.judgements)
