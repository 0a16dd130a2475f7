"""Our own rows, and the bounds of what a worker on this client can do."""

from __future__ import annotations

import functools

from bench.contenders.row import Row, in_module
from bench.contenders.terms import Job, Promise, Terms
from bench.fixture import ROOT
from bench.throughput import is_compiled, measure_worker
from streams.kernel.kernel import NO_EXTENSION, is_built

NARROW_MODEL = ROOT / "bench" / "narrow.toml"


def our_rows() -> list[Row]:
    """The worker as it is installed, then with the narrow model, then in plain Python where that is another thing."""
    named = "compiled" if is_compiled() else "plain Python"
    model = Row(
        name=f"us, {named}",
        terms=Terms(Job.MODEL, Promise.ONCE),
        does="four topics merged by time, transitions; changelog, scores and notifications acknowledged by all "
        "replicas, then offsets, every second",
        measure=functools.partial(measure_worker, compiled=is_compiled()),
        is_ours=True,
        is_quick=True,
    )
    narrow = Row(
        name=f"us, narrow, {named}",
        terms=Terms(Job.NARROW, Promise.ONCE),
        does="the same worker; bench/narrow.toml: sums over 14, 28 and 30 days, latest values",
        measure=functools.partial(measure_worker, compiled=is_compiled(), model=str(NARROW_MODEL)),
        is_ours=True,
        is_quick=True,
    )
    return [model, narrow, *([_plain()] if is_compiled() else [])]


def _plain() -> Row:
    return Row(
        name="us, plain Python",
        terms=Terms(Job.MODEL, Promise.ONCE),
        does="the same as the first row, not compiled",
        measure=measure_worker,
        is_ours=True,
    )


def bounds() -> list[Row]:
    """What a worker could do at most, by what is left out."""
    return [
        Row(
            name="no engine",
            terms=Terms(Job.MODEL, Promise.NONE),
            does=f"aiokafka, and the very same decoding and scoring{', compiled' if is_compiled() else ''}; nothing "
            "merged, kept, written or committed",
            measure=in_module("no_engine"),
        ),
        Row(
            name="no engine, kernel",
            terms=Terms(Job.MODEL, Promise.NONE),
            does="whole batches, each message decoded, applied and judged by the kernel; nothing merged, kept, written "
            "or committed",
            measure=in_module("kernel_alone"),
            why_not="" if is_built() else NO_EXTENSION,
        ),
        Row(
            name="client as it is",
            terms=Terms(Job.READING, Promise.NONE),
            does="aiokafka getmany, nothing decoded, kept or committed",
            measure=in_module("raw_aiokafka"),
            is_quick=True,
        ),
        Row(
            name="client, whole batches",
            terms=Terms(Job.READING, Promise.NONE),
            does="aiokafka getmany as a worker has it: batches uncompressed and checked, no object for a message",
            measure=in_module("raw_aiokafka", "batches"),
            is_quick=True,
        ),
    ]
