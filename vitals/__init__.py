"""The command line, `vitals`. Each module holds one kind of command, thin over the modules that do the work."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command, see `vitals.app`. Imports no library first: `__main__` has to adjust the import path before, and
    libraries must see only the environment that `streams.deployment.environment` leaves.
    """
    from streams.deployment.environment import restricted_environment

    with restricted_environment():
        from vitals.app import main as run

        run(arguments)
