"""Our own rows, and the bounds of what a worker on this client can do."""

from __future__ import annotations

import functools

from bench.contenders.row import Row, in_module
from bench.contenders.terms import Job, Promise, Terms
from bench.fixture import ROOT
from bench.throughput import fold_here, measure_worker
from streams.kernel.kernel import NO_EXTENSION, is_built

NARROW_MODEL = ROOT / "bench" / "narrow.toml"


def our_rows() -> list[Row]:
    """The worker as it is installed, then with the narrow model, then without the kernel where the first has it."""
    fold = fold_here()
    model = Row(
        name=f"us, {fold}",
        terms=Terms(Job.MODEL, Promise.ONCE),
        does="four topics merged by time, transitions; changelog, scores and notifications acknowledged by all "
        "replicas, then offsets, every second, or rarer where flushes of a backlog are long",
        measure=measure_worker,
        is_ours=True,
        is_quick=True,
    )
    narrow = Row(
        name=f"us, narrow, {fold}",
        terms=Terms(Job.NARROW, Promise.ONCE),
        does="the same worker; bench/narrow.toml: sums over 14, 28 and 30 days, latest values",
        # Others write every second, also while they catch up.
        measure=functools.partial(measure_worker, model=str(NARROW_MODEL), catch_up_flush_ms=0),
        is_ours=True,
        is_quick=True,
    )
    return [model, narrow, *([_reference()] if fold == "kernel" else [])]


def _reference() -> Row:
    return Row(
        name="us, reference",
        terms=Terms(Job.MODEL, Promise.ONCE),
        does="the same as the first row, without the kernel",
        measure=functools.partial(measure_worker, fold="reference"),
        is_ours=True,
    )


def bounds() -> list[Row]:
    """What a worker could do at most, by what is left out."""
    return [
        Row(
            name="no engine",
            terms=Terms(Job.MODEL, Promise.NONE),
            does="aiokafka, and the decoding and scoring of the reference; nothing merged, kept, written or committed",
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
