"""Collections at moments of the caller's choice: what they find, and when they look."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest

from bench.fixture import ROOT
from streams.operations.gc_tuning import EVERY_SECONDS, DeadCycles
from tests.fakes import ManualClock


class Circle:
    """An object that refers to itself."""

    alive = 0

    def __init__(self) -> None:
        self.itself = self
        Circle.alive += 1

    def __del__(self) -> None:
        Circle.alive -= 1


@pytest.fixture(autouse=True)
def _own_pace() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_a_dead_cycle_goes_when_a_look_is_due_and_not_before() -> None:
    clock = ManualClock()
    dead_cycles = DeadCycles(clock.monotonic)
    dead_cycles.begin()
    dead_cycles.keep()
    dead_cycles.tend()
    dead = weakref.ref(Circle())
    clock.seconds += EVERY_SECONDS * 0.9
    dead_cycles.tend()
    assert dead() is not None
    clock.seconds += EVERY_SECONDS * 0.1
    dead_cycles.tend()
    assert dead() is None


def test_what_was_looked_at_is_not_looked_at_again() -> None:
    dead_cycles, circle = DeadCycles(), Circle()
    dead_cycles.begin()
    dead = weakref.ref(circle)
    del circle
    dead_cycles.keep()
    dead_cycles.tend()
    assert dead() is not None
    dead_cycles.begin()
    assert dead() is None


def test_what_reading_leaves_is_collected_before_all_is_read() -> None:
    dead_cycles = DeadCycles()
    dead_cycles.begin()
    Circle.alive, young = 0, gc.get_threshold()[0]
    for _ in range(young * 3):
        Circle()
    assert Circle.alive <= young
    dead_cycles.keep()
    assert Circle.alive == 0


def test_restored_state_is_not_looked_at() -> None:
    dead_cycles = DeadCycles()
    dead_cycles.begin()
    circle = Circle()
    dead_cycles.keep()
    dead = weakref.ref(circle)
    del circle
    dead_cycles.tend()
    assert dead() is not None


def test_cycles_that_died_later_go_when_there_are_as_many_objects_again() -> None:
    before, made, most = _in_its_own_process("_cycles_that_die_later")
    assert made >= 3 * before
    assert most <= before + 20_000


def test_state_that_stays_as_large_is_never_looked_at_as_a_whole() -> None:
    assert _in_its_own_process("_state_that_stays_as_large") == [1]


def _in_its_own_process(name: str) -> list[int]:
    """What a function of this module prints there: how many objects this process has is up to other tests."""
    script = f"from {__name__} import {name}; {name}()"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return [int(number) for number in ended.stdout.split()]


def _cycles_that_die_later() -> None:
    clock = ManualClock()
    dead_cycles = DeadCycles(clock.monotonic, grown_min=10_000)
    dead_cycles.begin()
    dead_cycles.keep()
    before, made, most = gc.get_freeze_count(), 0, 0
    while made < 3 * before:
        circles = [Circle() for _ in range(10_000)]
        clock.seconds += EVERY_SECONDS
        dead_cycles.tend()
        made, most = made + len(circles), max(most, Circle.alive)
    print(before, made, most)


def _state_that_stays_as_large() -> None:
    clock, circle = ManualClock(), Circle()
    dead_cycles = DeadCycles(clock.monotonic, grown_min=10_000)
    dead_cycles.begin()
    dead_cycles.keep()
    dead = weakref.ref(circle)
    del circle
    for _ in range(gc.get_freeze_count() // 20_000 + 2):
        state = [[number] for number in range(20_000)]
        clock.seconds += EVERY_SECONDS
        dead_cycles.tend()
        del state
    print(int(dead() is not None))
