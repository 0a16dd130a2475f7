"""How a row in Python reads the events of the run: the partitions, and the arguments that every such row takes."""

from __future__ import annotations

import sys
from typing import NamedTuple

from aiokafka import TopicPartition

from bench.fixture import PARTITIONS
from scoring.event.topics import INPUT_TOPICS
from streams.topics import SCORES


class Task(NamedTuple):
    """`ADDRESS PREFIX EVENTS BROKER_PID OPTION...`: read `events` events from the topics that begin with `prefix`."""

    address: str
    prefix: str
    events: int
    broker_pid: int
    options: tuple[str, ...] = ()

    @property
    def topics(self) -> list[str]:
        return [self.prefix + name for name in INPUT_TOPICS]

    @property
    def scores(self) -> str:
        return self.prefix + SCORES

    @property
    def partitions(self) -> list[TopicPartition]:
        return [TopicPartition(topic, number) for topic in self.topics for number in range(PARTITIONS)]


def task_from_arguments() -> Task:
    """The task that this process was started with."""
    address, prefix, events, broker_pid, *options = sys.argv[1:]
    return Task(address, prefix, int(events), int(broker_pid), tuple(options))
