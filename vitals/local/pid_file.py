"""The pid file of `vitals up`. A lock, which ends with its process, shows what runs; the number alone never does.

A number in a file outlives its process and may belong to another one by then; a lock cannot. A second file beside the
pid file holds the addresses, for people.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.errors import UserError

STOP_SECONDS = 45.0
"""How long a stop may take: five children, each with its grace period."""
_WRITTEN_SECONDS = 1.0
_POLL_SECONDS = 0.05


class PidFile:
    """A context manager that holds the pid file; a `path` of "" means no file. One process at a time can hold it."""

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None
        self._descriptor = -1

    def __enter__(self) -> Self:
        """Take the file.

        Raises:
            UserError: when another process holds it, or it cannot be written.
        """
        if self._path is None:
            return self
        try:
            self._descriptor = _locked(self._path)
        except BlockingIOError:
            raise UserError(_runs_already(self._path)) from None
        except OSError as error:
            raise _not_usable(self._path, error) from error
        try:
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, f"{os.getpid()}\n".encode())
            _addresses(self._path).unlink(missing_ok=True)
        except OSError as error:
            os.close(self._descriptor)
            raise _not_usable(self._path, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is None:
            return
        for file in (_addresses(self._path), self._path):
            with suppress(OSError):  # a file that stays is not locked, so it means nothing
                file.unlink(missing_ok=True)
        os.close(self._descriptor)

    def write_addresses(self, addresses: Mapping[str, str]) -> None:
        """Write the addresses of the servers for people who ask. They must not be secret. Never raises."""
        if self._path is None:
            return
        with suppress(OSError):  # it is only for people, who also see it on the screen
            _addresses(self._path).write_text(", ".join(f"{name} {where}" for name, where in addresses.items()) + "\n")


def stop_running(path: str) -> str:
    """Stop the process of this pid file with SIGTERM and wait for its end. Returns the outcome as text.

    Raises:
        UserError: when this user may not stop it, it cannot be found, or it does not end within 45 s.
    """
    file = Path(path)
    pid = _running(file)
    if pid is None:
        return "Vitals is not running here."
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError:
        raise UserError(f"Vitals runs here as process {pid} of another user: ask them to stop it.") from None
    except ProcessLookupError:
        pass  # it has just ended
    deadline = time.monotonic() + STOP_SECONDS
    while _is_held(file):
        if time.monotonic() >= deadline:
            raise UserError(f"Process {pid} does not stop: end it with kill -9 {pid}.")
        time.sleep(_POLL_SECONDS)
    return "Stopped."


def _running(path: Path) -> int | None:
    """The process that holds the file; None if there is none. A pid counts only if that process has the file open."""
    deadline = time.monotonic() + _WRITTEN_SECONDS
    while _is_held(path):
        pid = _pid_in(path)
        if pid and _has_open(pid, path):
            return pid
        if time.monotonic() >= deadline:  # the pid is written just after the lock is taken
            raise UserError(f"Vitals runs here, but {path} does not name its process: end it with Ctrl-C.")
        time.sleep(_POLL_SECONDS)
    return None


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _not_usable(path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError as error:
        raise _not_usable(path, error) from error
    finally:
        os.close(descriptor)
    return False


def _locked(path: Path) -> int:
    """The open file, locked by us. Checks that it is still the one at `path`: its last holder may have removed it."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        except FileNotFoundError:
            pass
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _has_open(pid: int, path: Path) -> bool:
    """Whether the process has the file open; True if that cannot be found out."""
    descriptors = Path(f"/proc/{pid}/fd")
    if not Path("/proc/self/fd").is_dir():
        return True
    try:
        return any(file.exists() and file.samefile(path) for file in descriptors.iterdir())
    except PermissionError:
        return True
    except OSError:
        return False


def _pid_in(path: Path) -> int:
    """The pid in the file; 0 if there is none."""
    try:
        text = path.read_bytes()[:20].strip()
    except OSError:
        return 0
    return int(text) if text.isdigit() else 0


def _addresses(path: Path) -> Path:
    return path.with_name(path.name + ".addresses")


def _runs_already(path: Path) -> str:
    pid = _pid_in(path)
    try:
        where = _addresses(path).read_text().strip()
    except (OSError, UnicodeDecodeError):
        where = ""
    who = f" as process {pid}" if pid else ""
    return (
        f"Vitals runs here already{who}{f' ({where})' if where else ''}: stop it with `make down`, or name another "
        f"file in VITALS_PID_FILE, which is {str(path)!r}."
    )


def _not_usable(path: Path, error: OSError) -> UserError:
    why = error.strerror or str(error)
    return UserError(f"VITALS_PID_FILE {str(path)!r} cannot be used ({why}): name another file.")
