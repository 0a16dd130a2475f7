"""Static membership of the workers' group: a restart is no rebalance, and of two with one name the older ends."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from streams.deployment.settings import Settings
from tests.support.commands import Command
from tests.support.kafka.broker import RunningBroker

DEADLINE_SECONDS = 60.0
SESSION_SECONDS = 8
LONG_SESSION_SECONDS = 60
"""Longer than a worker takes to start on a busy machine."""
TAKEN_OVER = re.compile(r"generation (\d+): partitions (\[[\d, ]*\]) restored")


class Worker:
    """A worker that is a static member, and can be started again."""

    def __init__(self, settings: Settings, name: str) -> None:
        self._settings = msgspec.structs.replace(settings, group_instance_id=name)
        self._folder = Path(settings.data_dir)
        self._name, self._runs = name, 0
        self.start()

    def start(self) -> None:
        self._runs += 1
        self.command = Command(self._settings, "worker", self._folder / f"{self._name}-{self._runs}.log")

    @property
    def taken_over(self) -> list[tuple[str, str]]:
        """Each generation and its partitions, as its log has them."""
        return TAKEN_OVER.findall(self.command.log.read_text())

    def kill(self) -> None:
        if self.command.is_running:
            self.command.kill()


@pytest.fixture
def workers(
    request: pytest.FixtureRequest, broker: RunningBroker, settings: Settings
) -> Iterator[tuple[Worker, Worker]]:
    if not broker.is_apache:
        pytest.skip(f"{broker.name} has no static members")
    settings = msgspec.structs.replace(settings, session_timeout_ms=request.param * 1_000)
    first = Worker(settings, "worker-1")
    second = Worker(settings, "worker-2")
    try:
        yield first, second
    finally:
        first.kill()
        second.kill()


def until_they_share(*workers: Worker) -> tuple[str, ...]:
    """Wait until all are of one generation and each has partitions; answers what each has."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        last = [worker.taken_over[-1] if worker.taken_over else ("", "[]") for worker in workers]
        if len({generation for generation, _ in last}) == 1 and all(mine != "[]" for _, mine in last):
            return tuple(mine for _, mine in last)
        assert time.monotonic() < deadline, [worker.command.log.read_text() for worker in workers]
        time.sleep(0.1)


@pytest.mark.parametrize("workers", [LONG_SESSION_SECONDS], indirect=True)
def test_a_worker_that_starts_again_has_its_partitions_and_the_other_never_stops(
    workers: tuple[Worker, Worker],
) -> None:
    first, second = workers
    shares = until_they_share(first, second)
    before = list(first.taken_over)
    assert second.command.stop() == 0
    second.start()
    assert until_they_share(first, second) == shares
    second.command.kill()
    second.start()
    assert until_they_share(first, second) == shares
    assert first.taken_over == before


@pytest.mark.parametrize("workers", [SESSION_SECONDS], indirect=True)
def test_of_two_with_one_name_the_older_ends_and_says_why(workers: tuple[Worker, Worker]) -> None:
    first, second = workers
    until_they_share(first, second)
    time.sleep(SESSION_SECONDS)
    older = second.command
    second.start()
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while older.is_running:
            assert time.monotonic() < deadline, older.log.read_text()
            time.sleep(0.1)
        assert re.search(
            "another process took the name 'worker-2' .*INSTANCE_ID", older.log.read_text().splitlines()[-1]
        )
        until_they_share(first, second)
        assert second.command.is_running
    finally:
        if older.is_running:
            older.kill()
