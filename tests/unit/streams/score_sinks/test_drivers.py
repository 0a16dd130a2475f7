"""The first driver in words, from the topic of models."""

from __future__ import annotations

from collections.abc import Mapping

from aiokafka.errors import KafkaConnectionError

from streams.score_sinks.drivers import LOOK_AGAIN_SECONDS, Drivers
from tests.builders import a_snapshot, snapshot_models
from tests.fakes import ManualClock


class Models:
    """`ModelLog` that fails a number of times, then has models."""

    def __init__(self, models: Mapping[str, bytes], failures: int = 0) -> None:
        self._models = models
        self._failures = failures
        self.reads = 0

    async def read(self) -> Mapping[str, bytes]:
        self.reads += 1
        if self.reads <= self._failures:
            raise KafkaConnectionError
        return self._models if self.reads == self._failures + 1 else {}


async def test_a_driver_is_in_the_models_words_and_the_model_is_read_once() -> None:
    models = Models(snapshot_models())
    drivers = Drivers(models, ManualClock().monotonic)
    by_name = await Drivers(Models({}), ManualClock().monotonic).first(a_snapshot())
    words = await drivers.first(a_snapshot())
    assert words
    assert words != by_name
    assert await drivers.first(a_snapshot()) == words
    assert models.reads == 1


async def test_an_unknown_model_is_looked_for_rarely_and_costs_the_words_alone() -> None:
    clock, models = ManualClock(), Models(snapshot_models(), failures=1)
    drivers = Drivers(models, clock.monotonic)
    first = await drivers.first(a_snapshot())
    assert await drivers.first(a_snapshot()) == first
    assert models.reads == 1
    clock.seconds += LOOK_AGAIN_SECONDS
    assert await drivers.first(a_snapshot()) != first


async def test_an_account_without_components_has_no_driver() -> None:
    drivers = Drivers(Models({}), ManualClock().monotonic)
    assert await drivers.first(a_snapshot(score=None, tier="", components={}, standing="churned")) == ""


async def test_a_model_that_cannot_be_read_costs_the_words_alone() -> None:
    key = next(iter(snapshot_models()))
    drivers = Drivers(Models({key: b"{}"}), ManualClock().monotonic)
    assert await drivers.first(a_snapshot())
