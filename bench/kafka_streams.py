"""The Kafka Streams row: builds bench/kafka-streams with Maven, and says how it is run."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.fixture import ROOT, Setup
from streams.errors import UserError

_PROJECT = ROOT / "bench" / "kafka-streams"
_BUILD_SECONDS = 600
_WARM_SHARE = 2
"""One event in so many is done before the clock starts, in the same process: the JVM compiles what is run often."""


def version() -> str:
    """The version of Kafka Streams."""
    found = re.search(r"<kafka\.version>(.+?)</kafka\.version>", (_PROJECT / "pom.xml").read_text())
    assert found is not None, _PROJECT
    return found[1]


def build() -> None:
    """Build it where that was not done yet; the jars are fetched the first time.

    Raises:
        UserError: when there is no java or mvn, or it fails.
    """
    if shutil.which("mvn") is None or shutil.which("java") is None:
        raise UserError("java or mvn is missing: install a Java runtime, 17 or newer, and Maven.")
    if (_folder() / "jars").is_dir():  # the last thing that is made
        return
    command = ["mvn", "-B", "-q", "-f", str(_PROJECT / "pom.xml"), f"-Dbench.build={_folder()}", "package"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_BUILD_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise UserError(f"Maven did not build {_PROJECT.name} within {_BUILD_SECONDS} s: try again.") from error
    except subprocess.CalledProcessError as error:
        words = (error.stdout + error.stderr)[-1000:]
        raise UserError(f"Maven cannot build {_PROJECT.name}; mend what it says:\n{words}") from error


def _folder() -> Path:
    """Where these very sources are built."""
    sources = [_PROJECT / "pom.xml", *sorted(_PROJECT.glob("src/**/*.java"))]
    digest = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources))
    return ROOT / "build" / "kafka-streams" / digest.hexdigest()[:16]


def command(setup: Setup, *, caching: bool) -> Sequence[str]:
    """How the built row is run over the events of `setup`."""
    return [
        "java",
        "-Xms512m",
        "-Xmx1g",
        f"-Djava.io.tmpdir={setup.scratch}",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
        "-cp",
        f"{_folder() / 'classes'}:{_folder() / 'jars'}/*",
        "vitals.bench.Bench",
        setup.address,
        setup.prefix,
        str(setup.events - 1),  # the first only starts the clock
        str(setup.events // _WARM_SHARE),
        "on" if caching else "off",
        str(setup.broker_pid),
    ]
