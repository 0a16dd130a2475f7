"""The order in which a flush is acknowledged, also where an account takes several batches."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.errors import KafkaError

from scoring.model.loader import load_preset
from scoring.model.model_json import decode_model
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
    network.objections[""] = str  # the producers of this test have no name, and may always send
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


async def test_models_are_acknowledged_before_the_first_scores_that_they_made_are_sent(network: Network) -> None:
    model = load_preset("four-inputs")
    key = f"four-inputs@{model.version}".encode()
    writer = FlushWriter(Settings(), [model])
    nothing = Flush(partition=0, number=1, changelog=[], notifications=[(b"a", b"{}")], scores=[])
    flush = Flush(partition=0, number=2, changelog=[], notifications=[], scores=[(b"a", b"{}")])
    for each, expected in ((nothing, [[b"a"]]), (flush, [[key], [b"a"]]), (flush, [[b"a"]])):
        writing = asyncio.create_task(writer.write_outputs([each]))
        for keys in expected:
            await settled()
            assert keys_on_the_way(network) == [keys]
            (queue,) = network.queues
            request = network.take(queue)
            if keys == [key]:
                assert decode_model(request.records[0].value or b"") == model
            request.acknowledged.set_result(None)
        await writing


async def test_a_model_that_was_not_acknowledged_lets_no_score_out_and_is_sent_again(network: Network) -> None:
    model = load_preset("default")
    writer = FlushWriter(Settings(), [model])
    flush = Flush(partition=0, number=1, changelog=[], notifications=[], scores=[(b"a", b"{}")])
    for _ in range(2):
        writing = asyncio.create_task(writer.write_outputs([flush]))
        await settled()
        assert keys_on_the_way(network) == [[f"default@{model.version}".encode()]]
        (queue,) = network.queues
        network.take(queue).acknowledged.set_exception(KafkaError("no"))
        with pytest.raises(KafkaError):
            await writing
        assert not network.queues
