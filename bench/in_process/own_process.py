"""Measurements that run in a Python process of their own, by the compiled package or by the sources.

A measurement is a module that is run with arguments, and prints one JSON value.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Literal, TypeVar

import msgspec

from bench.fixture import ROOT
from bench.throughput import is_compiled, python_environment
from streams.errors import UserError

Build = Literal["compiled", "plain"]
"""Which code runs: that in build/compiled, or the Python sources."""
DEADLINE_SECONDS = 3_600.0
T = TypeVar("T")


def builds(wanted: str) -> tuple[Build, ...]:
    """The builds to measure: `wanted`, or with "" all that there are.

    Raises:
        UserError: when there is no such build, or the compiled one was not made.
    """
    match wanted:
        case "plain":
            return ("plain",)
        case "compiled" if is_compiled():
            return ("compiled",)
        case "compiled":
            raise UserError("There is no compiled package: run `make build/compiled/.done`, or give --build plain.")
        case "":
            return ("compiled", "plain") if is_compiled() else ("plain",)
        case _:
            raise UserError(f"No build is called {wanted!r}: take compiled or plain.")


def measured(module: str, arguments: list[str], build: Build, type_: type[T]) -> T:
    """What `python -m module arguments` prints, decoded. Blocks until it ends, an hour at most.

    Raises:
        UserError: when it fails, or does not end in time.
    """
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, **python_environment(compiled=build == "compiled")}
    try:
        ended = subprocess.run(
            command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise UserError(f"`{' '.join(command[1:])}` did not end within an hour: measure fewer accounts.") from None
    if ended.returncode != 0:
        raise UserError(
            f"`{' '.join(command[1:])}` failed (exit code {ended.returncode}; minus 9 is mostly for want of memory). "
            f"Its last output:\n{ended.stderr[-2_000:]}\nMend what it says, or measure fewer accounts."
        )
    return msgspec.json.decode(ended.stdout, type=type_)


def commit() -> str:
    """The commit of the sources, as git describes it."""
    found = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return found.stdout.strip() or "unknown"
