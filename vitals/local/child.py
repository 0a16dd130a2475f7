"""A child process: start, watch, stop. What it runs and serves is up to its owner."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from streams.errors import UserError
from vitals.local import parent_death

_KEPT_LINES = 200
_POLL_SECONDS = 0.02
_LAST_WORDS_SECONDS = 1.0


class Child:
    """A child process that is started, watched and stopped by its pid. On Linux it dies with us, even after kill -9.

    It has its own session: Ctrl-C in a terminal reaches only us, and we decide in which order children stop. Its output
    (stdout and stderr) is read continuously; the last 200 lines are kept. Stop it before the interpreter exits, or it
    is killed. It can be started again after it has ended.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> None:
        """Define a child; nothing runs yet. `environment` is added to ours; `directory` is its working directory."""
        self.name = name
        self._command = tuple(command)
        self._environment = dict(environment or {})
        self._directory = directory
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    @property
    def pid(self) -> int:
        """Its process id; 0 before the first start."""
        return 0 if self._process is None else self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None before the start and while it runs."""
        return None if self._process is None else self._process.poll()

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; does not wait until it serves. No effect while it runs. Any thread may call it."""
        if self.is_running:
            return
        self._lines = deque(maxlen=_KEPT_LINES)
        self._process = _spawner().submit(self._spawn).result()
        self._reader = threading.Thread(target=_read, args=(self._process, self._lines), daemon=True)
        self._reader.start()

    def stop(self, grace_seconds: float = 10.0) -> int | None:
        """Ask it to end (SIGTERM), kill it after `grace_seconds`, and return its exit code.

        Blocks for at most the grace period. Idempotent: no effect on a child that has ended or was never started.
        """
        if self._process is None:
            return None
        self._process.send_signal(signal.SIGTERM)  # no effect if it has ended
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            return self.kill()
        return self._ended()

    def kill(self) -> int | None:
        """End it at once (SIGKILL) and return its exit code. Idempotent."""
        if self._process is None:
            return None
        self._process.kill()
        self._process.wait()
        return self._ended()

    def last_lines(self, count: int = 20) -> str:
        """The last `count` lines that it printed, at most 200; once it has ended, including its very last."""
        if not self.is_running:
            self._ended()
        return "\n".join(list(self._lines)[-count:])

    def _spawn(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", parent_death.__file__, str(os.getpid()), *self._command],
            env={**os.environ, "NO_COLOR": "1", **self._environment},
            cwd=self._directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )

    def _ended(self) -> int | None:
        if self._reader is not None:
            # Its last output may still be in the pipe. With a limit: a grandchild may keep the pipe open.
            self._reader.join(_LAST_WORDS_SECONDS)
        return self.returncode


def wait_until_ready(child: Child, is_ready: Callable[[], bool], deadline_seconds: float) -> None:
    """Block until `is_ready` returns true; it is called every 20 ms and may itself block for a while.

    Raises:
        UserError: when the child ends first or `deadline_seconds` pass; quotes its last output. It no longer runs then.
    """
    deadline = time.monotonic() + deadline_seconds
    while not is_ready():
        if not child.is_running:
            raise UserError(_failure(child, f"ended at once (exit code {child.returncode})"))
        if time.monotonic() >= deadline:
            child.kill()
            raise UserError(_failure(child, f"did not answer within {deadline_seconds:g} s"))
        time.sleep(_POLL_SECONDS)


@functools.cache
def _spawner() -> ThreadPoolExecutor:
    # The kernel ties a child to the thread that started it, so that thread must live as long as this process.
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


def _read(process: subprocess.Popen[str], lines: deque[str]) -> None:
    assert process.stdout is not None  # it was opened with a pipe
    with process.stdout:
        for line in process.stdout:
            lines.append(line.rstrip())


def _failure(child: Child, what: str) -> str:
    output = child.last_lines() or "(it printed nothing)"
    return f"{child.name} {what}. Its last output:\n{output}\nFix what it says, then start again."
