"""The order in which a flush is acknowledged, also where an account takes several batches."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaError

from streams.deployment.settings import Settings
from streams.engine.flush import Flush, Pair
from streams.worker import flush_writer as writer_module
from streams.worker.flush_writer import FlushWriter
from tests.simulation.network import Network

BATCH_BYTES = 300


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Batches of 300 bytes, which arrive when the test says so."""
    network = Network(BATCH_BYTES)
    monkeypatch.setattr(writer_module, "new_producer", network.producer)
    monkeypatch.setattr(writer_module, "BATCH_MAX_BYTES", BATCH_BYTES)
    return network


def account(name: str, tiles: int) -> list[Pair]:
    return [*((f"t{name}{number}".encode(), bytes(100)) for number in range(tiles)), (f"h{name}".encode(), bytes(50))]


def keys_on_the_way(network: Network) -> list[list[bytes | None]]:
    return [[record.key for record in request.records] for queue in network.queues.values() for request in queue]


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_head_is_on_its_way_only_when_the_rest_of_its_account_is_acknowledged(network: Network) -> None:
    flush = Flush(
        partition=0,
        number=1,
        changelog=[account("a", 1), account("big", 6), account("b", 1), [(b"p", b"own")]],
        notifications=[],
        scores=[],
    )
    writing = asyncio.create_task(FlushWriter(Settings()).write_changelog([flush]))
    await settled()
    seen: list[bytes | None] = []
    while not writing.done():
        assert network.queues, "it waits for nothing"
        on_the_way = [key for keys in keys_on_the_way(network) for key in keys]
        if b"hbig" in on_the_way:
            assert {f"tbig{number}".encode() for number in range(4)} <= set(seen)
        for queue in list(network.queues):
            request = network.take(queue)
            seen += [record.key for record in request.records]
            request.acknowledged.set_result(None)
        await settled()
    await writing
    assert seen == [key for group in flush.changelog for key, _ in group]


async def test_an_account_whose_first_batch_fails_sends_no_other(network: Network) -> None:
    flush = Flush(partition=0, number=1, changelog=[account("big", 6), [(b"p", b"own")]], notifications=[], scores=[])
    writing = asyncio.create_task(FlushWriter(Settings()).write_changelog([flush]))
    await settled()
    (keys,) = keys_on_the_way(network)
    assert b"hbig" not in keys
    for queue in list(network.queues):
        network.take(queue).acknowledged.set_exception(KafkaError("no"))
    with pytest.raises(KafkaError):
        await writing
    assert not network.queues
