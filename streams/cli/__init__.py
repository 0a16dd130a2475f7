"""The command line, `vitals`. Each module holds the commands of one kind, thin over the modules that do the work."""

from streams.cli.app import main

__all__ = ["main"]
