"""Real Redis clusters on loopback: nodes of the embedded server, joined, each with its share of the slots."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import redis

from vitals.local.embedded import free_port, start_redis

SLOTS = 16_384
DEADLINE_SECONDS = 20.0


@contextmanager
def redis_cluster(nodes: int = 1) -> Iterator[list[str]]:
    """The `redis://` URLs of a cluster of so many nodes without replicas, the slots shared out evenly."""
    with ExitStack() as stack:
        ports = [free_port() for _ in range(2 * nodes)]
        ports, buses = ports[:nodes], ports[nodes:]
        for port, bus in zip(ports, buses, strict=True):
            _start(stack, port, bus)
        clients = [stack.enter_context(redis.Redis(port=port)) for port in ports]
        for number, client in enumerate(clients):
            first, last = SLOTS * number // nodes, SLOTS * (number + 1) // nodes - 1
            _asked(client, "CLUSTER", "ADDSLOTSRANGE", first, last)
            _asked(client, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if number:
                _asked(client, "CLUSTER", "MEET", "127.0.0.1", ports[0], buses[0])
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not all(_is_whole(client, nodes) for client in clients):
            assert time.monotonic() < deadline, "the nodes did not find together"
            time.sleep(0.05)
        yield [f"redis://127.0.0.1:{port}/0" for port in ports]


def _start(stack: ExitStack, port: int, bus: int) -> None:
    # By default the bus is 10,000 above, where there may be no port.
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    options = ["--cluster-enabled", "yes", "--cluster-port", str(bus), "--dir", folder]
    stack.enter_context(start_redis(port, options=options))


def _is_whole(client: redis.Redis, nodes: int) -> bool:
    info = str(_asked(client, "CLUSTER", "INFO"))
    return "cluster_state:ok" in info and f"cluster_size:{nodes}" in info and f"cluster_known_nodes:{nodes}" in info


def _asked(client: redis.Redis, *command: str | int) -> object:
    return client.execute_command(*command)  # type: ignore[no-untyped-call]
