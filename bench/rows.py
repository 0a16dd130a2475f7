"""The rows: what is measured, in the order of the table, and what each does."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Sequence

import msgspec

from bench.peers.result import RESULT
from bench.report import Sample
from bench.setup import ROOT, Setup
from bench.watch import measure_worker
from scoring.model import PRESETS
from streams.child import Child
from streams.errors import UserError

_PEER_SECONDS = 300.0
_POLL_SECONDS = 0.05


class Row(msgspec.Struct, frozen=True):
    """One row. `measure` runs it once in a process of its own, which has ended when it returns; it blocks meanwhile."""

    name: str
    does: str
    measure: Callable[[Setup], Sample]


def rows() -> list[Row]:
    """Every row, ours first."""
    worker = "four topics merged by time, model default, durable state and scores, committed"
    return [
        Row("vitals worker", f"{worker}; judged at wall time", functools.partial(measure_worker, clock="wall")),
        Row(
            "vitals worker, event clock",
            f"{worker}; judged as it happened",
            functools.partial(measure_worker, clock="event"),
        ),
        Row("stock Faust with a table", "counts events by account, table[account] += 1; changelog; no score", _faust),
        Row("aiokafka, read only", "getmany of the same messages; nothing decoded, kept or committed", _read_only),
        *[_fold_row(preset, "wall") for preset in PRESETS],
        _fold_row("default", "event"),
    ]


def _fold_row(preset: str, clock: str) -> Row:
    at = "at wall time" if clock == "wall" else "as it happened"
    does = f"no Kafka, no engine: decode, apply, judge {at}"
    name = f"fold alone, {preset}" if clock == "wall" else f"fold alone, {preset}, event clock"
    return Row(name, does, functools.partial(_fold, preset=preset, clock=clock))


def _faust(setup: Setup) -> Sample:
    return run_peer("stock_faust", [setup.address, setup.prefix, str(setup.stock_events)])


def _read_only(setup: Setup) -> Sample:
    return run_peer("raw_aiokafka", [setup.address, setup.prefix, str(setup.events)])


def _fold(setup: Setup, preset: str, clock: str) -> Sample:
    return run_peer("fold", [preset, clock, str(setup.events), str(setup.accounts), str(setup.until_ms)])


def run_peer(module: str, arguments: Sequence[str]) -> Sample:
    """Run one of `bench.peers` and read its result. Blocks until it ends.

    Raises:
        UserError: quoting its last output, when it ends without a result or does not end in five minutes.
    """
    child = Child(module, [sys.executable, "-m", f"bench.peers.{module}", *arguments], directory=ROOT)
    child.start()
    try:
        deadline = time.monotonic() + _PEER_SECONDS
        while child.is_running and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
    finally:
        child.kill()
    output = child.last_lines()
    for line in output.splitlines():
        if line.startswith(RESULT):
            return msgspec.json.decode(line.removeprefix(RESULT), type=Sample)
    raise UserError(f"{module} gave no result. Its last output:\n{output}\nMend what it says, then start again.")
