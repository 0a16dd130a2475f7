"""Which broker a test session uses, and how it is had.

In this order: `VITALS_KAFKA`; Apache Kafka in a container; Apache Kafka from its Maven artifacts; the embedded Tansu.
`VITALS_TEST_BROKER` (`docker`, `maven` or `tansu`) picks one of the last three. With `VITALS_REQUIRE_KAFKA=1` only
Apache Kafka will do, and `VITALS_KAFKA` counts where `is_apache_kafka` says so.
"""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from streams.errors import UserError
from tests.support.kafka.docker import DockerKafka
from tests.support.kafka.java import JavaKafka
from vitals.local.embedded import Embedded, start_kafka

# Settings of a broker that only Apache Kafka has, all of them: other servers speak its protocol, and list a few alike.
_ONLY_APACHE = {"process.roles", "log.cleaner.threads", "group.coordinator.threads"}


class RunningBroker(NamedTuple):
    """The session's broker, as tests see it. Tests run in parallel on it, so none may stop it."""

    kind: str
    """Its key in `CANDIDATES`; empty for the broker of `VITALS_KAFKA`."""
    name: str
    address: str
    is_apache: bool
    data_dir: Path | None
    """The folder of its logs, if the tests own it."""


class Broker(Protocol):
    """A broker that can be started and stopped.

    `survives_kill` says that after `kill` and `start` it still has its messages, at the same address.
    """

    name: str
    address: str
    is_apache: bool
    survives_kill: bool

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...


class Tansu:
    """The embedded broker. It forgets everything when it ends."""

    name = "the embedded Tansu (not Apache Kafka)"
    is_apache = False
    survives_kill = False

    def __init__(self) -> None:
        self._server: Embedded | None = None
        self.address = ""

    def start(self) -> None:
        port = int(self.address.rpartition(":")[2] or 0)  # the same one after a restart
        self._server = start_kafka(port)
        self.address = self._server.address

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()

    def kill(self) -> None:
        if self._server is not None:
            self._server.child.kill()

    def close(self) -> None:
        self.kill()


class OwnBroker:
    """The broker that `VITALS_KAFKA` names: used as it is, and never stopped."""

    survives_kill = False

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_apache = asyncio.run(is_apache_kafka(address))
        self.name = f"VITALS_KAFKA ({'Apache Kafka' if self.is_apache else 'not Apache Kafka'})"

    def start(self) -> None:
        """It runs already."""

    def stop(self) -> None:
        raise UserError("A broker named by VITALS_KAFKA is not stopped by tests: unset it.")

    kill = stop

    def close(self) -> None:
        """It is not ours."""


CANDIDATES: dict[str, Callable[[], Broker]] = {"docker": DockerKafka, "maven": JavaKafka, "tansu": Tansu}


class SessionBroker:
    """The one broker of a test session, chosen and started when it is first asked for, by whichever thread.

    For a benchmark, set `is_measured`; see `JavaKafka`.
    """

    def __init__(self, environment: Mapping[str, str], *, is_measured: bool = False) -> None:
        self._own = environment.get("VITALS_KAFKA", "")
        self._picked = environment.get("VITALS_TEST_BROKER", "")
        self._is_required = environment.get("VITALS_REQUIRE_KAFKA", "") == "1"
        self._candidates = dict(CANDIDATES)
        if is_measured:
            self._candidates["maven"] = functools.partial(JavaKafka, is_measured=True)
        self._lock = threading.Lock()
        self._kind = ""
        self._broker: Broker | None = None
        self._passed_over: list[str] = []
        self._start_seconds = 0.0

    @property
    def plan(self) -> str:
        """What it will be, in words."""
        only = "; only Apache Kafka will do" if self._is_required else ""
        if self._own:
            return f"broker: VITALS_KAFKA={self._own}{only}"
        return f"broker: the first to be had of {', '.join(self._names()) or 'nothing'}, started when needed{only}"

    @property
    def report(self) -> list[str]:
        """What it was, and why not another, in words; one line each."""
        if self._broker is None:
            return [*self._passed_over, "broker: none was needed"]
        used = f"broker: {self._broker.name} at {self._broker.address}, started in {self._start_seconds:.1f} s"
        return [*self._passed_over, used]

    def get(self) -> Broker:
        """The running broker. Blocks while it starts, minutes when it must be fetched first.

        Raises:
            UserError: when none can be had, or none that will do.
        """
        with self._lock:
            if self._broker is None:
                began = time.monotonic()
                self._broker = self._use_own() if self._own else self._start_one()
                self._start_seconds = time.monotonic() - began
            return self._broker

    def running(self) -> RunningBroker:
        """The same, for tests. Raises as `get` does."""
        broker = self.get()
        data_dir = broker.data_dir if isinstance(broker, JavaKafka) else None
        return RunningBroker(self._kind, broker.name, broker.address, broker.is_apache, data_dir)

    def close(self) -> None:
        """End it, if it is ours. Idempotent."""
        if self._broker is not None:
            self._broker.close()

    def _use_own(self) -> Broker:
        broker = OwnBroker(self._own)
        if self._is_required and not broker.is_apache:
            raise UserError(
                f"VITALS_REQUIRE_KAFKA=1, and the broker at VITALS_KAFKA={self._own} is not Apache Kafka, or is not "
                f"there: name one that is, or unset VITALS_KAFKA."
            )
        return broker

    def _start_one(self) -> Broker:
        self._passed_over.clear()
        for name in self._names():
            try:
                broker = _started(self._candidates[name])
                self._kind = name
                return broker
            except UserError as error:
                self._passed_over.append(f"not {name}: {error}")
        raise UserError("\n".join([self._nothing_left(), *self._passed_over]))

    def _names(self) -> list[str]:
        return [
            name
            for name in self._candidates
            if self._picked in ("", name) and not (self._is_required and name == "tansu")
        ]

    def _nothing_left(self) -> str:
        if self._is_required:
            return "VITALS_REQUIRE_KAFKA=1, and no Apache Kafka could be had: install java 17 and mvn, or unset it."
        return f"No broker could be had (VITALS_TEST_BROKER={self._picked!r}): set it to docker, maven or tansu."


async def is_apache_kafka(address: str) -> bool:
    """The broker at `address` is Apache Kafka (in KRaft mode, as all since 4.0), or a build of it.

    It is asked for its own settings: no other server has all of those that belong to Kafka's inner parts. False, too,
    when it is not there or will not tell.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=10_000)
    try:
        await admin.start()
        node = (await admin.describe_cluster())["brokers"][0]["node_id"]
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.BROKER, str(node))])
        return {entry[0] for _, _, _, _, entries in answers[0].resources for entry in entries} >= _ONLY_APACHE
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await admin.close()


def _started(make: Callable[[], Broker]) -> Broker:
    broker = make()
    try:
        broker.start()
    except UserError:
        broker.close()
        raise
    return broker
