"""The processes under fire: workers and the projector, each started again when it ends, as Kubernetes would."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import httpx

from streams.deployment.settings import Settings
from tests.support.commands import environment_of
from vitals.local import parent_death
from vitals.local.embedded import HOST, free_port

ROOT = Path(__file__).parents[2]
EXIT_SECONDS = 40.0
LOOK_SECONDS = 0.1
SCRAPE_SECONDS = 1.0
RESTART_SECONDS = 1.0
"""From one start to the next at the least, so that what cannot start does not take all the machine."""
_REPLAYED = re.compile(r'^vitals_events_total\{[^}]*outcome="replayed"[^}]*\} ([0-9.e+]+)$', re.MULTILINE)

_LOG = logging.getLogger(__name__)


class Slot:
    """One place for a process: its command, and whether it is wanted. Output goes to a file."""

    def __init__(self, number: int, command: str, environment: Callable[[], dict[str, str]], log: Path) -> None:
        self.number = number
        self.command = command
        self.is_wanted = False
        self.started = 0
        """How often."""
        self.started_at = 0.0
        self.port = 0
        self.log = log
        self.replayed = 0
        """Messages recognised as replays, by all its processes up to the last look at each."""
        self._replayed_before = 0
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return 0 if self._process is None else self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start the next process. It dies with us."""
        self.port = free_port()
        self._replayed_before = self.replayed
        command = [sys.executable, "-I", "-S", parent_death.__file__, str(os.getpid())]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [*command, sys.executable, "-m", "vitals", self.command],
                env={**self._environment(), "VITALS_METRICS_PORT": str(self.port)},
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.started += 1
        self.started_at = time.monotonic()

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if it runs."""
        if self._process is not None:
            self._process.send_signal(number)

    async def ended(self, seconds: float) -> int:
        """Wait until it has ended; the exit code.

        Raises:
            TimeoutError: when it has not within `seconds`.
        """
        async with asyncio.timeout(seconds):
            while self.is_running:  # noqa: ASYNC110 - a process tells nobody when it ends
                await asyncio.sleep(LOOK_SECONDS / 4)
        code = self.exit_code
        assert code is not None
        return code

    async def scrape(self, client: httpx.AsyncClient) -> None:
        """Look at its metrics, if it answers."""
        with suppress(httpx.HTTPError):
            text = (await client.get(f"http://{HOST}:{self.port}/metrics")).text
            self.replayed = self._replayed_before + sum(int(float(count)) for count in _REPLAYED.findall(text))


class Fleet:
    """The slots, and who sees to them. Everything belongs to one event loop."""

    def __init__(
        self, settings: Callable[[int], Settings], commands: Sequence[str], logs: Path, prefix: str = ""
    ) -> None:
        self.settings = settings
        self.own_ends: list[tuple[int, int]] = []
        """(slot, exit code) of processes that nobody had told to end, or that did not end as they were told to."""
        self.slots = [
            Slot(n, command, self._environment(n), logs / f"{prefix}{n}.log") for n, command in enumerate(commands)
        ]
        self._told: set[int] = set()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def workers(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.command == "worker"]

    @property
    def replayed(self) -> int:
        return sum(slot.replayed for slot in self.slots)

    @property
    def started(self) -> int:
        return sum(slot.started for slot in self.slots)

    def start(self) -> None:
        """Start every process, and see to them from now on."""
        for slot in self.slots:
            slot.is_wanted = True
        self._tasks = [asyncio.create_task(self._see_to_them()), asyncio.create_task(self._scrape())]

    def kill(self, number: int) -> None:
        """kill -9; it is started again."""
        self._told.add(self.slots[number].pid)
        _LOG.info("kill -9 of %d", number)
        self.slots[number].send(signal.SIGKILL)

    async def stop(self, number: int) -> int:
        """SIGTERM, and not started again; the exit code.

        Raises:
            TimeoutError: when it does not end within 40 s.
        """
        slot = self.slots[number]
        slot.is_wanted = False
        self._told.add(slot.pid)
        slot.send(signal.SIGTERM)
        began = time.monotonic()
        code = await slot.ended(EXIT_SECONDS)
        _LOG.info("%d ended in %.1f s with exit code %d", number, time.monotonic() - began, code)
        if code != 0:
            self.own_ends.append((number, code))
        return code

    def want(self, number: int) -> None:
        """Have it started (again)."""
        self.slots[number].is_wanted = True

    async def ready(self, number: int, seconds: float = 60.0) -> None:
        """Wait until it has its partitions and their state.

        Raises:
            TimeoutError: when it has not within `seconds`.
        """
        async with asyncio.timeout(seconds), httpx.AsyncClient(timeout=2.0) as client:
            while True:
                with suppress(httpx.HTTPError, ValueError):
                    answer = await client.get(f"http://{HOST}:{self.slots[number].port}/healthz")
                    if answer.json()["state"] == "ready":
                        return
                await asyncio.sleep(LOOK_SECONDS)

    async def restarted(self, number: int, seconds: float = 60.0) -> None:
        """Wait until the next process runs, after the present one was ended, and is ready.

        Raises:
            TimeoutError: when it is not within `seconds` each.
        """
        async with asyncio.timeout(seconds):
            while not self.slots[number].is_running:  # noqa: ASYNC110 - a process tells nobody when it starts
                await asyncio.sleep(LOOK_SECONDS / 4)
        await self.ready(number, seconds)

    async def close(self) -> None:
        """End everything: workers by kill -9, for what they had to say has been said."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for slot in self.slots:
            slot.send(signal.SIGKILL)
            if slot.started:
                await slot.ended(EXIT_SECONDS)

    def _environment(self, number: int) -> Callable[[], dict[str, str]]:
        return lambda: environment_of(self.settings(number))

    async def _see_to_them(self) -> None:
        while True:
            for slot in self.slots:
                if not slot.is_running:
                    self._note_end(slot)
                    if slot.is_wanted and time.monotonic() - slot.started_at >= RESTART_SECONDS:
                        slot.start()
            await asyncio.sleep(LOOK_SECONDS)

    def _note_end(self, slot: Slot) -> None:
        code = slot.exit_code
        if code is None or slot.pid in self._told:
            return
        self._told.add(slot.pid)
        self.own_ends.append((slot.number, code))
        _LOG.info("%d ended by itself with exit code %d", slot.number, code)
        with slot.log.open("a") as log:
            log.write(f"--- ended by itself with {code} at {time.strftime('%H:%M:%S', time.gmtime())}\n")

    async def _scrape(self) -> None:
        async with httpx.AsyncClient(timeout=1.0) as client:
            while True:
                await asyncio.gather(*[slot.scrape(client) for slot in self.slots if slot.is_running])
                await asyncio.sleep(SCRAPE_SECONDS)
