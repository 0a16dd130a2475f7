"""The rows: what is measured, in the order of the table, and what each does."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata

import msgspec

from bench import kafka_streams
from bench.fixture import ROOT, Setup
from bench.peers.meter import RESULT
from bench.report import Sample
from bench.throughput import is_compiled, measure_worker, python_environment
from streams.errors import UserError
from vitals.local.child import Child

_PEER_SECONDS = 300.0
_POLL_SECONDS = 0.05


class Row(msgspec.Struct, frozen=True):
    """One row. `measure` runs it once in a process of its own, which has ended when it returns; it blocks meanwhile.

    `why_not` says why it cannot be measured here; "" when it can.
    """

    name: str
    does: str
    measure: Callable[[Setup], Sample]
    why_not: str = ""
    is_ours: bool = False


def rows(streams_why_not: str = "") -> list[Row]:
    """Every row, ours first, as it is installed; then ours in plain Python where that is another thing.

    `streams_why_not` says why Kafka Streams could not be built.
    """
    does = (
        "four topics merged by time, ids deduplicated, model default, transitions; changelog, scores and "
        "notifications acknowledged by all replicas, then offsets"
    )
    ours = [Row("us, plain Python", does, measure_worker, is_ours=True)]
    if is_compiled():
        compiled = functools.partial(measure_worker, compiled=True)
        plain = msgspec.structs.replace(ours[0], does="the same, not compiled")
        ours = [Row("us, compiled", does, compiled, is_ours=True), plain]
    streams = [_streams_row(caching, streams_why_not) for caching in (True, False)]
    return [*ours, *_bounds(), *_peers(), *streams]


def _bounds() -> list[Row]:
    return [
        Row(
            "no engine",
            f"aiokafka, and the very same decoding and scoring{', compiled' if is_compiled() else ''}; nothing merged, "
            "kept, written or committed",
            _module("no_engine"),
        ),
        Row("raw client read", "aiokafka getmany, nothing decoded, kept or committed", _module("raw_aiokafka")),
    ]


def _peers() -> list[Row]:
    return [
        Row(
            f"Faust {_version('faust-streaming')}, table",
            "counts events an account: table[account] += 1; memory, changelog, commits as it does by default; no score",
            _faust,
        ),
        _python_peer(
            "quixstreams",
            "Quix Streams {}, state",
            "counts events an account: RocksDB state, changelog, a checkpoint a second; no score",
            "quix",
        ),
        _python_peer(
            "bytewax",
            "Bytewax {}, recovery",
            "counts events an account: stateful_map, snapshots in local SQLite a second; nothing in Kafka, no score",
            "bytewax_flow",
        ),
        Row(
            "plain aiokafka loop",
            "counts events an account: orjson, dict += 1, a commit a second; nothing durable, no score",
            _module("plain_loop"),
        ),
    ]


def _python_peer(package: str, name: str, does: str, module: str) -> Row:
    version = _version(package)
    why_not = "" if version else f"{package} is not installed: `make bench` installs it where there is a wheel for it"
    return Row(name.format(version).replace(" ,", ","), does, _module(module), why_not)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _streams_row(caching: bool, why_not: str) -> Row:
    does = (
        "hourly buckets, sums over 14, 28 and 30 days, a score; RocksDB state, changelog acknowledged by all replicas, "
        "a commit and scores a second; no deduplication, no transitions"
    )
    name = f"Kafka Streams {kafka_streams.version()} (Java), caching {'on' if caching else 'off'}"
    return Row(name, does, functools.partial(_kafka_streams, caching=caching), why_not)


def _kafka_streams(setup: Setup, *, caching: bool) -> Sample:
    return run_peer("Kafka Streams", kafka_streams.command(setup, caching=caching), setup, {})


def _faust(setup: Setup) -> Sample:
    return _run_module(msgspec.structs.replace(setup, events=setup.stock_events), "stock_faust")


def _module(module: str) -> Callable[[Setup], Sample]:
    return functools.partial(_run_module, module=module)


def _run_module(setup: Setup, module: str) -> Sample:
    arguments = [setup.address, setup.prefix, str(setup.events), str(setup.broker_pid)]
    command = [sys.executable, "-m", f"bench.peers.{module}", *arguments]
    return run_peer(module, command, setup, python_environment(compiled=is_compiled()))


def run_peer(name: str, command: Sequence[str], setup: Setup, environment: Mapping[str, str]) -> Sample:
    """Run a row's process, and read its result from its output. Blocks until it ends.

    Raises:
        UserError: quoting its last output, when it ends without a result or does not end in five minutes.
    """
    child = Child(name, command, environment={"TMPDIR": setup.scratch, **environment}, directory=ROOT)
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
    raise UserError(f"{name} gave no result. Its last output:\n{output}\nMend what it says, then start again.")
