"""The long-running commands as processes of their own: they say where their metrics are, and end when told to."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from streams.deployment.settings import Settings
from tests.support.commands import environment_of
from vitals.local.embedded import free_port

DEADLINE_SECONDS = 60.0
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ [\w.]+: .+")


class Process:
    """A command that runs, its log in a file."""

    def __init__(self, running: subprocess.Popen[bytes], log: str) -> None:
        self.running = running
        self._log = log

    def lines(self) -> list[str]:
        with open(self._log, encoding="utf-8") as log:
            return log.read().splitlines()

    def port(self) -> int:
        """The port of its metrics, once the log tells it."""
        found: list[str] = []

        def is_told() -> bool:
            found[:] = re.findall(r"metrics on port (\d+)", "\n".join(self.lines()))
            return bool(found)

        until(is_told)
        return int(found[0])

    def ends(self, number: signal.Signals) -> int:
        """The exit code after this signal."""
        self.running.send_signal(number)
        return self.running.wait(DEADLINE_SECONDS)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@contextmanager
def running(command: str, settings: Settings, log: str) -> Iterator[Process]:
    environment = {**environment_of(settings), "VITALS_LOG_LEVEL": "info"}
    with open(log, "wb") as output:
        arguments = [sys.executable, "-m", "vitals", command]
        process = subprocess.Popen(arguments, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield Process(process, log)
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("command", ["worker", "project", "notify", "guard"])
def test_a_process_tells_its_port_serves_metrics_and_ends_on_a_signal(settings: Settings, command: str) -> None:
    with running(command, settings, f"{settings.data_dir}/log") as process:
        address = f"http://127.0.0.1:{process.port()}"
        until(lambda: httpx.get(f"{address}/healthz").json()["state"] == "ready")
        assert "vitals_build_info" in httpx.get(f"{address}/metrics").text
        assert process.ends(signal.SIGTERM) == 0
        lines = process.lines()
    assert lines
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert [line for line in lines if "[^" in line] == []


@pytest.mark.parametrize("command", ["project", "notify"])
def test_a_process_that_waits_for_a_broker_ends_at_once(
    redis_url: str, tmp_path: os.PathLike[str], command: str
) -> None:
    settings = Settings(kafka=f"127.0.0.1:{free_port()}", redis=redis_url)
    with running(command, settings, f"{tmp_path}/log") as process:
        process.port()
        began = time.monotonic()
        assert process.ends(signal.SIGINT) == 0
        assert time.monotonic() - began < 5.0
