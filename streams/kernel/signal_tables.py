"""The tables of signals: each kind of `scoring.plan.signals` as a number of `native/plan/plan.h` and its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from scoring.plan.signals.base import Signal
from scoring.plan.signals.counting import CountSignal, DistinctSignal, SumSignal
from scoring.plan.signals.daily import PeakSignal, SeasonSignal, VolatilitySignal
from scoring.plan.signals.derived import AgeSignal, DifferenceSignal
from scoring.plan.signals.duration import DurationSignal
from scoring.plan.signals.ended import EndedSignal
from scoring.plan.signals.latest import LastAtSignal, LastSignal, SinceLastSignal, TallySignal
from scoring.plan.signals.milestones import MilestonesSignal
from scoring.plan.signals.open_items import OpenSignal
from scoring.plan.signals.until import UntilSignal
from scoring.plan.signals.use_days import DaysSignal, SinceNthSignal, UsualGapSignal
from scoring.plan.signals.usual import AverageSignal, DispersionSignal, ExpectedSignal, KnownSignal, UsualSignal
from streams.kernel.table_writer import NotInKernel, TableWriter

KINDS = (
    *("count", "sum", "mean", "distinct", "last", "tally", "last_at", "until", "ended", "since_last", "since_nth"),
    *("age", "difference", "peak", "volatility", "season", "usual", "average", "dispersion", "known_weeks"),
    *("known_gaps", "known_nothing", "expected", "days", "usual_gap", "open_count", "open_weight", "open_oldest"),
    *("median_hours", "mean_hours", "milestones"),
)
"""In the order of `SignalKind`."""


class SignalTable(NamedTuple):
    """The fields of one signal; their meaning by kind stands beside `SignalKind`."""

    kind: str
    a: int = 0
    b: int = 0
    x: float = 0.0
    parts: tuple[int, ...] = ()
    dues: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()


Numbers = Mapping[int, int]
"""The number of each signal of a score plan, by `id`."""


def write_signal(tables: TableWriter, signal: Signal, numbers: Numbers) -> None:
    """Append one signal."""
    make = TABLES.get(type(signal))
    if make is None:
        raise NotInKernel(
            f"the kernel has no signal like {signal.name!r} ({type(signal).__name__}): add its kind to "
            "streams/kernel/signal_tables.py and to native/judge/signals.c"
        )
    table = make(signal, numbers)
    tables.whole(KINDS.index(table.kind), table.a, table.b)
    tables.real(table.x)
    tables.wholes(table.parts)
    tables.wholes(table.dues)
    tables.reals(table.weights)


def _sum(signal: SumSignal, numbers: Numbers) -> SignalTable:
    if signal.counts is None:
        return SignalTable("sum", signal.window)
    return SignalTable("mean", signal.window, signal.counts)


def _known(signal: KnownSignal, numbers: Numbers) -> SignalTable:
    of = signal.of
    if isinstance(of, UsualSignal):
        return SignalTable("known_weeks", of.windows.number)
    return SignalTable("known_gaps", of.gaps.number) if isinstance(of, UsualGapSignal) else SignalTable("known_nothing")


def _expected(signal: ExpectedSignal, numbers: Numbers) -> SignalTable:
    after = tuple(numbers[id(each)] for each in signal.after)
    return SignalTable("expected", numbers[id(signal.usual)], numbers[id(signal.season)], signal.margin, after)


def _milestones(signal: MilestonesSignal, numbers: Numbers) -> SignalTable:
    slots, _, weights, dues = zip(*signal.steps, strict=True)
    return SignalTable("milestones", parts=slots, dues=dues, weights=weights)


TABLES: Mapping[type[Signal], Callable[[Any, Numbers], SignalTable]] = {
    CountSignal: lambda signal, numbers: SignalTable("count", signal.count_window),
    SumSignal: _sum,
    DistinctSignal: lambda signal, numbers: SignalTable("distinct", signal.window),
    LastSignal: lambda signal, numbers: SignalTable("last", signal.slot),
    TallySignal: lambda signal, numbers: SignalTable("tally", signal.tally.number),
    LastAtSignal: lambda signal, numbers: SignalTable("last_at", signal.slot),
    UntilSignal: lambda signal, numbers: SignalTable("until", signal.slot),
    EndedSignal: lambda signal, numbers: SignalTable("ended", signal.tally.number),
    SinceLastSignal: lambda signal, numbers: SignalTable("since_last", signal.slot),
    SinceNthSignal: lambda signal, numbers: SignalTable("since_nth", signal.latest.number, signal.slot),
    AgeSignal: lambda signal, numbers: SignalTable("age"),
    DifferenceSignal: lambda signal, numbers: SignalTable(
        "difference", numbers[id(signal.of)], numbers[id(signal.minus)]
    ),
    PeakSignal: lambda signal, numbers: SignalTable("peak", signal.peak.number),
    VolatilitySignal: lambda signal, numbers: SignalTable("volatility", signal.daily.number, signal.weeks),
    SeasonSignal: lambda signal, numbers: SignalTable("season", signal.windows.number),
    UsualSignal: lambda signal, numbers: SignalTable("usual", signal.windows.number, x=signal.share),
    AverageSignal: lambda signal, numbers: SignalTable("average", signal.windows.number),
    DispersionSignal: lambda signal, numbers: SignalTable("dispersion", signal.windows.number),
    KnownSignal: _known,
    ExpectedSignal: _expected,
    DaysSignal: lambda signal, numbers: SignalTable("days", signal.daily.number, signal.window),
    UsualGapSignal: lambda signal, numbers: SignalTable("usual_gap", signal.gaps.number),
    OpenSignal: lambda signal, numbers: SignalTable(
        {"count": "open_count", "weight": "open_weight"}.get(signal.measure, "open_oldest"), signal.open_items.number
    ),
    DurationSignal: lambda signal, numbers: SignalTable(
        "mean_hours" if signal.is_mean else "median_hours", signal.times.number
    ),
    MilestonesSignal: _milestones,
}
"""How the table of each kind of signal is made."""
