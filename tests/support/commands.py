"""Commands of Vitals as processes of their own, under one deployment's settings."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.deployment.settings import Settings
from vitals.local import parent_death

END_SECONDS = 40.0
_DIES_WITH_US = (sys.executable, "-I", "-S", parent_death.__file__)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment in which a command sees exactly these settings."""
    return {**os.environ, **settings.environment()}


def run_command(settings: Settings, *arguments: str) -> str:
    """Run a command to its end; answers what it printed, and fails when it failed."""
    command = [sys.executable, "-m", "vitals", *arguments]
    done = subprocess.run(
        command, env=environment_of(settings), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Command:
    """A long-running command, which dies with the tests. Its log is a file, to be read when a test fails."""

    def __init__(self, settings: Settings, name: str, log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*_DIES_WITH_US, str(os.getpid()), sys.executable, "-m", "vitals", name],
                env=environment_of(settings),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """kill -9, and wait."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


@contextmanager
def running(settings: Settings, *names: str) -> Iterator[list[Command]]:
    """These commands, running; ended at the end, however it comes. A test may append more."""
    logs = Path(settings.data_dir)
    commands = [Command(settings, name, logs / f"{number}-{name}.log") for number, name in enumerate(names)]
    try:
        yield commands
    finally:
        for command in commands:
            if command.is_running:
                command.kill()
