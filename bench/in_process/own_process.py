"""Measurements that run in a Python process of their own, with the kernel or with the reference.

A measurement is a module that is run with arguments, and prints one JSON value.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TypeVar

import msgspec

from bench.fixture import ROOT
from bench.throughput import FoldName, fold_here, python_environment
from streams.errors import UserError

DEADLINE_SECONDS = 3_600.0
T = TypeVar("T")


def folds(wanted: str) -> tuple[FoldName, ...]:
    """The folds to measure: `wanted`, or with "" both, where there is a kernel.

    Raises:
        UserError: when there is no such fold, or no kernel here.
    """
    match wanted:
        case "reference":
            return ("reference",)
        case "kernel" if fold_here() == "kernel":
            return ("kernel",)
        case "kernel":
            raise UserError(
                "There is no kernel: run `make build/kernel/.done`, unset VITALS_KERNEL, or give --fold reference."
            )
        case "":
            return ("kernel", "reference") if fold_here() == "kernel" else ("reference",)
        case _:
            raise UserError(f"No fold is called {wanted!r}: take kernel or reference.")


def measured(module: str, arguments: list[str], fold: FoldName, type_: type[T]) -> T:
    """What `python -m module arguments` prints, decoded. Blocks until it ends, an hour at most.

    Raises:
        UserError: when it fails, or does not end in time.
    """
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, **python_environment(fold)}
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
