"""The rows on a JVM: builds bench/jvm with Maven, and says how they are run."""

from __future__ import annotations

import functools
import hashlib
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.contenders.row import Row, run_peer
from bench.contenders.terms import Job, Promise, Terms
from bench.fixture import ROOT, Setup
from bench.report import Sample
from streams.errors import UserError

JOB, STREAMS, FLINK = "job", "kafka-streams", "flink"
"""The modules of bench/jvm; the others contain the first."""
_PROJECT = ROOT / "bench" / "jvm"
_BUILD_SECONDS = 600
_WARM_SHARE = 2
"""One event in so many is done before the clock starts, in the same process: the JVM compiles what is run often."""
_OPENED = (
    *("java.lang", "java.lang.reflect", "java.net", "java.io", "java.nio", "java.text", "java.time", "java.util"),
    *("java.util.concurrent", "java.util.concurrent.atomic", "java.util.concurrent.locks", "sun.nio.ch"),
)
"""The packages of java.base that Flink looks into, as its own scripts open them."""


def version(name: str) -> str:
    """The version of `kafka` or `flink` that is built."""
    found = re.search(rf"<{name}\.version>(.+?)</{name}\.version>", (_PROJECT / "pom.xml").read_text())
    assert found is not None, name
    return found[1]


def build(module: str) -> Path:
    """Build a module where that was not done yet, and answer its folder; the jars are fetched the first time.

    Raises:
        UserError: when there is no java or mvn, or it fails.
    """
    if shutil.which("mvn") is None or shutil.which("java") is None:
        raise UserError("java or mvn is missing: install a Java runtime, 17 or newer, and Maven.")
    folder = _folder(module)
    if (folder / module / "jars").is_dir():  # the last thing that is made
        return folder / module
    what = [f"-Dbench.build={folder}", "--projects", module, "--also-make", "package"]
    command = ["mvn", "-B", "-q", "-f", str(_PROJECT / "pom.xml"), *what]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_BUILD_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise UserError(f"Maven did not build {module} within {_BUILD_SECONDS} s: try again.") from error
    except subprocess.CalledProcessError as error:
        words = (error.stdout + error.stderr)[-1000:]
        raise UserError(f"Maven cannot build {module}; mend what it says:\n{words}") from error
    return folder / module


def _folder(module: str) -> Path:
    """Where these very sources are built."""
    sources = [_PROJECT / "pom.xml", *sorted(path for part in {JOB, module} for path in _sources(part))]
    digest = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources))
    return ROOT / "build" / "jvm" / digest.hexdigest()[:16]


def _sources(module: str) -> list[Path]:
    return [_PROJECT / module / "pom.xml", *(_PROJECT / module).glob("src/**/*.java")]


def java(module: str, main: str, *options: str) -> list[str]:
    """How a class of a built module is run."""
    folder = build(module)
    return ["java", *options, "-cp", f"{folder / 'classes'}:{folder / 'jars'}/*", f"vitals.bench.{main}"]


def streams_rows() -> list[Row]:
    """Kafka Streams, with its cache and without, with both of its promises."""
    return [
        Row(
            name=f"Kafka Streams {version('kafka')}, {'' if caching else 'no '}cache, {promise.replace('_', ' ')}",
            terms=Terms(Job.NARROW, Promise.IN_KAFKA if promise == "exactly_once_v2" else Promise.AT_LEAST_ONCE),
            does="RocksDB state, its changelog acknowledged by all replicas; a commit a second",
            measure=functools.partial(_measure_streams, caching=caching, promise=promise),
            is_quick=caching and promise == "exactly_once_v2",
        )
        for caching in (True, False)
        for promise in ("at_least_once", "exactly_once_v2")
    ]


def flink_rows() -> list[Row]:
    """Flink, with its strongest promise."""
    return [
        Row(
            name=f"Flink {version('flink')}, exactly once",
            terms=Terms(Job.NARROW, Promise.IN_CHECKPOINTS),
            does="keyed process function with timers; RocksDB state, an incremental checkpoint a second",
            measure=_measure_flink,
            is_quick=True,
        )
    ]


def _measure_streams(setup: Setup, *, caching: bool, promise: str) -> Sample:
    command = java(STREAMS, "streams.StreamsBench", *_options(setup))
    return run_peer("Kafka Streams", [*command, *_arguments(setup), "on" if caching else "off", promise], setup, {})


def _measure_flink(setup: Setup) -> Sample:
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED]
    command = java(FLINK, "flink.FlinkBench", *_options(setup), *opened)
    return run_peer("Flink", [*command, *_arguments(setup)], setup, {})


def _options(setup: Setup) -> Sequence[str]:
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"
    return ["-Xms512m", "-Xmx1g", f"-Djava.io.tmpdir={setup.scratch}", quiet]


def _arguments(setup: Setup) -> Sequence[str]:
    events = setup.events - 1  # the first only starts the clock
    return [setup.address, setup.prefix, str(events), str(setup.events // _WARM_SHARE), str(setup.broker_pid)]
