"""What may happen next in a world, and the draw among it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from streams.topics import TOPICS
from tests.simulation.simulation import World
from tests.simulation.worker import Worker

Action = tuple[float, Callable[[], object]]
"""(weight, what happens)"""
STEP_MS = 20.0
"""The most that passes between two actions."""


async def chaos(world: World, actions: int) -> None:
    """So many things happen, one after the other."""
    for _ in range(actions):
        enabled = [action for action in possible(world) if action[0] > 0]
        await world.do(world.drawn.choices(enabled, [weight for weight, _ in enabled])[0][1])
        world.clock.leap(world.drawn.random() * STEP_MS)


def possible(world: World) -> Iterator[Action]:
    """All that may happen now."""
    alive = [worker for worker in world.workers if worker.is_alive]
    if len(alive) < world.wanted:
        yield 6, world.start
    if world.unsent:
        yield 8, partial(world.publish, world.drawn.randint(1, 10))
    for worker in alive:
        if not worker.is_paused:
            yield from by(worker, world)
    for queue in world.network.queues:
        speed = 1 if queue[0] in world.slow else 24
        yield speed / len(world.network.queues), partial(world.deliver, queue)
    if world.network.answers:
        yield 12, partial(world.answer, world.drawn.randrange(len(world.network.answers)))
    yield 4, world.projection.step
    yield from faults_of_processes(world, alive)
    yield from faults_of_the_rest(world, alive)


def by(worker: Worker, world: World) -> Iterator[Action]:
    """What a worker that runs may do next."""
    drawn = world.drawn
    if worker.offered is not None:
        yield 8, worker.accept
    elif worker.joined_generation != worker.generation:
        yield 12, worker.hear
    elif worker.is_to_restore:
        yield 12, partial(worker.start_restore, is_cancelled=drawn.random() < 0.5)
    for reading in worker.readings:
        yield world.faults.reading, partial(worker.recover, reading, drawn.choice((3, 50, 1_000)))
    if worker.is_restored and not worker.fetched:
        yield 12, worker.go_to_committed
    if worker.revoking is None and worker.offered is None:
        yield from joining(worker, world)
    if worker.flow_is_on:
        yield 30, partial(work, worker, world)
    yield 12 if worker.is_to_restore else 3, worker.start_flush
    yield 8 if worker.session.flush_signal.is_set() else 0.5, worker.start_flush_of_transitions
    yield 4 if worker.clock.lost_seconds else 1, worker.keep_time
    yield 0.1, worker.rewrite_overtaken


def joining(worker: Worker, world: World) -> Iterator[Action]:
    """The group is joined again: after the last flush, or in a hurry, where the notifications do not depend on it."""
    weight = 0.0
    if worker not in world.group.members:
        weight = 0.7
    elif world.group.is_joining and worker not in world.group.joined:
        weight = 4
    if weight:
        hurried = world.faults.hurried if may_be_replaced(world) else 0.0
        yield weight * (1 - hurried), worker.beat
        yield weight * hurried, partial(worker.beat, is_hurried=True)


def work(worker: Worker, world: World) -> None:
    """Fetch something, and apply some of it. What was fetched may come in later.

    In a strict plot every fetch is of all topics, as one broker answers it: else which message the merge sees first
    after a pause would be a matter of chance.
    """
    drawn = world.drawn
    if worker.fetched:
        worker.feed()
    else:
        for partition in worker.partitions:
            topics = TOPICS if world.plot.is_strict else drawn.sample(TOPICS, drawn.randint(1, len(TOPICS)))
            back = drawn.randint(1, 3) if drawn.random() < world.faults.read_twice else 0
            worker.fetch(partition, {topic: drawn.randint(1, 12) for topic in topics}, back)
        if drawn.random() > world.faults.slow_fetch:
            worker.feed()
    worker.session.work()


def may_be_replaced(world: World) -> bool:
    """Whether a worker that runs may be replaced in the middle of a flush.

    Only in a strict plot: else its successor sees other instants, and both may tell the same transition in other words
    (docs/reliability.md).
    """
    return world.plot.is_strict and not world.faults.torn


def faults_of_processes(world: World, alive: list[Worker]) -> Iterator[Action]:
    """Deaths, pauses, and the group that goes on without somebody."""
    faults = world.faults
    for member in world.group.members:
        if isinstance(member, Worker) and not member.is_alive:
            yield 3, partial(world.remove, member)
    for worker in alive:
        share = 1 / len(alive)
        yield faults.dies * share, partial(worker.end, "killed")
        if worker.is_paused:
            yield 2, partial(world.resume, worker)
        else:
            aimed = faults.aimed if world.network.of(worker.name) else 1.0
            yield faults.pauses * share * aimed, partial(world.pause, worker)
        if worker in world.group.members and (worker.is_paused or may_be_replaced(world)):
            yield faults.removed * (1 if worker.is_paused else share), partial(world.remove, worker)


def faults_of_the_rest(world: World, alive: list[Worker]) -> Iterator[Action]:
    """Rebalances, compaction, retention, long silence, and a read model that is lost."""
    faults, projection = world.faults, world.projection
    yield faults.rebalances, world.group.rebalance
    yield faults.compaction, world.compact
    yield world.retention, world.expire
    yield faults.read_model, projection.lose
    yield faults.read_model, projection.restart
    yield faults.read_model, projection.save
    # Nothing is on its way for a day.
    is_quiet = not world.network.queues and all(worker in world.group.members for worker in alive)
    if is_quiet:
        yield faults.day, world.sleep
