"""Runs a command, and measures its time, its CPU time and the memory of all its processes together. Linux only."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from streams.errors import UserError

_POLL_SECONDS = 0.1


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds by the clock and of CPU, and the most memory that all processes had at once, each counted with what it
    shares."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_bytes: int


def measure(name: str, command: Sequence[str], environment: Mapping[str, str]) -> Measured:
    """Run `command` to its end.

    Raises:
        UserError: when it fails.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began, peak = time.monotonic(), 0
    with subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, _resident_bytes(process.pid))
            time.sleep(_POLL_SECONDS)
        said = process.stderr.read() if process.stderr is not None else ""
    if process.returncode != 0:
        raise UserError(f"{name} failed (exit code {process.returncode}):\n{said[-2_000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(name=name, seconds=time.monotonic() - began, cpu_seconds=cpu, peak_bytes=peak)


def _resident_bytes(pid: int) -> int:
    """The memory of a process and of all that it started, 0 once they have ended."""
    pages = 0
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return pages * os.sysconf("SC_PAGE_SIZE")
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_resident_bytes(int(child)) for child in children)
