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
    if worker.offered is not None:
        yield 8, worker.accept
    elif worker.recovering is not None:
        yield 12, partial(worker.recover, world.drawn.choice((3, 50, 1_000)))
    if worker.revoking is None and worker.offered is None:
        if worker not in world.group.members:
            yield 0.7, worker.beat
        elif world.group.is_joining and worker not in world.group.joined:
            yield 4, worker.beat
    if worker.was_replaced:
        yield 4, worker.notice
    if worker.flow_is_on:
        yield 30, partial(work, worker, world)
        yield 3, worker.start_flush
        yield 8 if worker.engine.wake.is_set() else 0.5, worker.start_flush_of_moved
        yield 0.3, worker.engine.ask_for_norm
        yield 0.1, worker.look_back


def work(worker: Worker, world: World) -> None:
    """Fetch something, and apply some of it.

    In a strict plot every fetch is of all topics, as one broker answers it: else which message the merge sees first
    after a pause would be a matter of chance.
    """
    drawn = world.drawn
    for partition in worker.partitions:
        topics = TOPICS if world.plot.is_strict else drawn.sample(TOPICS, drawn.randint(1, len(TOPICS)))
        worker.fetch(partition, {topic: drawn.randint(1, 12) for topic in topics})
    worker.work()


def faults_of_processes(world: World, alive: list[Worker]) -> Iterator[Action]:
    """Deaths, pauses, and the group that goes on without somebody.

    Somebody who runs is removed only in a strict plot: else its successor sees other instants, and where a flush lasts
    longer than the session timeout both may tell the same transition in other words (docs/reliability.md).
    """
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
            yield faults.pauses * share, partial(world.pause, worker)
        may_run = world.plot.is_strict and not faults.torn
        if worker in world.group.members and (worker.is_paused or may_run):
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
