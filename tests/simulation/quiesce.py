"""A world that comes to rest: nothing goes wrong any more, and all that was sent is applied, written and committed."""

from __future__ import annotations

from functools import partial

from streams.topics import TOPICS
from tests.simulation.broker import Place
from tests.simulation.simulation import NO_FAULTS, World
from tests.simulation.worker import Worker

PATIENCE = 2_000
"""Rounds after which a world that has not come to rest never will."""
ROUND_MS = 700.0


async def rest(world: World) -> None:
    """Let everybody do whatever can be done.

    Raises:
        AssertionError: when it does not end.
    """
    faults, world.faults = world.faults, NO_FAULTS
    for _ in range(PATIENCE):
        if not await take_round(world):
            world.faults = faults
            assert not world.has_stale_records(), "compaction would keep a record of a writer that was replaced"
            return
    lag = {place: (_committed(world, place), world.brokers.ends[place]) for place in _unread(world)}
    raise AssertionError(f"it never comes to rest; committed of what there is: {lag}")


async def take_round(world: World) -> bool:
    """False when nothing was left to do."""
    for member in list(world.group.members):
        if isinstance(member, Worker) and not member.is_alive:
            world.remove(member)
    for worker in world.workers:
        if worker.is_paused:
            world.resume(worker)
    if not any(worker.is_alive for worker in world.workers):
        world.start()
    is_busy = False
    for worker in [worker for worker in world.workers if worker.is_alive]:
        is_busy = await _let(worker, world) or is_busy
    while world.network.queues or world.network.answers:
        for queue in list(world.network.queues):
            await world.do(partial(world.deliver, queue))
        while world.network.answers:
            await world.do(partial(world.answer, 0))
    await world.do(partial(world.clock.leap, ROUND_MS))
    if not is_busy:
        for worker in world.workers:
            if worker.is_alive:
                await worker.rewrite_overtaken()
    return is_busy or not _is_at_rest(world)


async def _let(worker: Worker, world: World) -> bool:
    """A worker does its next piece of work; False when there was none."""
    is_asked = worker not in world.group.members or (world.group.is_joining and worker not in world.group.joined)
    await world.do(worker.keep_time)
    if worker.offered is not None:
        await world.do(worker.accept)
    elif worker.joined_generation != worker.generation:
        await world.do(worker.hear)
    elif worker.is_to_restore:
        await world.do(partial(worker.start_restore, is_cancelled=True))
    elif worker.readings:
        await world.do(partial(worker.recover, worker.readings[0], 1_000))
    elif worker.is_restored:
        worker.feed()
        await world.do(worker.go_to_committed)
    elif worker.session.positions is not None:
        worker.feed()
        for partition in worker.partitions:
            worker.fetch(partition, dict.fromkeys(TOPICS, 1_000))
        worker.feed()
        await world.do(worker.check_truncation)
        applied = worker.session.work()
        await world.do(worker.start_flush)
        if is_asked:
            await world.do(worker.beat)
        return bool(applied) or is_asked
    elif is_asked:
        await world.do(worker.beat)
    else:
        return False
    return True


def _is_at_rest(world: World) -> bool:
    return (
        len(world.owned) == world.plot.partitions
        and not any(
            each.has_pending or each.is_walking or each.awaiting_norm_ms or each.pending_ms for each in world.owned
        )
        and not _unread(world)
    )


def _unread(world: World) -> list[Place]:
    """Where there is something beyond what is committed."""
    inputs = [place for place in world.brokers.logs if place[0] in TOPICS]
    return [place for place in inputs if world.brokers.read(place, _committed(world, place), 1)]


def _committed(world: World, place: Place) -> int:
    return world.group.committed.get(place, 0)
