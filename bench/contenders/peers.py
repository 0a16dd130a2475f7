"""The rows of other Python frameworks: with the narrow job, and those that only count."""

from __future__ import annotations

import msgspec

from bench.contenders.row import Row, in_module, version_of, why_not_installed
from bench.contenders.terms import Job, Promise, Terms
from bench.fixture import Setup
from bench.report import Sample

_QUIX, _BYTEWAX, _PATHWAY, _FAUST = "quixstreams", "bytewax", "pathway", "faust-streaming"
_COUNTS = "counts events an account"


def equal_rows() -> list[Row]:
    """The narrow job, as in the rows of the JVM."""
    guarantees = {"at-least-once": Promise.AT_LEAST_ONCE, "exactly-once": Promise.IN_KAFKA}
    quix = [
        Row(
            name=_named(f"Quix Streams {version_of(_QUIX)}, {guarantee.replace('-', ' ')}"),
            terms=Terms(Job.NARROW, promise),
            does="RocksDB state, its changelog acknowledged by all replicas; a checkpoint a second",
            measure=in_module("quix_narrow", guarantee),
            why_not=why_not_installed(_QUIX),
            is_quick=promise is Promise.IN_KAFKA,
        )
        for guarantee, promise in guarantees.items()
    ]
    bytewax = Row(
        name=_named(f"Bytewax {version_of(_BYTEWAX)}, recovery"),
        terms=Terms(Job.NARROW, Promise.IN_SNAPSHOTS),
        does="stateful_map; a snapshot a second of changed keys and offsets in local SQLite",
        measure=in_module("bytewax_narrow"),
        why_not=why_not_installed(_BYTEWAX),
        is_quick=True,
    )
    pathway = Row(
        name=_named(f"Pathway {version_of(_PATHWAY)}, inputs kept"),
        terms=Terms(Job.NARROW, Promise.IN_INPUTS),
        does="a stateful reducer by account, in memory; minibatches of a second, its inputs kept on local disk",
        measure=in_module("pathway_narrow"),
        why_not=why_not_installed(_PATHWAY),
        is_quick=True,
    )
    return [*quix, bytewax, pathway]


def counting_rows() -> list[Row]:
    """One counter an account, and no score."""
    return [
        Row(
            name=f"Faust {version_of(_FAUST)}, counting",
            terms=Terms(Job.COUNTING, Promise.AT_LEAST_ONCE),
            does=f"{_COUNTS}: table[account] += 1; memory, changelog, commits as it does by default",
            measure=_faust,
        ),
        Row(
            name=_named(f"Quix Streams {version_of(_QUIX)}, counting"),
            terms=Terms(Job.COUNTING, Promise.AT_LEAST_ONCE),
            does=f"{_COUNTS}: RocksDB state, changelog, a checkpoint a second",
            measure=in_module("quix"),
            why_not=why_not_installed(_QUIX),
        ),
        Row(
            name=_named(f"Bytewax {version_of(_BYTEWAX)}, counting"),
            terms=Terms(Job.COUNTING, Promise.IN_SNAPSHOTS),
            does=f"{_COUNTS}: stateful_map, snapshots in local SQLite a second; nothing in Kafka",
            measure=in_module("bytewax_flow"),
            why_not=why_not_installed(_BYTEWAX),
        ),
        Row(
            name="plain aiokafka loop, counting",
            terms=Terms(Job.COUNTING, Promise.NONE),
            does=f"{_COUNTS}: orjson, dict += 1, a commit a second",
            measure=in_module("plain_loop"),
        ),
    ]


def _named(name: str) -> str:
    """Without the gap of a version that is not there."""
    return name.replace(" ,", ",")


def _faust(setup: Setup) -> Sample:
    return in_module("stock_faust")(msgspec.structs.replace(setup, events=setup.stock_events))
