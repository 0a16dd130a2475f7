"""Runs a command that dies with the process that asked for it, however that process ends.

Started as `python parent_death.py PARENT_PID COMMAND ARGUMENT...`. It becomes the command by exec, so the pid stays the
same. Imports only the standard library, because this file runs on its own.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_CANNOT_RUN = 127  # what a shell returns for a command that it cannot run


def main(arguments: list[str]) -> int:
    """Tie this process to its parent, then become the command; returns an exit code if that fails.

    On Linux the kernel sends SIGKILL when the *thread* that started this process ends. On other systems nothing is
    tied: if the parent is killed, the command goes on.
    """
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before the line above, so nothing would ever stop us
            return _CANNOT_RUN
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"cannot run {command[0]}: {error.strerror}", file=sys.stderr)
    return _CANNOT_RUN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
