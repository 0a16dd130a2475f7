"""One row: its words, and a process that measures itself."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata

import msgspec

from bench.contenders.terms import Terms
from bench.fixture import ROOT, Setup
from bench.peers.meter import RESULT
from bench.report import Sample
from bench.throughput import python_environment
from streams.errors import UserError
from vitals.local.child import Child

_PEER_SECONDS = 300.0
_POLL_SECONDS = 0.05


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `measure` runs it once in a process of its own, which has ended when it returns; it blocks meanwhile.

    `why_not` says why it cannot be measured here; "" when it can. `is_quick` is for a quick run, too.
    """

    name: str
    terms: Terms
    does: str
    measure: Callable[[Setup], Sample]
    why_not: str = ""
    is_ours: bool = False
    is_quick: bool = False


def version_of(package: str) -> str:
    """The version of an installed Python package; "" when it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def why_not_installed(package: str) -> str:
    """Why a row of a Python package cannot be measured; "" when it can."""
    missing = f"{package} is not installed: `make bench` installs it where there is a wheel for it"
    return "" if version_of(package) else missing


def in_module(module: str, *options: str) -> Callable[[Setup], Sample]:
    """How a row is measured that is a module of `bench.peers`."""
    return functools.partial(_run_module, module=module, options=options)


def _run_module(setup: Setup, module: str, options: Sequence[str]) -> Sample:
    arguments = [setup.address, setup.prefix, str(setup.events), str(setup.broker_pid), *options]
    command = [sys.executable, "-m", f"bench.peers.{module}", *arguments]
    return run_peer(module, command, setup, python_environment())


def run_peer(name: str, command: Sequence[str], setup: Setup, environment: Mapping[str, str]) -> Sample:
    """Run a row's process, and read its result from its output. Blocks until it ends.

    Raises:
        UserError: quoting its last output, when it ends without a result or does not end in five minutes.
    """
    child = Child(name, command, environment={"TMPDIR": setup.scratch, **environment}, directory=ROOT)
    child.start()
    try:
        deadline = time.monotonic() + _PEER_SECONDS
        while child.is_running and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
    finally:
        child.kill()
    output = child.last_lines()
    for line in output.splitlines():
        if line.startswith(RESULT):
            return msgspec.json.decode(line.removeprefix(RESULT), type=Sample)
    raise UserError(f"{name} gave no result. Its last output:\n{output}\nMend what it says, then start again.")
