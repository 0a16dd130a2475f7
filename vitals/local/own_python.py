"""How to run this Python with this Vitals again as a child process, regardless of the working directory and of what the
environment says about modules."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

COMMAND = (sys.executable, "-P", "-m", "vitals")
"""Our command line. With -P a folder `streams` or a file `json.py` in the working directory does not replace ours."""


def python_path(environment: Mapping[str, str]) -> str:
    """The `PYTHONPATH` of a child: the caller's, and the path of our own modules if they are not installed.

    An empty entry, as `PYTHONPATH=$PYTHONPATH:/lib` leaves it, would be the working directory, so it is removed.
    """
    ours = Path(__file__).parents[2]
    installed = {Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")}
    entries = [entry for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if ours not in installed and str(ours) not in entries:
        entries.append(str(ours))
    return os.pathsep.join(entries)


def shell_command() -> str:
    """How to call `vitals` from the directory where we were started, quoted for a shell."""
    script = Path(sys.executable).with_name("vitals")
    found = shutil.which("vitals")
    if found and script.exists() and os.path.samefile(found, script):
        return "vitals"
    if not script.exists() or set('$`\\"') & set(str(script)):  # pip quotes the path, and a shell expands these
        return shlex.join([sys.executable, *COMMAND[1:]])
    try:
        here = Path.cwd()
    except OSError:  # it was removed
        return shlex.quote(str(script))
    return shlex.quote(str(script.relative_to(here) if script.is_relative_to(here) else script))
