"""This very Python with this very Vitals once more, as a child: whatever lies in the working directory, and whatever
the environment says about where modules are."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

COMMAND = (sys.executable, "-P", "-m", "vitals")
"""Our command line. With -P a folder `streams` or a file `json.py` where it runs is not imported in place of ours."""


def python_path(environment: Mapping[str, str]) -> str:
    """The `PYTHONPATH` of a child: the caller's, and where our own modules are if they are not installed.

    An empty entry, as `PYTHONPATH=$PYTHONPATH:/lib` leaves it, would be the working directory: it goes.
    """
    ours = Path(__file__).parents[2]
    installed = {Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")}
    entries = [entry for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if ours not in installed and str(ours) not in entries:
        entries.append(str(ours))
    return os.pathsep.join(entries)


def shell_command() -> str:
    """How a person calls `vitals` from the directory where we were started, as a word for their shell."""
    script = Path(sys.executable).with_name("vitals")
    found = shutil.which("vitals")
    if found and script.exists() and os.path.samefile(found, script):
        return "vitals"
    if not script.exists() or set('$`\\"') & set(str(script)):  # pip writes it in quotes that a shell reads
        return shlex.join([sys.executable, *COMMAND[1:]])
    try:
        here = Path.cwd()
    except OSError:  # it was removed
        return shlex.quote(str(script))
    return shlex.quote(str(script.relative_to(here) if script.is_relative_to(here) else script))
