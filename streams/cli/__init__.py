"""The command line, `vitals`. Each module holds the commands of one kind, thin over the modules that do the work."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command, see `streams.cli.app`. Nothing else is imported before, so that `__main__` may look around."""
    from streams.cli.app import main as run

    run(arguments)
