"""Logs that are lost: a run comes to rest, a log is not what it was, and the workers must not go on with it.

No draw of faults brings these about: what they guard against is an operator's mistake, and ends a deployment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from streams.engine.session import Session
from streams.topics import CONTROL_INDEX, TOPICS
from tests.simulation.quiesce import rest, take_round
from tests.simulation.simulation import NO_FAULTS, World
from tests.simulation.workload import Sending, plot_of

ROUNDS = 60
"""After so many, a worker that has noticed nothing never will."""


def cut_short(world: World) -> str:
    """The logs of an input lose their ends, and messages come in."""
    topic = busiest(world)
    for number in range(world.plot.partitions):
        place = (topic, number)
        world.brokers.logs[place] = []
        world.brokers.ends[place] = 0
    send_again(world, topic, 1)
    return "was applied already"


def recreated(world: World) -> str:
    """An input is recreated, and holds more than before when a worker looks again."""
    topic = busiest(world)
    most = max(world.brokers.ends[topic, number] for number in range(world.plot.partitions))
    world.brokers.recreate(topic, world.plot.partitions)
    send_again(world, topic, most + 1)
    world.workers[0].end("killed")
    return f"{topic} was recreated"


def without_changelog(world: World) -> str:
    """The changelog is gone, and the commits are not."""
    for number in range(world.plot.partitions):
        place = (world.settings.changelog_topic, number)
        world.brokers.logs[place] = []
    world.workers[0].end("killed")
    return "the state is gone"


LOSSES: dict[str, Callable[[World], str]] = {
    "truncation": cut_short,
    "topic identity": recreated,
    "lost state": without_changelog,
}
"""By the safeguard that notices: what happens, and what the worker ends with."""


def busiest(world: World) -> str:
    """The input of which most was committed."""
    committed = world.group.committed
    numbers = range(world.plot.partitions)
    return max(TOPICS[:CONTROL_INDEX], key=lambda topic: sum(committed.get((topic, number), 0) for number in numbers))


def send_again(world: World, topic: str, most: int) -> None:
    """Each partition gets so many messages of those that it got before."""
    for number in range(world.plot.partitions):
        sendings = [
            sending
            for epoch in world.plot.epochs
            for sending in epoch.sendings
            if TOPICS[sending.topic_index] == topic and sending.partition == number
        ]
        for place in range(most if sendings else 0):
            send(world, sendings[place % len(sendings)])


def send(world: World, sending: Sending) -> None:
    """A producer's message arrives, of which the invariants know nothing."""
    place = (TOPICS[sending.topic_index], sending.partition)
    world.brokers.append(place, sending.key, sending.value, sending.timestamp, world.clock.now_ms)


def simulate_loss(loss: str, seed: int, *, new_session: Callable[..., Session] = Session) -> None:
    """Let a log be lost after a calm run.

    Raises:
        AssertionError: when the workers go on.
    """
    story: list[str] = []
    world = World(plot_of(seed), NO_FAULTS, story.append, new_session=new_session)
    asyncio.run(_lose(world, LOSSES[loss], story))


async def _lose(world: World, lose: Callable[[World], str], story: list[str]) -> None:
    with world.in_its_time():
        for epoch in world.plot.epochs:
            world.unsent = list(epoch.sendings)
            world.publish(len(world.unsent))
            world.clock.leap_quietly(epoch.leap_ms)
            await rest(world)
        end = lose(world)
        for _ in range(ROUNDS):
            await take_round(world)
            if any(" ends: " in line and end in line for line in story):
                return
    raise AssertionError("it goes on with a log that is not the one that its state was made from")
