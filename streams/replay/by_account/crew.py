"""The processes of a replay: they are started, given tasks in turn, and ended with it. A small input has none.

Children end by themselves when their pipe closes, and ignore Ctrl-C, which is the parent's to answer.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol, cast

from streams.errors import UserError
from streams.replay.by_account.reading import Reading
from streams.replay.by_account.spill import MemorySpill, Spill, SpillPort, unwritable
from streams.replay.by_account.station import Station

_END_SECONDS = 5.0


class Crew(Protocol):
    """One or more stations. `spill` reads what they wrote."""

    spill: SpillPort

    def map(self, method: str, tasks: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        """Call a method of `Station` with each task, at any station, and yield what it returns, in any order. Tasks
        are taken when a station is free."""
        ...

    def each(self, method: str, *arguments: Any) -> list[Any]:
        """Call a method at every station."""
        ...

    def close(self) -> None: ...


class Alone:
    """One station in this very process."""

    def __init__(self, reading: Reading) -> None:
        self.spill: SpillPort = MemorySpill()
        self._station = Station(reading, self.spill)

    def map(self, method: str, tasks: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        for task in tasks:
            yield _call(self._station, method, task)

    def each(self, method: str, *arguments: Any) -> list[Any]:
        return [_call(self._station, method, arguments)]

    def close(self) -> None:
        pass


class Processes:
    """One station a process."""

    def __init__(self, reading: Reading, count: int) -> None:
        """Start them; returns when all have opened the spill's files, which then lose their names."""
        context = multiprocessing.get_context("spawn")
        self._children: list[tuple[BaseProcess, Connection]] = []
        self._stack = ExitStack()
        self._stack.callback(self._end)
        try:
            with _temporary_files(count) as paths, _without_interrupts():
                self.spill: SpillPort = self._stack.enter_context(Spill(paths, 0))
                for number in range(count):
                    ours, theirs = context.Pipe()
                    child: BaseProcess = context.Process(
                        target=_serve, args=(theirs, reading, paths, number), daemon=True
                    )
                    self._children.append((child, ours))
                    child.start()
                    theirs.close()
                for child, ours in self._children:
                    _received(child, ours)
        except BaseException:
            self.close()
            raise

    def map(self, method: str, tasks: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        waiting = iter(tasks)
        idle = list(self._children)
        busy: dict[Connection, BaseProcess] = {}
        task = next(waiting, None)
        while task is not None or busy:
            while task is not None and idle:
                child, ours = idle.pop()
                _send(child, ours, (method, task))
                busy[ours] = child
                task = next(waiting, None)  # ready for the next that is free
            for ours in cast(list[Connection], wait(list(busy))):
                child = busy.pop(ours)
                found = _received(child, ours)
                idle.append((child, ours))
                yield found

    def each(self, method: str, *arguments: Any) -> list[Any]:
        for child, ours in self._children:
            _send(child, ours, (method, arguments))
        return [_received(child, ours) for child, ours in self._children]

    def close(self) -> None:
        """End them. Blocks for a few seconds at most."""
        self._stack.close()

    def _end(self) -> None:
        for child, ours in self._children:
            ours.close()
            if child.pid is not None:
                child.terminate()
        for child, _ in self._children:
            if child.pid is not None:
                child.join(_END_SECONDS)
                if child.is_alive():
                    child.kill()


def _serve(pipe: Connection, reading: Reading, paths: Sequence[str], number: int) -> None:
    """The child's loop: answers calls until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    gc.disable()  # what is made here has no cycles, and the collector would look at millions of numbers
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            station = Station(reading, Spill(paths, number))
        except UserError as error:
            pipe.send(error)
            return
        pipe.send(None)
        while True:
            method, arguments = pipe.recv()
            try:
                found = _call(station, method, arguments)
            except UserError as error:
                found = error
            pipe.send(found)


def _call(station: Station, method: str, arguments: tuple[Any, ...]) -> Any:
    match method:
        case "sort":
            return station.sort(*arguments)
        case "finish":
            return station.finish()
        case "prepare":
            return station.prepare(*arguments)
        case "set_norms":
            return station.set_norms(*arguments)
        case "fold":
            return station.fold(*arguments)
        case "copies":
            return station.copies()
        case "mismatches":
            return station.mismatches()
        case _:
            raise AssertionError(method)


def _send(child: BaseProcess, pipe: Connection, message: object) -> None:
    try:
        pipe.send(message)
    except (BrokenPipeError, ConnectionResetError):
        raise _ended(child) from None


def _received(child: BaseProcess, pipe: Connection) -> Any:
    try:
        found = pipe.recv()
    except (EOFError, ConnectionResetError):
        raise _ended(child) from None
    if isinstance(found, Exception):
        raise found
    return found


def _ended(child: BaseProcess) -> Exception:
    child.join(_END_SECONDS)
    if child.exitcode == 1:
        return RuntimeError("a process of the replay failed: its traceback is above")
    return UserError(
        f"A process of the replay ended (exit code {child.exitcode}), perhaps for want of memory: free some, or give "
        "--processes 1."
    )


@contextmanager
def _temporary_files(count: int) -> Iterator[list[str]]:
    """Empty files, which are removed at the end of the block."""
    try:
        with tempfile.TemporaryDirectory(prefix="vitals-replay-") as folder:
            paths = [Path(folder) / f"events-{number}" for number in range(count)]
            for path in paths:
                path.touch(0o600)
            yield [str(path) for path in paths]
    except OSError as error:
        raise unwritable(error) from None


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ctrl-C waits until the block ends: a child that is starting would print a traceback."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
