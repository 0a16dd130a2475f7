"""Apache Kafka for the campaign: one node or three, each controller and broker; one that somebody else runs, too."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Protocol

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tests.faults.proxy import Proxy
from tests.support.kafka.java import JavaKafka
from vitals.local.embedded import HOST

_LOOK_SECONDS = 0.5


class Kafka(Protocol):
    """Where the workers' broker is had."""

    @property
    def address(self) -> str:
        """Bootstrap servers for the campaign itself, which no fault cuts off."""

    @property
    def replication(self) -> int:
        """How many copies of each topic there can be."""

    def address_of(self, worker: int) -> str:
        """Bootstrap servers for the `worker`-th process."""


class Broker:
    """A broker that runs already, and is left alone."""

    replication = 1

    def __init__(self, address: str) -> None:
        self.address = address

    def address_of(self, worker: int) -> str:
        return self.address


class ProxiedKafka:
    """One node with a listener for each worker, which it advertises at a proxy: each worker can be cut off alone."""

    replication = 1

    def __init__(self, workers: int) -> None:
        port, controller, *others = _free_ports(2 + 2 * workers)
        self.proxies = [Proxy(*others[2 * number : 2 * number + 2]) for number in range(workers)]
        names = [f"W{number}" for number in range(workers)]
        listeners = [f"{name}://{HOST}:{proxy.target_port}" for name, proxy in zip(names, self.proxies, strict=True)]
        advertised = [f"{name}://{HOST}:{proxy.port}" for name, proxy in zip(names, self.proxies, strict=True)]
        protocols = [f"{name}:PLAINTEXT" for name in ("PLAINTEXT", "CONTROLLER", *names)]
        ours = f"PLAINTEXT://{HOST}:{port}"
        self._node = JavaKafka(
            port,
            {
                "controller.quorum.voters": f"1@{HOST}:{controller}",
                "listeners": ",".join([ours, f"CONTROLLER://{HOST}:{controller}", *listeners]),
                "advertised.listeners": ",".join([ours, *advertised]),
                "listener.security.protocol.map": ",".join(protocols),
            },
        )
        self.address = self._node.address

    def address_of(self, worker: int) -> str:
        return f"{HOST}:{self.proxies[worker].port}" if worker < len(self.proxies) else self.address

    async def start(self) -> None:
        """Start node and proxies; some 5 s."""
        for proxy in self.proxies:
            await proxy.start()
        await asyncio.to_thread(self._node.start)

    async def close(self) -> None:
        """End them, and remove what the node wrote."""
        for proxy in self.proxies:
            await proxy.stop()
        await asyncio.to_thread(self._node.close)


class Cluster:
    """Three nodes; topics in three copies, two of which must be in sync. Nodes are counted from 1."""

    replication = 3

    def __init__(self) -> None:
        free = _free_ports(2 * self.replication)
        ports, controllers = free[: self.replication], free[self.replication :]
        voters = ",".join(f"{number}@{HOST}:{port}" for number, port in enumerate(controllers, 1))
        self.nodes = {
            number: JavaKafka(port, _of_a_cluster(number, port, controller, voters))
            for number, (port, controller) in enumerate(zip(ports, controllers, strict=True), 1)
        }
        self.address = ",".join(node.address for node in self.nodes.values())

    def address_of(self, worker: int) -> str:
        return self.address

    async def start(self, numbers: Sequence[int] = (1, 2, 3)) -> None:
        """Start these nodes at once, and wait until each answers. Those that run are left alone."""
        async with asyncio.TaskGroup() as starting:
            for number in numbers:
                starting.create_task(asyncio.to_thread(self.nodes[number].start))

    async def stop(self, number: int) -> None:
        """Shut a node down as an operator would; it hands its leaderships over first."""
        await asyncio.to_thread(self.nodes[number].stop)

    async def kill(self, *numbers: int) -> None:
        """kill -9, one right after the other."""
        for number in numbers:
            await asyncio.to_thread(self.nodes[number].kill)

    def controller(self) -> int:
        """The node that leads the quorum, as the nodes' own files have it."""
        states = []
        for node in self.nodes.values():
            path = node.data_dir / "__cluster_metadata-0" / "quorum-state"
            state = json.loads(path.read_text())
            states.append((state["leaderEpoch"], state["leaderId"]))
        return int(max(states)[1])

    async def coordinator(self, group: str) -> int:
        """The node that coordinates a group."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        await admin.start()
        try:
            return int(await admin.find_coordinator(group))
        finally:
            await admin.close()

    async def leader(self, topic: str, partition: int) -> int:
        """The node that leads a partition."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address)
        await admin.start()
        try:
            found = await admin.describe_topics([topic])
            return int(next(each["leader"] for each in found[0]["partitions"] if each["partition"] == partition))
        finally:
            await admin.close()

    async def in_sync(self, seconds: float) -> None:
        """Wait until every partition has all its copies in sync, so that the next fault is the only one.

        Raises:
            TimeoutError: when it does not come to that within `seconds`.
        """
        async with asyncio.timeout(seconds):
            while not await self._is_in_sync():  # noqa: ASYNC110 - Kafka tells nobody
                await asyncio.sleep(_LOOK_SECONDS)

    async def _is_in_sync(self) -> bool:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.address, request_timeout_ms=5_000)
        try:
            await admin.start()
            topics = await admin.describe_topics()
        except (KafkaError, OSError):
            return False
        finally:
            await admin.close()
        return all(len(each["isr"]) == len(each["replicas"]) for topic in topics for each in topic["partitions"])

    async def close(self) -> None:
        """End them, and remove what they wrote."""
        for node in self.nodes.values():
            await asyncio.to_thread(node.close)


def _free_ports(count: int) -> list[int]:
    """So many loopback ports that nobody listens on at this moment, all different."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _of_a_cluster(number: int, port: int, controller: int, voters: str) -> dict[str, str]:
    return {
        "node.id": str(number),
        "controller.quorum.voters": voters,
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller}",
        "offsets.topic.replication.factor": "3",
        "transaction.state.log.replication.factor": "3",
        "transaction.state.log.min.isr": "2",
        "min.insync.replicas": "2",
    }
