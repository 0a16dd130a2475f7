"""Apache Kafka from its Maven artifacts, run by `java`: one node, broker and controller in one, on loopback."""

from __future__ import annotations

import functools
import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from streams.errors import UserError
from vitals.local.child import Child, wait_until_ready
from vitals.local.embedded import HOST, answers_kafka, free_port

_ROOT = Path(__file__).parents[3]
_POM = _ROOT / "tests" / "kafka" / "pom.xml"
_CACHE = _ROOT / "build" / "kafka"
_OLDEST_JAVA = 17
_FETCH_SECONDS = 600
_START_SECONDS = 60.0
_CLUSTER_ID = "dml0YWxzLXRlc3RzLTAwMA"  # any 16 bytes in base64
_QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"


class JavaKafka:
    """A broker that can be stopped, killed and started again on the same port, with its messages kept."""

    is_apache = True
    survives_kill = True

    def __init__(
        self, port: int = 0, properties: Mapping[str, str] | None = None, *, is_measured: bool = False
    ) -> None:
        """Find `java` and the jars (fetched by `mvn` the first time); nothing runs yet.

        A `port` of 0 is any free port; `properties` go before those of a single node. One that `is_measured` has
        Java's optimizing compiler: twice the CPU in its first minutes, and more messages a second after that.

        Raises:
            UserError: when `java` is missing or too old, or when the jars are not to be had.
        """
        self._java = _java()
        self._classpath = f"{_jars()}/*"
        self._port, controller = port or free_port(), free_port()
        self._directory = Path(tempfile.mkdtemp(prefix="vitals-kafka-"))
        self._properties = self._directory / "server.properties"
        alone = server_properties(f"{HOST}:{self._port}", f"{HOST}:{controller}", f"{HOST}:{self._port}")
        lines = [f"{name}={value}" for name, value in {**alone, **(properties or {})}.items()]
        self._properties.write_text("\n".join([*lines, f"log.dirs={self.data_dir}", ""]))
        compiler = [] if is_measured else ["-XX:TieredStopAtLevel=1"]
        command = [self._java, "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", *compiler, _QUIET, "-cp", self._classpath]
        self._child = Child("Kafka", [*command, "kafka.Kafka", str(self._properties)], directory=self._directory)
        self.name = f"Apache Kafka {kafka_version()} from Maven artifacts"
        self.address = f"{HOST}:{self._port}"

    @property
    def data_dir(self) -> Path:
        """Where it keeps its log."""
        return self._directory / "data"

    def start(self) -> None:
        """Start it and wait until it answers: some 3 s. A no-op while it runs. Raises UserError when it does not."""
        if not self.data_dir.exists():
            self._format()
        self._child.start()
        wait_until_ready(self._child, functools.partial(answers_kafka, self._port), _START_SECONDS)

    def stop(self) -> None:
        """Shut it down as an operator would. Idempotent."""
        self._child.stop(grace_seconds=30.0)

    def kill(self) -> None:
        """Kill it with -9. Idempotent."""
        self._child.kill()

    def close(self) -> None:
        """Kill it and remove all that it wrote."""
        self._child.kill()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _format(self) -> None:
        command = [
            self._java,
            "-Xmx128m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            _QUIET,
            "-cp",
            self._classpath,
        ]
        tool = ["kafka.tools.StorageTool", "format", "--cluster-id", _CLUSTER_ID, "--config", str(self._properties)]
        _run([*command, *tool, *self._format_options()], "Kafka cannot format its storage", _START_SECONDS)

    def _format_options(self) -> list[str]:
        """What else its storage is formatted with."""
        return []


def server_properties(broker: str, controller: str, advertised: str) -> dict[str, str]:
    """The properties of a test broker without its log directory; each address is host:port."""
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{controller}",
        "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{advertised}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        # As in production: a topic that nobody created is an error.
        "auto.create.topics.enable": "false",
        # One small node, quick to start, with hundreds of topics by the end of a session.
        "offsets.topic.num.partitions": "1",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        # A killed broker comes back when the controller has given up the old one: after 3 s, not 9.
        "broker.heartbeat.interval.ms": "500",
        "broker.session.timeout.ms": "3000",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "log.cleaner.dedupe.buffer.size": "8388608",
        "log.index.size.max.bytes": "1048576",
    }


def kafka_version() -> str:
    """The version of Apache Kafka that the tests use."""
    found = re.search(r"<kafka\.version>(.+?)</kafka\.version>", _POM.read_text())
    assert found is not None, _POM
    return found[1]


def _java() -> str:
    java = shutil.which("java")
    if java is None or shutil.which("mvn") is None:
        raise UserError("java or mvn is missing: install a Java runtime, 17 or newer, and Maven.")
    banner = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=30).stderr
    found = re.search(r'version "(\d+)', banner)
    if found is None or int(found[1]) < _OLDEST_JAVA:
        raise UserError(f"java is too old ({banner.splitlines()[:1]}): install {_OLDEST_JAVA} or newer.")
    return java


def _jars() -> Path:
    """The folder with the jars of this pom.xml; fetched when it is not there. Sessions may race for it."""
    folder = _CACHE / hashlib.sha256(_POM.read_bytes()).hexdigest()[:16]
    if not folder.is_dir():
        _CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_CACHE) as scratch:
            goal = ["dependency:copy-dependencies", f"-DoutputDirectory={scratch}/jars"]
            _run(["mvn", "-B", "-q", "-f", str(_POM), *goal], "Maven cannot fetch Kafka", _FETCH_SECONDS)
            try:
                Path(scratch, "jars").rename(folder)
            except OSError:
                if not folder.is_dir():  # then it was no other session that came first
                    raise
    return folder


def _run(command: list[str], failure: str, seconds: float) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{failure} within {seconds:g} s: try again.") from error
    except subprocess.CalledProcessError as error:
        raise UserError(f"{failure}; mend what it says:\n{(error.stdout + error.stderr)[-1000:]}") from error
