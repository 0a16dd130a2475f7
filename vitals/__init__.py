"""The command line, `vitals`. Each module holds the commands of one kind, thin over the modules that do the work."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command, see `vitals.app`. No library is imported before, so that `__main__` may look around, and
    none sees more of the environment than `streams.deployment.environment` leaves it.
    """
    from streams.deployment.environment import only_what_is_ours

    with only_what_is_ours():
        from vitals.app import main as run

        run(arguments)
