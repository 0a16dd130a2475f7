"""Apache Kafka in a container, for machines where a Docker engine runs."""

from __future__ import annotations

import shutil
import subprocess
import time

from docker.errors import DockerException  # type: ignore[import-untyped]
from testcontainers.core.container import DockerContainer

from streams.errors import UserError
from tests.support.kafka.java import kafka_version, server_properties
from vitals.local.embedded import HOST, answers_kafka, free_port

_INSIDE = 9092
_START_SECONDS = 120.0
_ASK_SECONDS = 10.0


class DockerKafka:
    """A broker that can be stopped, killed and started again on the same port, with its messages kept."""

    is_apache = True
    survives_kill = True

    def __init__(self) -> None:
        """Find the engine; nothing runs yet.

        Raises:
            UserError: when no Docker engine answers.
        """
        if not _engine_answers():
            raise UserError("No Docker engine answers: start one, or do without.")
        self._port = free_port()
        self._container: DockerContainer | None = None
        self.name = f"Apache Kafka {kafka_version()} in a container"
        self.address = f"{HOST}:{self._port}"

    def start(self) -> None:
        """Start it and wait until it answers; the image is pulled the first time. Raises UserError when it cannot."""
        try:
            if self._container is None:
                self._container = self._create().start()
            else:
                self._container.get_wrapped_container().start()
        except DockerException as error:
            raise UserError(f"Docker cannot start Kafka ({error}): mend that, or do without.") from error
        deadline = time.monotonic() + _START_SECONDS
        while not answers_kafka(self._port):
            if time.monotonic() >= deadline:
                raise UserError(f"Kafka in a container did not answer within {_START_SECONDS:g} s: see its logs.")
            time.sleep(0.1)

    def stop(self) -> None:
        """Shut it down as an operator would."""
        if self._container is not None:
            self._container.get_wrapped_container().stop(timeout=30)

    def kill(self) -> None:
        """Kill it with -9."""
        if self._container is not None:
            self._container.get_wrapped_container().kill()

    def close(self) -> None:
        """Remove the container and all that it wrote."""
        if self._container is not None:
            self._container.stop()

    def _create(self) -> DockerContainer:
        properties = server_properties(f"0.0.0.0:{_INSIDE}", "localhost:9093", self.address)
        container = DockerContainer(f"apache/kafka:{kafka_version()}")
        for name, value in properties.items():
            container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
        container.with_env("KAFKA_HEAP_OPTS", "-Xms256m -Xmx512m")
        container.ports[f"{_INSIDE}/tcp"] = (HOST, self._port)  # with_bind_ports would open it to the network
        return container


def _engine_answers() -> bool:
    # By its own command: the Python client leaves a socket open when there is no engine.
    command = shutil.which("docker")
    if command is None:
        return False
    try:
        return (
            subprocess.run([command, "version"], capture_output=True, check=False, timeout=_ASK_SECONDS).returncode == 0
        )
    except subprocess.TimeoutExpired:
        return False
