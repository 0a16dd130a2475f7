"""One run: a seed, disturbed, held to the invariants and, where the order of messages is fixed, to a calm run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

from scoring.instants import HOUR_MS
from scoring.plan.plan import Plan
from streams.control.messages import Tick, encode_control
from streams.engine.session import Session
from streams.topics import CONTROL_INDEX
from tests.simulation.chaos import chaos
from tests.simulation.invariants import Bodies
from tests.simulation.plain_alerts import Taken, can_follow, plain_run, recording
from tests.simulation.quiesce import rest
from tests.simulation.simulation import NO_FAULTS, Faults, World
from tests.simulation.worker import WriterMaker, real_writer
from tests.simulation.workload import Plot, Sending, plot_of
from tests.support.worlds.small_heads import small_heads

Tell = Callable[[str], None]
ANYTHING = Faults()


def simulate(
    seed: int,
    *,
    tell: Tell = lambda words: None,
    faults: Faults = ANYTHING,
    new_writer: WriterMaker = real_writer,
    new_session: Callable[..., Session] = Session,
) -> None:
    """Run one seed.

    Raises:
        AssertionError: when an invariant does not hold.
    """
    with heads_of(seed):
        _simulate(seed, tell, faults, new_writer, new_session)


def heads_of(seed: int) -> AbstractContextManager[None]:
    """Every third seed runs with heads as they are; in the others, small accounts have many records."""
    return nullcontext() if seed % 3 == 1 else small_heads(with_open_day=seed % 3 == 0)


def _simulate(
    seed: int, tell: Tell, faults: Faults, new_writer: WriterMaker, new_session: Callable[..., Session]
) -> None:
    plot = plot_of(seed)
    tell(f"seed {seed}: model {plot.model.header.name}, {plot.clock} clock, {plot.partitions} partitions")
    world = World(plot, faults, tell, new_writer, new_session)
    got = asyncio.run(live(world))
    if not plot.is_strict or faults.torn or world.watch.has_lost:
        return
    taken: list[Taken] = []
    with recording(taken):
        expected = calm(plot)
    compare(got.notifications, expected.notifications, "notification", "undisturbed")
    compare(got.steps, expected.steps, "alert step", "undisturbed")
    if can_follow(plot):
        plain = plain_run(Plan(plot.model, watches=plot.policy.watches), plot.policy, taken)
        compare(expected.steps, plain.steps, "alert step", "in the plain run")


def compare(got: Bodies, expected: Bodies, what: str, when: str) -> None:
    """Assert that both have the same ids, each with the same content."""
    for id_, body in expected.items():
        assert id_ in got, f"a {what} is missing: {body.decode()}"
        assert got[id_] == body, f"{when} it was\n{body.decode()}\nand now it is\n{got[id_].decode()}"
    assert got.keys() == expected.keys(), f"there are too many: {[got[id_] for id_ in got.keys() - expected.keys()]}"


class Outputs(NamedTuple):
    """All that people may be told of, by id."""

    notifications: Bodies
    steps: Bodies


def calm(plot: Plot) -> Outputs:
    """What the undisturbed run says."""
    return asyncio.run(live(World(plot, NO_FAULTS, lambda words: None)))


def command_of(seed: int) -> str:
    """What repeats a run."""
    return f".venv/bin/python -m tests.simulation {seed} -v"


async def live(world: World) -> Outputs:
    """A whole run, to the last check."""
    plot, actions = world.plot, world.faults.actions
    with world.in_its_time():
        if plot.is_upfront:
            world.unsent = [sending for epoch in plot.epochs for sending in epoch.sendings]
            world.publish(len(world.unsent))
            await chaos(world, actions * len(plot.epochs))
        else:
            for epoch in plot.epochs:
                world.clock.leap_quietly(epoch.leap_ms)
                await _live_through(world, epoch.sendings)
        await rest(world)
        await _end(world)
    await world.projection.catch_up()
    await world.watch.check_all(world.projection.model)
    return Outputs(world.watch.bodies(), world.watch.steps())


async def _live_through(world: World, sendings: list[Sending]) -> None:
    """Meanwhile the messages come in bit by bit; in a strict plot they are there before, and are done with after."""
    world.unsent = list(sendings)
    if world.plot.is_strict:
        world.publish(len(sendings))
    await chaos(world, world.faults.actions)
    world.publish(len(world.unsent))
    if world.plot.is_strict:
        await rest(world)


async def _end(world: World) -> None:
    """Everybody is judged once more, when even what was dated a little ahead is over."""
    world.clock.leap_quietly(HOUR_MS)
    is_event = world.plot.clock == "event"
    world.watch.end_ms = end_ms = world.plot.epochs[-1].end_ms + HOUR_MS if is_event else world.clock.now_ms
    tick = encode_control(Tick(instant_ms=end_ms, declare=True))
    for number in range(world.plot.partitions):
        world.append(Sending(CONTROL_INDEX, number, end_ms, None, tick))
    await rest(world)
