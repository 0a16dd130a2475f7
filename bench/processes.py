"""What the system knows of processes: CPU time, memory, which one serves a port. All from /proc: Linux only."""

from __future__ import annotations

import os
from pathlib import Path

from streams.errors import UserError

_LISTENING = "0A"
_TABLES = ("tcp", "tcp6")


def cpu_seconds(pid: int) -> float:
    """CPU time that a running process has used, all threads, user and system.

    Raises:
        UserError: where there is no such process, or no /proc.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        raise UserError(f"No /proc/{pid}/stat: the benchmark measures CPU time on Linux only; run it there.") from None
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def broker_seconds(pid: int) -> float:
    """CPU time of the broker so far; 0.0 where it is not a process of this machine (`pid` 0)."""
    return cpu_seconds(pid) if pid else 0.0


def resident_bytes(pid: int) -> int:
    """Memory that a running process has in RAM.

    Raises:
        UserError: where there is no such process, or no /proc.
    """
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except FileNotFoundError:
        raise UserError(f"No /proc/{pid}/statm: the benchmark measures memory on Linux only; run it there.") from None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def busy_seconds() -> float:
    """CPU time that all processors have spent on anything since the start of the machine; 0.0 where there is no
    /proc."""
    table = Path("/proc/stat")
    if not table.exists():
        return 0.0
    user, nice, system, _idle, _waiting, irq, softirq = map(int, table.read_text().split("\n", 1)[0].split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def available_bytes() -> int:
    """Memory that can be had without swapping; 0 where there is no /proc."""
    for line in _lines(Path("/proc/meminfo")):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1_024
    return 0


def pid_that_serves(port: int) -> int:
    """The process that listens on a TCP port of this machine; 0 when none does that we may look into."""
    inodes = {
        f"socket:[{fields[9]}]"
        for table in _TABLES
        for fields in map(str.split, _lines(Path(f"/proc/net/{table}")))
        if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port
    }
    for process in Path("/proc").glob("[0-9]*"):
        if inodes and any(_target(descriptor) in inodes for descriptor in _entries(process / "fd")):
            return int(process.name)
    return 0


def _lines(table: Path) -> list[str]:
    return table.read_text().splitlines()[1:] if table.exists() else []


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # another user's, or it has ended
        return []


def _target(descriptor: Path) -> str:
    try:
        return os.readlink(descriptor)
    except OSError:
        return ""
